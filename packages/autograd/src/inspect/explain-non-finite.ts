/**
 * @file explainNonFinite: which operation, forward or in the backward walk, made the first number that is not finite.
 *
 * The tape is run once more on a tape that looks at every value as it is made; the walk runs on it as well, since
 * it consists of ordinary operations.
 */
import type { Node, Operand, Tape as NodeTape } from "../core/tape.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { withTape } from "../core/variable.ts";
import type { Tape } from "../transforms/record.ts";
import { printOperand } from "../transforms/print-tape.ts";
import { type Recording, runNodes } from "../transforms/recording.ts";
import { seedsOf, trace } from "../transforms/vjp.ts";
import { backward } from "../transforms/walks.ts";
import { allFinite } from "./first-non-finite.ts";
import { NonFiniteReport } from "./non-finite-report.ts";
import { observe, type Observed } from "./observe.ts";
import { statisticsOf } from "./statistics.ts";
import { type Suspect, suspectInside, WatchingTape } from "./watching-tape.ts";

const OP = "explainNonFinite";

/**
 * Where the first number comes from that is not finite and matters: the operation that made it of finite numbers,
 * its source line, and what its operands were like. null if everything is finite.
 *
 * - looks at the results, at what is assigned to variables, and then at the gradients by all arguments and
 *   variables, under a cotangent of ones; for another cotangent, take the gradient inside of `f`
 * - a number that is masked, and reaches neither a result nor a gradient, does not matter
 * - of a derivative the line is that of the operation that it is the derivative of
 * - inside of a function that is one node, as `checkpoint` makes it, the operation is found as well; a loop of `scan`
 *   is blamed as a whole
 * - `f` runs once; nothing that it assigns is kept. A tape runs with the values that its arguments (where none are
 *   given) and its variables had when it was recorded; its lines are known if it was recorded with `sourceLines`
 *
 * @throws ValueError where there are no numbers, as inside of a compiled function.
 * @example
 * console.log(String(explainNonFinite((x: Tensor) => x.sqrt().sum(), tensor([0, 1]))));
 */
export function explainNonFinite<A extends readonly unknown[]>(
  subject: Tape<A> | ((...args: A) => unknown),
  ...args: NoInfer<A> | readonly []
): NonFiniteReport | null {
  return search(observe(OP, subject as Tape | ((...args: never) => unknown), args));
}

function search({ recording, writes }: Observed): NonFiniteReport | null {
  const watching = new WatchingTape(OP);
  const { result } = withTape(OP, "observe", () => walk(recording, writes, watching), watching);
  for (const roots of [result.outputs, result.gradients]) {
    const suspect = watching.suspect(roots);
    if (suspect !== null) return report(recording, watching, suspect);
  }
  const constant = result.outputs.find((x) => !allFinite(OP, x));
  if (constant === undefined) return null;
  const given = { kind: "constant", name: "a constant", value: null, origin: null } as const;
  return new NonFiniteReport({ ...given, result: statisticsOf(OP, constant), operands: [] });
}

interface Walked {
  /** The results, then what is assigned. */
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly Tensor[];
}

/** Runs the nodes and the walk back from the results, both on the tape `watching`, which is open. */
function walk(recording: Recording, writes: readonly Operand[], watching: NodeTape): Walked {
  const { inputs, outputs } = recording;
  const leaves = inputs.map(({ value }) => watching.input(value));
  const run = (traced: readonly Tensor[]): readonly Tensor[] => {
    const given = new Map(inputs.map(({ index }, i) => [index, traced[i]]));
    const values = runNodes(recording, ({ index, value }) => given.get(index) ?? value);
    return [...outputs.leaves, ...writes].map((x) => (typeof x === "number" ? values[x] : x));
  };
  const inner = trace(OP, run, { leaves, paths: [], rebuild: (traced) => [traced] });
  const results = inner.outputs.leaves.slice(0, outputs.leaves.length);
  const ones = results.map(({ aval }) => splat(aval, 1));
  const seeds = seedsOf(inner.tape, results, ones);
  const found = backward(inner.tape, seeds, new Set(inner.inputs), { retain: false });
  const gradients = inner.inputs.flatMap((index) => found.get(index) ?? []);
  return { outputs: inner.outputs.leaves, gradients };
}

/** @param watching has the inputs, the nodes of the recording, and those of the walk. */
function report(recording: Recording, watching: NodeTape, suspect: Suspect): NonFiniteReport {
  const { inputs, nodes } = recording;
  const { value: at, node, result } = suspect;
  if (node === null) {
    const { name, variable, index: value } = inputs[at];
    const kind = variable === null ? "argument" : "variable";
    return new NonFiniteReport({ kind, name, value, origin: null, result, operands: [] });
  }
  const isOfWalk = watching.nodes.indexOf(node) >= nodes.length;
  const inside = suspectInside(OP, suspect);
  if (inside !== null) return reportInside(node, inside, isOfWalk);
  const numbers = numbersOf(recording, watching);
  return new NonFiniteReport({
    kind: isOfWalk || node.origin?.derivativeOf != null ? "derivative" : "operation",
    name: node.primitive.name,
    value: numbers.get(at) ?? null,
    origin: node.origin,
    result,
    operands: operandsOf(suspect, (index) => {
      const number = numbers.get(index);
      return number === undefined ? "a derivative" : `%${number}`;
    }),
  });
}

/** What is inside of `node` has no numbers on the tape. */
function reportInside(
  { primitive, origin }: Node,
  inside: Suspect,
  isOfWalk: boolean,
): NonFiniteReport {
  const found = inside.node?.origin ?? origin;
  return new NonFiniteReport({
    kind: isOfWalk || found?.derivativeOf != null ? "derivative" : "operation",
    name: inside.node?.primitive.name ?? primitive.name,
    value: null,
    origin: found,
    result: inside.result,
    operands: operandsOf(inside, () => `a value of ${primitive.name}`),
  });
}

function operandsOf(
  { node, operands }: Suspect,
  nameOf: (index: number) => string,
): NonFiniteReport["operands"] {
  return operands.map((x, i) => {
    const operand = node?.operands[i] ?? x;
    const name =
      typeof operand === "number"
        ? nameOf(operand)
        : printOperand(operand).replace(/^const .*/, "a constant");
    return { name, statistics: statisticsOf(OP, x) };
  });
}

/** The numbers on the recorded tape, by those on the tape `watching`. */
function numbersOf({ inputs, nodes }: Recording, watching: NodeTape): ReadonlyMap<number, number> {
  return new Map([
    ...inputs.map(({ index }, i) => [i, index] as const),
    ...nodes.flatMap(({ results }, i) => {
      return results.map((index, k) => [watching.nodes[i].first + k, index] as const);
    }),
  ]);
}
