/** @file summary: what a model consists of, and what it costs. */
import {
  type DType,
  flopsOf,
  record,
  type Shape,
  type TapeFlops,
  Tensor,
  transaction,
  ValueError,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { type ForwardOptions, type Mode, type Module, Parameter } from "../module.ts";
import { type ForwardCall, forwardCalls } from "./forward-calls.ts";
import { Summary, type SummaryRow } from "./summary-table.ts";

export interface SummaryOptions {
  /** "eval" by default. */
  readonly mode?: Mode;
  /** Of the input that a shape stands for: float32 by default, int32 for indices. */
  readonly dtype?: DType;
}

/**
 * The modules of a model with the shapes of their outputs, their parameters and their floating-point operations.
 *
 * - `input` is the shape of the one input, examples included, which is then zeros; or a list of the tensors that `forward`
 *   takes
 * - the model runs forward once, and each module once more by itself to be counted; nothing that it assigns is kept, neither
 *   running statistics nor random states
 * - FLOPs are nominal, see `flopsOf` of autograd; they are those of the forward pass
 *
 * @throws ValueError if the model has no forward; what `forward` throws at an input that does not fit.
 * @example
 * console.log(String(summary(leNet(), [1, 1, 28, 28])));
 */
export function summary(
  model: Module,
  input: Shape | readonly Tensor[],
  options: SummaryOptions = {},
): Summary {
  const { mode = "eval", dtype = "float32" } = options;
  const inputs = isShape(input) ? [zeros(input, { dtype })] : input;
  const calls = withoutAssigning(() => {
    const found = forwardCalls(model, () => forwardOf(model)(...inputs, { mode }));
    return found.map((call) => ({ call, ...costOf(call) }));
  });
  const seen = new Set<Variable>();
  const rows = [...model.modules()].map(([path, module]): SummaryRow => {
    const own = calls.filter(({ call }) => call.module === module);
    const inner = calls.filter(({ call }) => call.parent?.module === module);
    const variables = module.children().flatMap(([, child]) => {
      return child instanceof Variable && !seen.has(child) ? [child] : [];
    });
    for (const variable of variables) seen.add(variable);
    return {
      path,
      type: module.constructor.name,
      outputShapes: tensorsIn(own[0]?.call.result).map(({ shape }) => shape),
      ...countsOf(module, variables),
      calls: own.length,
      // what is computed of constants alone is on no tape but that of the module that is given them
      flops: Math.max(0, total(own, "flops") - total(inner, "flops")),
      uncounted: Math.max(0, total(own, "uncounted") - total(inner, "uncounted")),
    };
  });
  return new Summary(
    inputs.map(({ shape }) => shape),
    rows,
  );
}

type Forward = (...args: readonly (Tensor | ForwardOptions)[]) => unknown;

function forwardOf(model: Module): Forward {
  const { forward } = model as { forward?: Forward };
  if (forward !== undefined) return forward.bind(model);
  throw new ValueError("summary", { type: model.constructor.name }, (d) => {
    return `the model, a ${d.type}, has no method forward. Summarise modules that have one.`;
  });
}

/** What `call` costs, everything that it calls included. */
function costOf({ module, args }: ForwardCall): TapeFlops {
  // as arguments of a recording they are on its tape, and so is what is computed of nothing else
  const run = (given: readonly Tensor[]): readonly Tensor[] => {
    const next = given[Symbol.iterator]();
    forwardOf(module)(...(replaced(args, () => next.next().value as Tensor) as readonly Tensor[]));
    return [];
  };
  return flopsOf(record(run, tensorsIn(args)));
}

function total(calls: readonly TapeFlops[], what: keyof TapeFlops): number {
  return calls.reduce((sum, call) => sum + call[what], 0);
}

/** Of the variables of `module` that no module before it has. */
function countsOf(
  module: Module,
  variables: readonly Variable[],
): Pick<SummaryRow, "parameters" | "trainable" | "buffers"> {
  const sizeOf = (kept: readonly Variable[]): number => {
    return kept.reduce((sum, { aval }) => sum + aval.shape.reduce((size, n) => size * n, 1), 0);
  };
  const parameters = sizeOf(variables.filter((variable) => variable instanceof Parameter));
  return {
    parameters,
    trainable: isFrozen(module) ? 0 : parameters,
    buffers: sizeOf(variables) - parameters,
  };
}

/** Whether the module says that its parameters get no gradient, as a frozen batch norm does. */
function isFrozen(module: Module): boolean {
  return "parametersFrozen" in module && module.parametersFrozen === true;
}

/** All tensors in arrays and plain objects, in any nesting. */
function tensorsIn(value: unknown): readonly Tensor[] {
  const found: Tensor[] = [];
  replaced(value, (x) => {
    found.push(x);
    return x;
  });
  return found;
}

/** `value` with other tensors in their places. */
function replaced(value: unknown, by: (x: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return by(value);
  if (Array.isArray(value)) return value.map((item) => replaced(item, by));
  if (typeof value !== "object" || value === null) return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, by)]));
}

function isShape(input: Shape | readonly Tensor[]): input is Shape {
  return input.every((entry) => typeof entry === "number");
}

/** What `f` returns; what it assigns to variables is dropped. */
function withoutAssigning<T>(f: () => T): T {
  const done = { value: null as T | null };
  try {
    transaction(() => {
      done.value = f();
      throw DROP;
    });
  } catch (thrown) {
    if (thrown !== DROP) throw thrown;
  }
  return done.value as T;
}

const DROP: Error = new Error("internal: a look at a model is over");
