/** @file The rules of the linter. Each is silent where it does not know enough. */
import {
  abs,
  add,
  concatenate,
  max,
  normal,
  randomKey,
  slice,
  sub,
  type Tensor,
  type Variable,
} from "@tapegrad/autograd";
import { BatchNorm } from "../layers/batch-norm.ts";
import { type Module, Parameter } from "../module.ts";
import { withoutCommit } from "../statistics/without-commit.ts";
import type { Finding } from "./finding.ts";
import { groupsOf, type LintContext } from "./lint-context.ts";
import { isNorm, tracks } from "./norms.ts";

type Rule = (context: LintContext) => readonly Finding[];

/** A change of the output that is taken for rounding, as a part of its largest entry. */
const ROUNDING = 1e-3;

/**
 * A bias that a normalisation subtracts again. Found by moving it: in training the output stays what it was, while it
 * does not if another parameter of the same layer is moved.
 */
const biasBeforeNorm: Rule = (context) => {
  const found: Finding[] = [];
  for (const [path, module] of context.modules) {
    if (isNorm(module)) continue;
    const parameters = module.children().flatMap(([name, child]) => {
      return child instanceof Parameter ? [{ name, parameter: child }] : [];
    });
    for (const { name, parameter } of parameters) {
      if (!/bias/i.test(name) || matters([parameter], context)) continue;
      const others = parameters.map((other) => other.parameter).filter((p) => p !== parameter);
      if (!matters(others, context)) continue;
      found.push({
        rule: "bias-before-norm",
        path: path === "" ? name : `${path}.${name}`,
        message:
          "in training the output does not depend on this bias: a normalisation subtracts it",
        remedy: "Make the layer with `bias: false`; β of the normalisation takes its place.",
      });
    }
  }
  return found;
};

/** Whether the training output changes when these parameters do. */
function matters(parameters: readonly Parameter[], { output, train }: LintContext): boolean {
  const moved = withoutCommit(() => {
    for (const [i, parameter] of parameters.entries()) {
      const { shape, dtype } = parameter.aval;
      const step = normal(randomKey(i), shape, { dtype: dtype === "float64" ? dtype : "float32" });
      parameter.assign(add(parameter.value, step));
    }
    return train();
  });
  return differs(output, moved);
}

function differs(a: Tensor, b: Tensor): boolean {
  return max(abs(sub(a, b))).item() > ROUNDING * max(abs(a)).item();
}

/** Weight decay of γ or β, which draws the scale of normalised values to 0 and regularises nothing. */
const decayOfNorm: Rule = ({ modules, options }) => {
  const decays = new Map<Variable, number>();
  for (const { parameters, weightDecay } of groupsOf(options) ?? []) {
    for (const parameter of parameters) decays.set(parameter, weightDecay);
  }
  return [...modules].flatMap(([path, module]) => {
    if (!isNorm(module)) return [];
    return module.children().flatMap(([name, child]): readonly Finding[] => {
      const decay = child instanceof Parameter ? (decays.get(child) ?? 0) : 0;
      if (decay === 0) return [];
      return [
        {
          rule: "decay-of-norm",
          path: path === "" ? name : `${path}.${name}`,
          message: `this parameter of a normalisation has weight decay ${decay}`,
          remedy:
            "Put it in a group without decay: `parameterGroups(model, { weightDecay })` does.",
        },
      ];
    });
  });
};

/** A moving average that forgets more than it keeps: most likely the other library's momentum. */
const decayBelowHalf: Rule = ({ modules }) => {
  return [...modules].flatMap(([path, module]): readonly Finding[] => {
    if (!tracks(module) || !(module.decay < 0.5)) return [];
    return [
      {
        rule: "decay-below-half",
        path,
        message: `decay is ${Number(module.decay.toPrecision(6))}, the weight of the old running value, so that of the new one is above 0.5`,
        remedy:
          "Check whose momentum was meant: PyTorch's is `update`, that of Keras and Flax is `decay`.",
      },
    ];
  });
};

/** γ and β are not trained, but the running statistics go on. */
const frozenButUpdating: Rule = ({ modules, options }) => {
  const groups = groupsOf(options);
  const trained = new Set(groups?.flatMap(({ parameters }) => parameters));
  return [...modules].flatMap(([path, module]): readonly Finding[] => {
    if (!(module instanceof BatchNorm) || !tracks(module) || module.statisticsFrozen) return [];
    const parameters = module.parameters();
    const absent =
      groups !== null && parameters.length > 0 && !parameters.some((p) => trained.has(p));
    if (!absent && !module.parametersFrozen) return [];
    const how = module.parametersFrozen ? "frozen" : "not among the parameters of the optimiser";
    return [
      {
        rule: "frozen-but-updating",
        path,
        message: `γ and β are ${how}, but training still moves the running statistics`,
        remedy: "Freeze the whole layer by `freeze()`, or train γ and β too.",
      },
    ];
  });
};

/** The way of evaluation changes variables, or gives a sample another output in other company. */
const trainingModeAtEvaluation: Rule = ({ model, sample, options: { evaluate } }) => {
  if (evaluate === undefined) return [];
  const found: Finding[] = [];
  const report = (path: string, message: string): void => {
    const remedy = 'Evaluate by `model.forward(x, { mode: "eval" })`.';
    found.push({ rule: "training-mode-at-evaluation", path, message, remedy });
  };
  const assigned = withoutCommit(() => {
    const before = [...model.variables()].map(([path, v]) => [path, v, v.value] as const);
    evaluate(sample);
    return before.filter(([, variable, value]) => variable.value !== value);
  });
  for (const [path] of assigned) report(path, "evaluation changes this variable");
  const batch = sample.shape[0];
  if (assigned.length > 0 || batch < 2) return found;
  const whole = withoutCommit(() => evaluate(sample));
  const changed = withoutCommit(() => evaluate(withOtherRest(sample)));
  const first = (y: Tensor): Tensor => rows(y, 0, 1);
  if (whole.shape[0] === batch && differs(first(whole), first(changed))) {
    report("", "in evaluation the output for a sample depends on the other samples of its batch");
  }
  return found;
};

/** The same first sample, and the others doubled. */
function withOtherRest(x: Tensor): Tensor {
  const rest = rows(x, 1, x.shape[0] - 1);
  return concatenate([rows(x, 0, 1), add(rest, rest)]);
}

function rows(x: Tensor, start: number, length: number): Tensor {
  const starts = x.shape.map((_, axis) => (axis === 0 ? start : 0));
  return slice(x, { starts, sizes: [length, ...x.shape.slice(1)] });
}

/** An epoch whose last batch is much smaller: its statistics weigh as much as those of a full one, or do not exist. */
const shortLastBatch: Rule = ({ sample, heard, options: { data } }) => {
  if (data === undefined || (data.remainder ?? "keep") !== "keep") return [];
  const batchSize = data.batchSize ?? sample.shape[0];
  const rest = data.size % batchSize;
  if (rest === 0 || rest * 2 > batchSize || heard.length === 0) return [];
  const counts = heard.map(([, { count }]) => (typeof count === "number" ? count : Infinity));
  const least = Math.min(...counts) * (rest / sample.shape[0]);
  const consequence =
    least < 2
      ? "a normalisation has one value for each channel then, and throws"
      : "its statistics move the running ones as much as those of a full batch";
  return [
    {
      rule: "short-last-batch",
      path: "",
      message: `${data.size} samples in batches of ${batchSize} leave a last batch of ${rest}: ${consequence}`,
      remedy: 'Merge or drop it: `new DataLoader(data, { batchSize, remainder: "merge" })`.',
    },
  ];
};

/** Batch statistics are used, and evaluation has nothing to use in their place. */
const noPopulationStatistics: Rule = ({ heard, pathOf, options }) => {
  const seen = new Map<Module, string>();
  for (const [module] of heard) {
    const why = whyNoPopulation(module, options.evaluate !== undefined);
    if (why !== null) seen.set(module, why);
  }
  return [...seen].map(([module, message]) => ({
    rule: "no-population-statistics",
    path: pathOf(module),
    message,
    remedy:
      "Keep running statistics, or store `estimatePopulation(model, batches)` before evaluation.",
  }));
};

function whyNoPopulation(module: Module, evaluates: boolean): string | null {
  if (!tracks(module)) return "batch statistics are used, and no running ones are kept";
  if (module.decay === 1) return "decay is 1: the running statistics never move";
  return evaluates && isUntouched(module)
    ? "evaluation uses running statistics that are still 0 and 1: no batch has moved them"
    : null;
}

/** Whether mean and variance are those that the layer was made with. */
function isUntouched(module: Module): boolean {
  return [...module.state()].every(([path, { value }]) => {
    const initial = path.endsWith("runningMean") ? 0 : path.endsWith("runningVariance") ? 1 : null;
    return initial === null || value.toTypedArray().every((number) => number === initial);
  });
}

/** Two values of a channel: whatever they are, normalised they are ± 1, and hardly a gradient passes. */
const twoValuesPerChannel: Rule = ({ heard, pathOf }) => {
  const few = heard.filter(([, { count }]) => count === 2).map(([module]) => module);
  return [...new Set(few)].map((module) => ({
    rule: "two-values-per-channel",
    path: pathOf(module),
    message:
      "there are two values for each channel, which are ± 1 once normalised, so that hardly a gradient passes",
    remedy: "Use a larger batch, or a normalisation of each sample, such as GroupNorm.",
  }));
};

export const rules: readonly Rule[] = [
  biasBeforeNorm,
  decayOfNorm,
  decayBelowHalf,
  frozenButUpdating,
  trainingModeAtEvaluation,
  shortLastBatch,
  noPopulationStatistics,
  twoValuesPerChannel,
];
