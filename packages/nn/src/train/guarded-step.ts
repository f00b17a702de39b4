/**
 * @file A step that changes all of its variables or none: none where a number is not finite, or the loss is above a
 * limit. The same eagerly and compiled, in one call: a rejected step selects the old values itself.
 */
import {
  type CompileOptions,
  cast,
  compile,
  lessEqual,
  NonFiniteError,
  ShapeError,
  Tensor,
  tensor,
  transaction,
  type Variable,
  where,
} from "@tapegrad/autograd";

/** The loss of a step, and whether it was accepted. @throws NonFiniteError if a number is not finite. */
export type GuardedStep<Batch> = (batch: Batch, limit: number) => GuardedLoss;

export interface GuardedLoss {
  readonly loss: number;
  readonly isAccepted: boolean;
}

export interface GuardOptions {
  /** By the names that messages call them. */
  readonly variables: ReadonlyMap<string, Variable>;
  readonly compiled: boolean | Omit<CompileOptions, "commit">;
  /** Whether limits are finite at all; without, nothing is selected. */
  readonly hasLimits: boolean;
}

export function guardedStep<Batch>(
  step: (batch: Batch) => Tensor,
  { variables, compiled, hasLimits }: GuardOptions,
): GuardedStep<Batch> {
  const checked = (batch: Batch): Tensor => requireLoss(step(batch));
  const limited = (batch: Batch, limit: Tensor): Tensor => {
    const before = [...variables.values()].map((variable) => [variable, variable.value] as const);
    const loss = checked(batch);
    const isAccepted = lessEqual(cast(loss, "float64"), limit);
    for (const [variable, old] of before) {
      const { value } = variable;
      if (value !== old) variable.assign(where(isAccepted, value, old));
    }
    return loss;
  };
  const body: (batch: Batch, limit: Tensor) => Tensor = hasLimits ? limited : checked;
  const options = { ...(typeof compiled === "object" ? compiled : {}), commit: "finite" as const };
  const run = compiled === false ? eagerly(body, variables) : compile(body, options);
  return (batch, limit) => {
    const loss = run(batch, tensor(limit, { dtype: "float64" })).item();
    return { loss, isAccepted: !hasLimits || loss <= limit };
  };
}

/** As `compile` with `commit: "finite"`. */
function eagerly<Batch>(
  body: (batch: Batch, limit: Tensor) => Tensor,
  variables: ReadonlyMap<string, Variable>,
): (batch: Batch, limit: Tensor) => Tensor {
  return (batch, limit) =>
    transaction(() => {
      const loss = body(batch, limit);
      requireFinite("the loss", loss);
      for (const [name, { value }] of variables) requireFinite(name, value);
      return loss;
    });
}

function requireFinite(what: string, x: Tensor): void {
  if (x.dtype !== "float32" && x.dtype !== "float64") return;
  const wrong = x.toTypedArray().find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new NonFiniteError("fit", { what, value: wrong }, (d) => {
    return `after a step ${d.what} would hold ${d.value}, so nothing was assigned. Find the operation with \`explainNonFinite\`, or reject such steps with \`spikes\`.`;
  });
}

function requireLoss(loss: Tensor): Tensor {
  const found = loss instanceof Tensor ? loss.aval : null;
  if (found?.shape.length === 0 && found.dtype.startsWith("float")) return loss;
  throw new ShapeError("fit", { found }, (d) => {
    const what = d.found === null ? "no tensor" : `${d.found.dtype}[${d.found.shape.join(",")}]`;
    return `the step returned ${what}, but a loss is one floating number. Reduce it, for example with \`mean\`.`;
  });
}
