/**
 * @file Where a step stopped being finite: its trace is replayed eagerly, with the variables as they still are.
 *
 * Not every number that is not finite matters (a masked -Infinity does not): the search goes back from results
 * and assigned values that are not finite, through operands that are not, to the first that nothing explains.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { bindAll } from "../core/bind.ts";
import type { Tensor } from "../core/tensor.ts";
import { NonFiniteError } from "../errors.ts";
import { operandOn } from "../transforms/recording.ts";
import { type Trace, trace } from "./trace.ts";

interface Origin {
  /** null for an argument or a variable. */
  readonly primitive: string | null;
  readonly name: string;
  readonly aval: Aval;
  readonly line: string | null;
}

/** @param call runs the function again, without numbers, to see which line of it is at fault. */
export function explainNonFinite(
  recorded: Trace,
  tensors: readonly Tensor[],
  call: (inputs: readonly Tensor[]) => unknown,
): NonFiniteError {
  const origin = originOf(recorded, tensors, call);
  return new NonFiniteError("compile", { origin }, (d) => {
    if (d.origin === null) {
      return "a number is not finite in the compiled program, but is in the function itself; nothing was assigned. Compile it with `reassociate: false`, or keep its numbers smaller.";
    }
    const { primitive, name, aval, line } = d.origin;
    const what = `${name}${primitive === null ? "" : line === null ? "" : ` at ${line}`}`;
    return primitive === null
      ? `${what}, a ${formatAval(aval)}, holds a number that is not finite; nothing was assigned. Check it before the step.`
      : `${what} gave a ${formatAval(aval)} with a number that is not finite, the first of this step; nothing was assigned. Lower the learning rate, or keep what it is given in its range.`;
  });
}

function originOf(
  recorded: Trace,
  tensors: readonly Tensor[],
  call: (inputs: readonly Tensor[]) => unknown,
): Origin | null {
  const { tape, inputs, reads } = recorded;
  const values = replay(recorded, tensors);
  const nodeOf = new Map(tape.nodes.map((node, at) => [node.first, at]));
  const waiting = rootsOf(recorded).filter((index) => !isFinite(values[index]));
  const seen = new Set(waiting);
  let first = Infinity;
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    const operands = tape.nodes[nodeOf.get(index) ?? -1]?.operands ?? [];
    const causes = operands.filter((x) => typeof x === "number" && !isFinite(values[x]));
    // inputs have the smallest numbers of all
    if (causes.length === 0) first = Math.min(first, index);
    for (const cause of causes as readonly number[]) {
      if (!seen.has(cause)) waiting.push(cause);
      seen.add(cause);
    }
  }
  if (first === Infinity) return null;
  const aval = tape.values[first];
  const at = nodeOf.get(first);
  if (at !== undefined) {
    const primitive = tape.nodes[at].primitive.name;
    return { primitive, name: primitive, aval, line: lineOf(recorded, at, call) };
  }
  const argument = inputs.findIndex(({ index }) => index === first);
  const variable = [...reads].find(([, { index }]) => index === first)?.[0];
  const name =
    argument < 0 ? `variable ${variable?.name ?? ""}` : `tensor ${argument} of the arguments`;
  return { primitive: null, name, aval, line: null };
}

/** Every value of the tape, by its number. */
function replay({ tape, inputs, reads }: Trace, tensors: readonly Tensor[]): readonly Tensor[] {
  const values = new Array<Tensor>(tape.values.length);
  inputs.forEach(({ index }, i) => {
    values[index] = tensors[i];
  });
  for (const [variable, { index }] of reads) values[index] = variable.value;
  for (const { primitive, operands, params, first } of tape.nodes) {
    const given = operands.map((x) => (typeof x === "number" ? values[x] : x));
    bindAll(primitive, given, params).forEach((result, k) => {
      values[first + k] = result;
    });
  }
  return values;
}

/** The numbers of results and assigned values on the tape. */
function rootsOf({ tape, outputs, writes }: Trace): number[] {
  return [...(outputs?.leaves ?? []), ...writes.values()].flatMap((x) => {
    const root = operandOn(tape, x);
    return typeof root === "number" ? [root] : [];
  });
}

function isFinite(x: Tensor): boolean {
  return !isFloating(x.dtype) || x.toTypedArray().every(Number.isFinite);
}

/** The line that bound node `at`; null where the function does something else this time. */
function lineOf(
  { tape, inputs }: Trace,
  at: number,
  call: (inputs: readonly Tensor[]) => unknown,
): string | null {
  try {
    const avals = inputs.map(({ aval }) => aval);
    const again = trace(avals, call, true).tape;
    const isSame = again.nodes[at]?.primitive === tape.nodes[at].primitive;
    return isSame ? (again.nodes[at].origin?.line ?? null) : null;
  } catch {
    return null;
  }
}
