/**
 * @file Initialisers beside PyTorch's: fans, gains, and what a rule draws from, which nothing has to be drawn for.
 *
 * What layers start with is drawn: no value may lie outside of PyTorch's bounds, and the largest must come near them.
 */
import { randomKey } from "@tapegrad/autograd";
import * as nn from "@tapegrad/nn";
import { fromTorchName, init, type Module } from "@tapegrad/nn";
import type { Check } from "../suite.ts";
import { Comparison } from "./closeness.ts";
import type { Config } from "./layer-case.ts";

type InitializerCase = { readonly init: string } & (
  | {
      readonly shape: readonly number[];
      readonly config: Config;
      readonly fan_in: number;
      readonly fan_out: number;
      readonly dist: "uniform" | "normal";
      readonly low?: number;
      readonly high?: number;
      readonly mean?: number;
      readonly std?: number;
    }
  | { readonly nonlinearity: string; readonly param?: number; readonly gain: number }
  | {
      readonly module: string;
      readonly args: readonly number[];
      readonly parameter: string;
      readonly shape: readonly number[];
      readonly dist: "uniform" | "normal";
      readonly low?: number;
      readonly high?: number;
      readonly mean?: number;
      readonly std?: number;
    }
);

export function* initializersFamily(cases: readonly InitializerCase[]): Generator<Check> {
  for (const example of cases) {
    const id = JSON.stringify(example);
    const comparison = new Comparison();
    try {
      if ("gain" in example) compareGain(comparison, example);
      else if ("module" in example) compareLayer(comparison, example);
      else compareRule(comparison, example);
    } catch (thrown) {
      yield { status: "failed", id, problem: String(thrown).split("\n")[0] };
      continue;
    }
    yield comparison.check(id, 0);
  }
}

type Of<Key extends string> = Extract<InitializerCase, Readonly<Record<Key, unknown>>>;

function compareGain(comparison: Comparison, { nonlinearity, param, gain }: Of<"gain">): void {
  const found = init.calculateGain(fromTorchName(nonlinearity) as init.Nonlinearity, param);
  comparison.compareNumber("gain", found, gain);
}

function compareRule(comparison: Comparison, example: Of<"fan_in">): void {
  const { shape, config, dist } = example;
  const fans = init.fanInAndFanOut(shape);
  comparison.compareNumber("fan in", fans.fanIn, example.fan_in);
  comparison.compareNumber("fan out", fans.fanOut, example.fan_out);
  const found = ruleOf(example.init, config).distribution(shape);
  if (found.kind !== dist) {
    comparison.note({ problem: `draws from ${found.kind}, not ${dist}`, error: Infinity });
  } else if (found.kind === "uniform") {
    comparison.compareNumber("low", found.min, example.low ?? Number.NaN);
    comparison.compareNumber("high", found.max, example.high ?? Number.NaN);
  } else {
    comparison.compareNumber("mean", found.mean, example.mean ?? Number.NaN);
    comparison.compareNumber("std", found.standardDeviation, example.std ?? Number.NaN);
  }
}

/** `kaiming_uniform_` with its options, whose names and words are PyTorch's in camelCase. */
function ruleOf(name: string, config: Config): init.RandomInitializer {
  const options = Object.entries(config).map(([option, value]) => {
    return [fromTorchName(option), typeof value === "string" ? fromTorchName(value) : value];
  });
  const make = (init as unknown as Readonly<Record<string, unknown>>)[
    fromTorchName(name.replace(/_$/, ""))
  ];
  if (typeof make !== "function") throw new Error(`there is no initialiser ${name}`);
  return make(Object.fromEntries(options)) as init.RandomInitializer;
}

function compareLayer(comparison: Comparison, example: Of<"module">): void {
  const Layer = (nn as unknown as Readonly<Record<string, new (...args: unknown[]) => Module>>)[
    example.module
  ];
  const options = { key: randomKey(1), dtype: "float64" };
  const parameter = new Layer(...example.args, options)
    .state()
    .get(fromTorchName(example.parameter));
  const values = [...(parameter?.value.toTypedArray() ?? [])];
  const problem =
    example.dist === "uniform"
      ? outsideOf(values, example.low ?? Number.NaN, example.high ?? Number.NaN)
      : unlikely(values, example.mean ?? Number.NaN, example.std ?? Number.NaN);
  comparison.note({ problem, error: 0 });
  const shape = parameter?.aval.shape ?? [];
  if (String(shape) !== String(example.shape)) {
    comparison.note({ problem: `shape [${shape.join(", ")}]`, error: Infinity });
  }
}

/** null where all values lie within the bounds, and the outermost near them. */
function outsideOf(values: readonly number[], low: number, high: number): string | null {
  const [smallest, largest] = [Math.min(...values), Math.max(...values)];
  // the largest of n draws misses 20 / n of the range once in e^20
  const gap = (20 / values.length) * (high - low);
  const isWithin = smallest >= low && largest <= high;
  if (isWithin && smallest <= low + gap && largest >= high - gap) return null;
  return `draws from ${smallest} to ${largest}, expected ${low} to ${high}`;
}

/** null where mean and standard deviation are within six of their own standard deviations. */
function unlikely(values: readonly number[], mean: number, std: number): string | null {
  const average = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  const found = average(values);
  const deviation = Math.sqrt(average(values.map((x) => (x - mean) ** 2)));
  const isNear =
    Math.abs(found - mean) <= (6 * std) / Math.sqrt(values.length) &&
    Math.abs(deviation - std) <= (6 * std) / Math.sqrt(2 * values.length);
  return isNear ? null : `has mean ${found} and deviation ${deviation}, expected ${mean}, ${std}`;
}
