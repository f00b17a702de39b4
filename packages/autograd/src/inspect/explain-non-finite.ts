/**
 * @file explainNonFinite: which operation, forward or in the backward walk, made the first number that is not finite.
 *
 * The tape is run once more on a tape that looks at every value as it is made; the walk runs on it as well, since
 * it consists of ordinary operations.
 */
import type { Primitive } from "../core/primitive.ts";
import { type Operand, Tape as NodeTape } from "../core/tape.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { openTape, withTape } from "../core/variable.ts";
import type { Tape } from "../transforms/record.ts";
import { printOperand } from "../transforms/print-tape.ts";
import { operandOn, type Recording, runNodes } from "../transforms/recording.ts";
import { SourceLines } from "../transforms/source-lines.ts";
import { seedsOf, trace } from "../transforms/vjp.ts";
import { backward } from "../transforms/walks.ts";
import { allFinite, firstNonFinite } from "./first-non-finite.ts";
import { NonFiniteReport } from "./non-finite-report.ts";
import { observe, type Observed } from "./observe.ts";
import { type Statistics, statisticsOf } from "./statistics.ts";

const OP = "explainNonFinite";

/**
 * Where the first number comes from that is not finite and matters: the operation that made it of finite numbers,
 * its source line, and what its operands were like. null if everything is finite.
 *
 * - looks at the results, at what is assigned to variables, and then at the gradients by all arguments and
 *   variables, under a cotangent of ones; for another cotangent, take the gradient inside of `f`
 * - a number that is masked, and reaches neither a result nor a gradient, does not matter
 * - of a derivative the line is that of the operation that it is the derivative of
 * - `f` runs once; nothing that it assigns is kept. A tape runs with the values that its arguments (where none are
 *   given) and its variables had when it was recorded; its lines are known if it was recorded with `sourceLines`
 *
 * @throws ValueError where there are no numbers, as inside of a compiled function.
 * @example
 * console.log(String(explainNonFinite((x) => x.sqrt().sum(), tensor([0, 1]))));
 */
export function explainNonFinite<A extends readonly unknown[]>(
  subject: Tape<A> | ((...args: A) => unknown),
  ...args: NoInfer<A> | readonly []
): NonFiniteReport | null {
  return search(observe(OP, subject as Tape | ((...args: never) => unknown), args));
}

/** What is not finite though its operands on the tape are. */
interface Suspect {
  readonly result: Statistics;
  readonly operands: readonly Statistics[];
}

/** A tape that looks at every value. */
class WatchingTape extends NodeTape {
  readonly finite: boolean[] = [];
  readonly suspects = new Map<number, Suspect>();

  constructor() {
    // of nodes that keep no line there is none: the stack would tell who called explainNonFinite
    super(openTape(), new SourceLines(() => null));
  }

  override input(below: Tensor): Tensor {
    this.#look(this.values.length, [], [], [below]);
    return super.input(below);
  }

  override append(
    primitive: Primitive,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    params: unknown,
    results: readonly Tensor[],
  ): readonly Tensor[] {
    this.#look(this.values.length, operands, lowered, results);
    return super.append(primitive, operands, lowered, params, results);
  }

  #look(
    first: number,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    results: readonly Tensor[],
  ): void {
    const areFinite = operands.every((x) => x.tape !== this || this.finite[x.index]);
    results.forEach((result, k) => {
      const isFinite = allFinite(OP, result);
      this.finite.push(isFinite);
      if (isFinite || !areFinite) return;
      this.suspects.set(first + k, {
        result: statisticsOf(OP, result),
        operands: lowered.map((x) => statisticsOf(OP, x)),
      });
    });
  }
}

function search({ recording, writes }: Observed): NonFiniteReport | null {
  const watching = new WatchingTape();
  const { result } = withTape(OP, "observe", () => walk(recording, writes, watching), watching);
  const { finite, nodes, suspects } = watching;
  for (const roots of [result.outputs, result.gradients]) {
    const numbers = roots.map((x) => operandOn(watching, x)).filter((x) => typeof x === "number");
    const first = firstNonFinite(nodes, numbers, (index) => finite[index]);
    const suspect = suspects.get(first ?? -1);
    if (first !== null && suspect !== undefined) return report(recording, watching, first, suspect);
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

/** @param first the number on `watching`, which has the inputs, the nodes of the recording, and those of the walk. */
function report(
  recording: Recording,
  watching: NodeTape,
  first: number,
  { result, operands }: Suspect,
): NonFiniteReport {
  const { inputs, nodes } = recording;
  if (first < inputs.length) {
    const { name, variable, index: value } = inputs[first];
    const kind = variable === null ? "argument" : "variable";
    return new NonFiniteReport({ kind, name, value, origin: null, result, operands: [] });
  }
  const position = watching.nodes.findIndex((node) => first < node.first + node.count);
  const node = watching.nodes[position];
  const numbers = numbersOf(recording, watching);
  const { origin } = node;
  return new NonFiniteReport({
    kind: position < nodes.length && origin?.derivativeOf == null ? "operation" : "derivative",
    name: node.primitive.name,
    value: numbers.get(first) ?? null,
    origin,
    result,
    operands: operands.map((statistics, i) => {
      const operand = node.operands[i];
      if (typeof operand !== "number") {
        return { name: printOperand(operand).replace(/^const .*/, "a constant"), statistics };
      }
      const number = numbers.get(operand);
      return { name: number === undefined ? "a derivative" : `%${number}`, statistics };
    }),
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
