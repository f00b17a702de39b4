/**
 * @file The options of BatchNorm, the presets that name what other libraries do, and what follows from both.
 */
import { type DType, ValueError } from "@tapegrad/autograd";
import { requirePositive } from "../functional/batch-norm.ts";
import { type Layout, requireLayout } from "../functional/layout.ts";
import { type DecayOptions, decayOf, requireCount, requireFloatingDType } from "./layer-options.ts";
import type { Average, RunningRule } from "./running-statistics.ts";

/** Whose defaults are taken. */
export type BatchNormPreset = "paper" | "pytorch" | "keras" | "flax" | "mlx";

export interface BatchNormLayerOptions extends DecayOptions {
  /** Whose ε, decay and running variance are the defaults: paper, pytorch, keras, flax or mlx; "pytorch" by default. */
  readonly preset?: BatchNormPreset;
  /** "NC" by default: inputs of any other rank need their layout. */
  readonly layout?: Layout;
  /** Added to the variance inside the root; 1e-5 by default. */
  readonly epsilon?: number;
  /** How running statistics follow those of the batches; "exponential" by default. */
  readonly average?: Average;
  /** Which variance is stored: "unbiased" (m / (m - 1), algorithm 2) by default. Normalisation uses the biased one. */
  readonly runningVariance?: "unbiased" | "biased";
  /** Whether there are running statistics; true by default. Without, evaluation uses those of the batch too. */
  readonly trackRunningStats?: boolean;
  /** Running statistics of each of these instead of one for all, as ["real", "fake"]; γ and β are shared. */
  readonly domains?: readonly string[];
  /** Whether there is a γ; true by default. */
  readonly scale?: boolean;
  /** What γ starts from; 1 by default. 0 lets a residual branch start as nothing. */
  readonly initialScale?: number;
  /** Whether there is a β; true by default. */
  readonly center?: boolean;
  /** float32 by default. */
  readonly dtype?: DType;
  /** Stands in the errors of its calls, as in "BatchNorm stem: …": which of many layers refused an input. */
  readonly name?: string;
}

interface Convention {
  readonly epsilon: number;
  readonly decay: number;
  readonly runningVariance: "unbiased" | "biased";
}

/** What the libraries do by default. All start from γ = 1, β = 0, mean 0, variance 1; docs/batch-norm.md has the sources. */
const PRESETS: Readonly<Record<BatchNormPreset, Convention>> = {
  /** Algorithm 2. ε and the weights of a moving average are not in the paper: those of PyTorch. */
  paper: { epsilon: 1e-5, decay: 0.9, runningVariance: "unbiased" },
  pytorch: { epsilon: 1e-5, decay: 0.9, runningVariance: "unbiased" },
  keras: { epsilon: 1e-3, decay: 0.99, runningVariance: "biased" },
  flax: { epsilon: 1e-5, decay: 0.99, runningVariance: "biased" },
  mlx: { epsilon: 1e-5, decay: 0.9, runningVariance: "unbiased" },
};

/** The options of a layer, checked, with a value for each. */
export interface BatchNormSettings {
  readonly channels: number;
  readonly layout: Layout;
  readonly epsilon: number;
  readonly running: RunningRule;
  /** Whether there are running statistics. */
  readonly tracks: boolean;
  /** Empty for none. */
  readonly domains: readonly string[];
  readonly scale: boolean;
  readonly initialScale: number;
  readonly center: boolean;
  readonly dtype: DType;
}

/** @throws ValueError or DTypeError for an option that is out of range or contradicts another. */
export function batchNormSettings(
  channels: number,
  options: BatchNormLayerOptions,
): BatchNormSettings {
  const { scale = true, center = true, initialScale = 1 } = options;
  const { domains, trackRunningStats: tracks = true } = options;
  refuseMomentum(options);
  const convention = conventionOf(options.preset ?? "pytorch");
  return {
    channels: requireCount("BatchNorm", "channels", channels),
    layout: requireLayout("BatchNorm", options.layout ?? "NC"),
    epsilon: requirePositive("BatchNorm", options.epsilon ?? convention.epsilon),
    running: runningRule(options, convention),
    tracks,
    domains: domains === undefined ? [] : requireDomains(domains, tracks),
    scale,
    initialScale: requireFinite(initialScale),
    center,
    dtype: requireFloatingDType("BatchNorm", options.dtype ?? "float32"),
  };
}

/** Types keep it out of TypeScript only. */
function refuseMomentum(options: object): void {
  if (!("momentum" in options)) return;
  throw new ValueError("BatchNorm", { momentum: options.momentum }, (d) => {
    return `momentum is ${String(d.momentum)}, but libraries mean opposite things by it. Use \`update\` for the weight of the new value, as PyTorch, or \`decay\` for that of the old one, as Keras.`;
  });
}

function conventionOf(preset: BatchNormPreset): Convention {
  if (Object.hasOwn(PRESETS, preset)) return PRESETS[preset];
  throw new ValueError("BatchNorm", { preset }, (d) => {
    return `preset ${JSON.stringify(d.preset)} is not known. Use one of ${Object.keys(PRESETS).join(", ")}.`;
  });
}

function runningRule(options: BatchNormLayerOptions, convention: Convention): RunningRule {
  const { average = "exponential", runningVariance = convention.runningVariance } = options;
  if (runningVariance !== "unbiased" && runningVariance !== "biased") {
    throw new ValueError("BatchNorm", { runningVariance }, (d) => {
      return `runningVariance is ${JSON.stringify(d.runningVariance)}. Use "unbiased" or "biased".`;
    });
  }
  if (average !== "exponential" && average !== "cumulative" && average !== "bias-corrected") {
    throw new ValueError("BatchNorm", { average }, (d) => {
      return `average is ${JSON.stringify(d.average)}. Use "exponential", "cumulative" or "bias-corrected".`;
    });
  }
  const decay = weightOfOld(average, options, convention.decay);
  return { average, decay, storesUnbiased: runningVariance === "unbiased" };
}

function weightOfOld(average: Average, options: DecayOptions, otherwise: number): number {
  const { decay, update } = options;
  const [name, given] = decay === undefined ? ["update", update] : ["decay", decay];
  if (average === "cumulative" && given !== undefined) {
    throw new ValueError("BatchNorm", { name, given }, (d) => {
      return `${d.name} is ${d.given}, but the cumulative average weighs all batches alike. Leave it out, or choose another \`average\`.`;
    });
  }
  if (average === "cumulative") return Number.NaN;
  const weight = decayOf("BatchNorm", options, otherwise);
  if (average === "exponential" || weight < 1) return weight;
  throw new ValueError("BatchNorm", { name, given }, (d) => {
    return `${d.name} is ${d.given}, and a bias-corrected average needs new values. Use a decay from 0 to below 1.`;
  });
}

function requireFinite(initialScale: number): number {
  if (Number.isFinite(initialScale)) return initialScale;
  throw new ValueError("BatchNorm", { initialScale }, (d) => {
    return `initialScale is ${d.initialScale}, from which γ cannot be trained. Use a finite number, 1 or 0.`;
  });
}

function requireDomains(domains: readonly string[], tracks: boolean): readonly string[] {
  const fits = domains.length > 0 && domains.every((name) => name !== "" && !name.includes("."));
  if (fits && tracks && new Set(domains).size === domains.length) return domains;
  throw new ValueError("BatchNorm", { domains, tracks }, (d) => {
    return d.tracks
      ? `domains are [${d.domains.join(", ")}]. Give at least one, each once, by a name without a dot.`
      : "domains were given, but they differ in their running statistics only, and there are none. Leave one of the two options out.";
  });
}
