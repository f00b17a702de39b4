/** @file What a schedule is. */

/**
 * A rate as a function of the number of steps that have been taken and of the rate the optimiser was made with. Pure:
 * a run that resumes at step 1000 asks for step 1000.
 */
export type Schedule = (step: number, base: number) => number;

/** Schedules of what an optimiser has; what is missing stays as it is. */
export interface Schedules {
  readonly learningRate?: Schedule;
  /** Of β₁ for Adam and its relatives. */
  readonly momentum?: Schedule;
}
