/**
 * @file Where a step stopped being finite: its trace is run eagerly, with the variables as they still are.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import type { Tensor } from "../core/tensor.ts";
import { NonFiniteError } from "../errors.ts";
import { allFinite, firstNonFinite } from "../inspect/first-non-finite.ts";
import { makeRecording, operandOn, type Recording, runNodes } from "../transforms/recording.ts";
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
  const recording = recordingOf(recorded);
  const values = runNodes(recording, ({ index, variable }) => {
    return variable === null ? tensors[inputs.findIndex((x) => x.index === index)] : variable.value;
  });
  const finite = (index: number): boolean => allFinite("compile", values[index]);
  const first = firstNonFinite(tape.nodes, rootsOf(recorded), finite);
  if (first === null) return null;
  const aval = tape.values[first];
  const at = tape.nodes.findIndex((node) => first >= node.first && first < node.first + node.count);
  if (at >= 0) {
    const primitive = tape.nodes[at].primitive.name;
    return { primitive, name: primitive, aval, line: lineOf(recorded, at, call) };
  }
  const argument = inputs.findIndex(({ index }) => index === first);
  const variable = [...reads].find(([, { index }]) => index === first)?.[0];
  const name =
    argument < 0 ? `variable ${variable?.name ?? ""}` : `tensor ${argument} of the arguments`;
  return { primitive: null, name, aval, line: null };
}

/** The trace as data that can be run. */
function recordingOf({ tape, inputs, reads }: Trace): Recording {
  const nothing = { leaves: [], paths: [], rebuild: () => undefined };
  const paths = inputs.map((_, i) => `[${i}]`);
  return makeRecording(tape, { ...nothing, leaves: inputs, paths }, reads, nothing);
}

/** The numbers of results and assigned values on the tape. */
function rootsOf({ tape, outputs, writes }: Trace): readonly number[] {
  return [...(outputs?.leaves ?? []), ...writes.values()]
    .map((x) => operandOn(tape, x))
    .filter((x) => typeof x === "number");
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
