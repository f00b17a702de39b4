/**
 * @file What an experiment is: a claim with its source, settings, a computation in units, a judgement, a report.
 *
 * An experiment does not know the command line, files or pages. Everything it computes is a function of settings,
 * data and seeds, so the same command gives the same results.
 */
import type { Markup } from "./html.ts";
import type { ExperimentData } from "./image-data.ts";
import type { GroupPlotOptions, PlotOptions } from "./plot.ts";

export type SettingValue = number | boolean | readonly number[];

/** By name in camelCase; the command line has them in kebab-case. `seeds` counts the runs, seeds 1, 2, … */
export type Settings = { readonly seeds: number } & Readonly<Record<string, SettingValue>>;

/** What JSON holds; a measured number that is not finite is null. */
export type Json =
  | number
  | string
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json };

/** Whether the claim held here, and the one sentence that says so with figures. */
export interface Verdict {
  readonly held: "yes" | "no" | "in part";
  readonly sentence: string;
}

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A figure as data: the plotting library is loaded when a report is drawn. */
export type Figure = PlotOptions | GroupPlotOptions;

export interface Section {
  readonly title: string;
  readonly text?: string | Markup;
  /** Side by side, with one caption. */
  readonly figures?: readonly Figure[];
  readonly caption?: string;
  readonly table?: Table;
}

/** What a running experiment is given. */
export interface Context<S extends Settings> {
  readonly settings: S;
  /** 1 to `settings.seeds`. */
  readonly seeds: readonly number[];
  /** The images to train and test on; read or drawn when first asked for. */
  images(): ExperimentData;
  /**
   * One part of the computation, whose result is kept: a run that was stopped goes on with the first part that is
   * not there. A name says all that the result depends on: of parts with the same name only the first is computed.
   */
  unit<T extends Json>(name: string, compute: (step: Step) => T | Promise<T>): Promise<T>;
}

/** Tells how far a unit is, between two steps; Ctrl-C ends the run here. */
export type Step = (done: number, total: number, text?: string) => Promise<void>;

export interface Experiment<S extends Settings = Settings, R extends Json = Json> {
  /** As the command line has it. */
  readonly name: string;
  /** A question. */
  readonly title: string;
  readonly claim: string;
  /** Authors, year, section or figure. */
  readonly source: string;
  readonly settings: S;
  /** Instead, with `--quick`. */
  readonly quick: Partial<S>;
  /** What each setting is, for `--help`. */
  readonly help: Readonly<Record<Exclude<keyof S & string, "seeds">, string>>;
  run(context: Context<S>): Promise<R>;
  judge(result: R, settings: S): Verdict;
  report(result: R, settings: S): readonly Section[];
}

/** Checks the types of an experiment, and forgets them. */
export function defineExperiment<S extends Settings, R extends Json>(
  experiment: Experiment<S, R>,
): Experiment {
  return experiment as unknown as Experiment;
}
