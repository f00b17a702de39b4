/**
 * @file Schedules of learning rates beside PyTorch's: the rate, and the momentum where it is cycled, step by step.
 *
 * A schedule is plain arithmetic between steps. What is compiled is the step that reads what it assigned.
 */
import { compile, type Tensor, tensor, zeros } from "@tapegrad/autograd";
import {
  type AnySchedule,
  Parameter,
  type PlateauOptions,
  PlateauScheduler,
  type Schedule,
  Scheduler,
  SGD,
  schedules,
} from "@tapegrad/nn";
import type { Check, SuiteContext } from "../suite.ts";
import { type Comparison, checkOf } from "./closeness.ts";

type Config = Readonly<Record<string, unknown>>;

interface ScheduleCase {
  readonly scheduler: string;
  readonly id: string;
  readonly base_lr: number;
  readonly base_momentum?: number;
  readonly config: Config;
  readonly lrs: readonly number[];
  readonly momenta?: readonly number[];
  /** Of ReduceLROnPlateau: one less than there are rates. */
  readonly metrics?: readonly (number | string)[];
}

/** A number of a config, or the default of PyTorch. */
function number(config: Config, name: string, otherwise: number): number {
  return Number(config[name] ?? otherwise);
}

const DECAYS: Readonly<Record<string, (config: Config) => Schedule>> = {
  StepLR: (c) =>
    schedules.step({ every: number(c, "step_size", 1), gamma: number(c, "gamma", 0.1) }),
  MultiStepLR: (c) => {
    const milestones = c["milestones"] as readonly number[];
    return schedules.multiStep({ milestones, gamma: number(c, "gamma", 0.1) });
  },
  ExponentialLR: (c) => schedules.exponential({ gamma: number(c, "gamma", 1) }),
  ConstantLR: (c) => {
    return schedules.constant({
      factor: number(c, "factor", 1 / 3),
      steps: number(c, "total_iters", 5),
    });
  },
  LinearLR: (c) => {
    return schedules.linear({
      start: number(c, "start_factor", 1 / 3),
      end: number(c, "end_factor", 1),
      steps: number(c, "total_iters", 5),
    });
  },
  PolynomialLR: (c) => {
    return schedules.polynomial({
      steps: number(c, "total_iters", 5),
      power: number(c, "power", 1),
    });
  },
  CosineAnnealingLR: (c) => {
    return schedules.cosine({ steps: number(c, "T_max", 1), min: number(c, "eta_min", 0) });
  },
  CosineAnnealingWarmRestarts: (c) => {
    return schedules.warmRestarts({
      steps: number(c, "T_0", 1),
      growth: number(c, "T_mult", 1),
      min: number(c, "eta_min", 0),
    });
  },
  SequentialLR: (c) => {
    return schedules.sequential({
      schedules: partsOf(c),
      milestones: c["milestones"] as readonly number[],
    });
  },
  ChainedScheduler: (c) => schedules.chained(...partsOf(c)),
};

function partsOf(config: Config): readonly Schedule[] {
  return (config["schedulers"] as readonly Config[]).map((part) => {
    const make = DECAYS[String(part["scheduler"])] as ((config: Config) => Schedule) | undefined;
    if (make === undefined)
      throw new Error(`${String(part["scheduler"])} has no line in the table`);
    return make(part);
  });
}

const CYCLES: Readonly<Record<string, (config: Config) => AnySchedule>> = {
  CyclicLR: (c) => {
    const up = number(c, "step_size_up", 2000);
    const mode = c["mode"] ?? "triangular";
    return schedules.cyclic({
      min: number(c, "base_lr", 0),
      max: number(c, "max_lr", 0),
      up,
      down: number(c, "step_size_down", up),
      shape: mode === "exp_range" ? "exponential" : (mode as "triangular"),
      gamma: number(c, "gamma", 1),
      momentum: momentumOf(c, 0.8, 0.9),
    });
  },
  OneCycleLR: (c) => {
    return schedules.oneCycle({
      max: number(c, "max_lr", 0),
      steps: number(c, "total_steps", number(c, "epochs", 0) * number(c, "steps_per_epoch", 0)),
      rising: number(c, "pct_start", 0.3),
      divisor: number(c, "div_factor", 25),
      finalDivisor: number(c, "final_div_factor", 1e4),
      anneal: c["anneal_strategy"] === "linear" ? "linear" : "cosine",
      threePhases: c["three_phase"] === true,
      momentum: momentumOf(c, 0.85, 0.95),
    });
  },
};

function momentumOf(config: Config, min: number, max: number): schedules.MomentumRange | null {
  if (config["cycle_momentum"] === false) return null;
  return { min: number(config, "base_momentum", min), max: number(config, "max_momentum", max) };
}

function plateauOf(config: Config): PlateauOptions {
  const least = config["min_lr"] ?? 0;
  return {
    mode: config["mode"] === "max" ? "max" : "min",
    factor: number(config, "factor", 0.1),
    patience: number(config, "patience", 10),
    threshold: number(config, "threshold", 1e-4),
    thresholdMode: config["threshold_mode"] === "abs" ? "absolute" : "relative",
    cooldown: number(config, "cooldown", 0),
    min: Array.isArray(least) ? (least as readonly number[]) : Number(least),
    epsilon: number(config, "eps", 1e-8),
  };
}

export function* lrSchedulers(
  cases: readonly ScheduleCase[],
  { compiled }: SuiteContext,
): Generator<Check> {
  for (const example of cases) {
    yield checkOf(example.id, (comparison) => compareRates(comparison, example, compiled));
  }
}

function compareRates(comparison: Comparison, example: ScheduleCase, compiled: boolean): void {
  const optimizer = new SGD([new Parameter(zeros([1]))], {
    learningRate: example.base_lr,
    momentum: example.base_momentum ?? 0.9,
  });
  const [{ learningRate, momentum }] = optimizer.groups;
  const read = (): readonly Tensor[] => {
    return momentum === null ? [learningRate.value] : [learningRate.value, momentum.value];
  };
  const readNow = compiled ? compile(read) : read;
  const step = steppingOf(example, optimizer);
  const found = example.lrs.map((_, i) => {
    if (i > 0) step(i);
    return readNow().map((value) => value.item());
  });
  compareList(comparison, "rates", column(found, 0), example.lrs);
  if (example.momenta !== undefined) {
    compareList(comparison, "momenta", column(found, 1), example.momenta);
  }
}

/** @returns what takes step i. */
function steppingOf(example: ScheduleCase, optimizer: SGD): (i: number) => void {
  const { scheduler: name, config, metrics = [] } = example;
  if (name === "ReduceLROnPlateau") {
    const scheduler = new PlateauScheduler(optimizer, plateauOf(config));
    return (i) => scheduler.step(Number(metrics[i - 1]));
  }
  const make = (DECAYS[name] ?? CYCLES[name]) as ((config: Config) => AnySchedule) | undefined;
  if (make === undefined) throw new Error(`${name} has no line in the table`);
  const scheduler = new Scheduler(optimizer, make(config));
  return () => scheduler.step();
}

function column(rows: readonly (readonly number[])[], at: number): readonly number[] {
  return rows.map((row) => row[at]);
}

function compareList(
  comparison: Comparison,
  what: string,
  found: readonly number[],
  expected: readonly number[],
): void {
  const values = tensor([...found], { dtype: "float64" });
  comparison.compare(what, values, {
    tensor: "float64",
    shape: [expected.length],
    data: expected,
  });
}
