/**
 * @file Initialisers that scale the variance by what goes into a weight, or out of it. PyTorch's names (xavier, kaiming)
 * have PyTorch's distributions; those of Keras and Flax (glorot, he, lecun) have theirs, whose normal ones are truncated.
 */
import { type Shape, ValueError } from "@tapegrad/autograd";
import { fanInAndFanOut } from "./fans.ts";
import { calculateGain, type Nonlinearity } from "./gain.ts";
import {
  type Distribution,
  drawnFrom,
  type RandomInitializer,
  requireDeviation,
} from "./initializer.ts";

/** What initial values are drawn from. */
export type DistributionKind = "uniform" | "normal" | "truncatedNormal";
/** Which values `scale` is divided by: those an output depends on, those that depend on an input, or the mean of both. */
export type FanMode = "fanIn" | "fanOut" | "fanAverage";

/** Uniform between ±√3 standard deviations, which has that standard deviation. */
function uniformOf(standardDeviation: number): Distribution {
  const max = Math.sqrt(3) * standardDeviation;
  return { kind: "uniform", min: -max, max };
}

function normalOf(standardDeviation: number): Distribution {
  return { kind: "normal", mean: 0, standardDeviation };
}

/** The standard deviation of a standard normal distribution that is cut at ±2. */
const OF_TRUNCATED = 0.87962566103423978;

/** A normal distribution that has the standard deviation after it is cut at ±2 of its own. */
function truncatedOf(afterwards: number): Distribution {
  const standardDeviation = afterwards / OF_TRUNCATED;
  const max = 2 * standardDeviation;
  return { kind: "truncatedNormal", mean: 0, standardDeviation, min: -max, max };
}

const DISTRIBUTIONS: Readonly<Record<DistributionKind, (deviation: number) => Distribution>> = {
  uniform: uniformOf,
  normal: normalOf,
  truncatedNormal: truncatedOf,
};

const COUNTS: Readonly<Record<FanMode, (shape: Shape) => number>> = {
  fanIn: (shape) => fanInAndFanOut(shape).fanIn,
  fanOut: (shape) => fanInAndFanOut(shape).fanOut,
  fanAverage: (shape) => {
    const { fanIn, fanOut } = fanInAndFanOut(shape);
    return (fanIn + fanOut) / 2;
  },
};

export interface VarianceScalingOptions {
  /** The variance is this over the number of values; 1 by default. */
  readonly scale?: number;
  /** Which values are counted; "fanIn" by default. */
  readonly mode?: FanMode;
  /** "truncatedNormal" by default: at two standard deviations, and with the variance asked for after that. */
  readonly distribution?: DistributionKind;
}

/**
 * Values of mean 0 and of variance `scale` / n, with n counted by `mode`.
 *
 * @throws ValueError if an option is not known or the scale not positive; ShapeError if a shape has less than two axes.
 * @example
 * init.varianceScaling({ scale: 2, mode: "fanOut", distribution: "normal" }).draw(key, [64, 3, 3, 3]);
 */
export function varianceScaling(options: VarianceScalingOptions = {}): RandomInitializer {
  const { scale = 1, mode = "fanIn", distribution = "truncatedNormal" } = options;
  const count = known("mode", COUNTS, mode);
  const make = known("distribution", DISTRIBUTIONS, distribution);
  requireDeviation("scale", scale);
  return drawnFrom((shape) => make(Math.sqrt(scale / count(shape))));
}

function known<T>(option: string, table: Readonly<Record<string, T>>, name: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found !== undefined) return found;
  throw new ValueError("init", { option, name }, (d) => {
    return `${d.option} "${d.name}" is not known. Use one of ${Object.keys(table).join(", ")}.`;
  });
}

export interface XavierOptions {
  /** A factor of the standard deviation, such as `calculateGain("tanh")`; 1 by default. */
  readonly gain?: number;
}

function xavier(gain: number, distribution: "uniform" | "normal"): RandomInitializer {
  const scale = requireDeviation("gain", gain) ** 2;
  return varianceScaling({ scale, mode: "fanAverage", distribution });
}

/** Uniform, of standard deviation gain · √(2 / (fanIn + fanOut)). Glorot & Bengio (2010), equation 16. */
export function xavierUniform({ gain = 1 }: XavierOptions = {}): RandomInitializer {
  return xavier(gain, "uniform");
}

/** Normal, of standard deviation gain · √(2 / (fanIn + fanOut)). Glorot & Bengio (2010). */
export function xavierNormal({ gain = 1 }: XavierOptions = {}): RandomInitializer {
  return xavier(gain, "normal");
}

export interface KaimingOptions {
  /** What follows the weight; "leakyRelu" by default. */
  readonly nonlinearity?: Nonlinearity;
  /** The negative slope of "leakyRelu"; 0 by default. */
  readonly a?: number;
  /** "fanIn", which keeps the variance forward, by default; "fanOut" keeps it backward. */
  readonly mode?: "fanIn" | "fanOut";
}

function kaiming(options: KaimingOptions, distribution: "uniform" | "normal"): RandomInitializer {
  const { nonlinearity = "leakyRelu", a = 0, mode = "fanIn" } = options;
  return varianceScaling({ scale: calculateGain(nonlinearity, a) ** 2, mode, distribution });
}

/** Uniform, of standard deviation gain / √fan. He et al. (2015), section 2.2. @throws ValueError for unknown options. */
export function kaimingUniform(options: KaimingOptions = {}): RandomInitializer {
  return kaiming(options, "uniform");
}

/** Normal, of standard deviation gain / √fan. He et al. (2015), section 2.2. @throws ValueError for unknown options. */
export function kaimingNormal(options: KaimingOptions = {}): RandomInitializer {
  return kaiming(options, "normal");
}

/** Uniform, of variance 2 / (fanIn + fanOut): `xavierUniform` under the name of Keras and Flax. */
export function glorotUniform(): RandomInitializer {
  return xavierUniform();
}

/** Truncated normal, of variance 2 / (fanIn + fanOut), as in Keras and Flax. Glorot & Bengio (2010). */
export function glorotNormal(): RandomInitializer {
  return varianceScaling({ mode: "fanAverage" });
}

/** Uniform, of variance 2 / fanIn, as in Keras and Flax. He et al. (2015). */
export function heUniform(): RandomInitializer {
  return varianceScaling({ scale: 2, distribution: "uniform" });
}

/**
 * Truncated normal, of variance 2 / fanIn, as in Keras and Flax. He et al. (2015).
 *
 * @example
 * initialize(model, init.heNormal());
 */
export function heNormal(): RandomInitializer {
  return varianceScaling({ scale: 2 });
}

/** Uniform, of variance 1 / fanIn, as in Keras and Flax. LeCun et al. (1998). */
export function lecunUniform(): RandomInitializer {
  return varianceScaling({ distribution: "uniform" });
}

/** Truncated normal, of variance 1 / fanIn, as in Keras and Flax. LeCun et al. (1998). */
export function lecunNormal(): RandomInitializer {
  return varianceScaling();
}
