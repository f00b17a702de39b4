/**
 * @file record: a function run once, and the `Tape` it leaves for printing, differentiating and replaying.
 *
 * Inputs of the tape are the arguments and the variables that the function reads. The mechanism's bare
 * list of nodes (core/tape.ts) stays inside; what others see of it is a recording (recording.ts).
 */
import { Tape as NodeTape } from "../core/tape.ts";
import { settle, splat, Tensor } from "../core/tensor.ts";
import { openTape, Variable, withTape } from "../core/variable.ts";
import { formatAval } from "../array/aval.ts";
import { flattenTree } from "../array/trees.ts";
import { assertInvariant, GradientError } from "../errors.ts";
import { flattenResult, flattenTensors, type FlatTensors, matchingLeaves } from "./arguments.ts";
import { requireScalar } from "./grad.ts";
import { printTape } from "./print-tape.ts";
import { makeRecording, outputsOf, type Recording, runNodes, type TapeNode } from "./recording.ts";
import { SourceLines } from "./source-lines.ts";
import { type TapeJSON, tapeToJSON } from "./tape-json.ts";
import { gather, seedsOf } from "./vjp.ts";
import { backward } from "./walks.ts";

/** What can be asked of a gradient. */
export interface GradientOptions<Result> {
  /** In the nesting of the output; 1 by default, for a scalar output. */
  readonly cotangent?: Result;
  /** Keep what the derivative needs, so that it can be asked for again. false by default. */
  readonly retain?: boolean;
}

/** Variables replaced by tensors, in any nesting. */
export type GradientsOf<V> = V extends Variable | Tensor
  ? Tensor
  : { readonly [K in keyof V]: GradientsOf<V[K]> };

/** What is kept while a function is recorded. */
export interface RecordOptions {
  /**
   * Whether every node keeps the line of your code that bound it; false by default. Tapes inside of this one then
   * keep lines too, and what a derivative computes has the line that it is the derivative of. It costs a stack
   * trace for every operation.
   */
  readonly sourceLines?: boolean;
}

let recordingIn: (tape: Tape) => Recording;

/** What `tape` consists of, as plain data. */
export function recordingOf(tape: Tape): Recording {
  return recordingIn(tape);
}

/**
 * What a function has left behind: its result, and the operations that led to it. `record` makes one. `String(tape)`
 * prints it, a line for each operation; docs/tape.md has what else can be done with it.
 *
 * @example
 * const tape = record((x: Tensor) => x.mul(x).sum(), tensor([1, 2]));
 * tape.output;                  // 5
 * tape.gradient(tape.inputs);   // [[2, 4]]
 */
export class Tape<A extends readonly unknown[] = readonly unknown[], R = unknown> {
  readonly #tape: NodeTape;
  readonly #arguments: FlatTensors;
  readonly #reads: ReadonlyMap<Variable, Tensor>;
  readonly #outputs: FlatTensors;
  /** Made when it is first asked for. */
  #recording: Recording | null = null;
  /** The result of the function. */
  readonly output: R;

  static {
    recordingIn = (tape) => {
      tape.#recording ??= makeRecording(tape.#tape, tape.#arguments, tape.#reads, tape.#outputs);
      return tape.#recording;
    };
  }

  /** @internal */
  constructor(
    tape: NodeTape,
    args: FlatTensors,
    reads: ReadonlyMap<Variable, Tensor>,
    outputs: FlatTensors,
  ) {
    this.#tape = tape;
    this.#arguments = args;
    this.#reads = reads;
    this.#outputs = outputs;
    this.output = outputs.rebuild(outputs.leaves.map(settle)) as R;
  }

  /** The arguments as values of this tape, in their nesting: for `gradient(tape.inputs)`. */
  get inputs(): A {
    return this.#arguments.rebuild(this.#arguments.leaves) as unknown as A;
  }

  /** The operations, in the order in which they were bound. */
  get nodes(): readonly TapeNode[] {
    return recordingIn(this).nodes;
  }

  /** The variables that the function read, in order. */
  get variables(): readonly Variable[] {
    return [...this.#reads.keys()];
  }

  /**
   * The gradient of the output by variables or by `tape.inputs`, in the nesting in which they are given.
   *
   * - of a variable the function did not read: zeros
   * - what the derivative needs is released while walking, unless `retain` is set
   *
   * @throws GradientError if the output is no scalar and no cotangent is given, or the tape was released.
   */
  gradient<const V>(of: V, options: GradientOptions<R> = {}): GradientsOf<V> {
    const targets = flattenTree(of, isTarget, (_, path) => notATarget(path));
    const indices = targets.leaves.map((target) => this.#indexOf(target));
    const wanted = new Set(indices.filter((index) => index >= 0));
    const seeds = seedsOf(this.#tape, this.#outputs.leaves, this.#seeds(options.cotangent));
    const found = backward(this.#tape, seeds, wanted, { retain: options.retain === true });
    const gradients = targets.leaves.map((target, i) => {
      return indices[i] < 0 ? splat(target.aval, 0) : gather(this.#tape, [indices[i]], found)[0];
    });
    return targets.rebuild(gradients) as GradientsOf<V>;
  }

  /**
   * The result of the same nodes for other arguments. Variables have their present values; assignments
   * are not repeated.
   *
   * @throws GradientError if the arguments do not fit in number, shape or dtype.
   */
  replay(...args: A): R {
    const leaves = matchingLeaves("replay", "argument ", args, this.#arguments);
    const recording = recordingIn(this);
    const given = new Map(recording.arguments.leaves.map((index, i) => [index, leaves[i]]));
    const values = runNodes(recording, ({ index, variable, value }) => {
      return variable === null ? (given.get(index) ?? value) : variable.value;
    });
    return outputsOf(recording, values) as R;
  }

  /**
   * The tape as data for `JSON.stringify`, with its constants, and with the values that arguments and variables
   * had. `tapeFromJSON` makes it a tape again, in this process or another.
   *
   * @throws ValueError if the params of a primitive are no plain data, or its name is that of another one.
   */
  toJSON(): TapeJSON {
    return tapeToJSON(recordingIn(this));
  }

  /** One value a line, as `%2 = mul(%0, %1) : float32[3]`, and its source line where that was kept. */
  toString(): string {
    return printTape(recordingIn(this));
  }

  #indexOf(target: Variable | Tensor): number {
    if (target instanceof Variable) return this.#reads.get(target)?.index ?? -1;
    const { tape, index, aval } = target;
    if (tape === this.#tape && tape.inputs.includes(index)) return index;
    throw new GradientError("gradient", { aval }, () => {
      return `a ${formatAval(aval)} was given that is no input of this tape. Use \`tape.inputs\` or variables.`;
    });
  }

  #seeds(cotangent: R | undefined): readonly Tensor[] {
    if (cotangent !== undefined) {
      return matchingLeaves("gradient", "the cotangent", cotangent, this.#outputs);
    }
    return [splat(requireScalar("gradient", this.#outputs).aval, 1)];
  }
}

function isTarget(value: unknown): value is Variable | Tensor {
  return value instanceof Variable || value instanceof Tensor;
}

function notATarget(path: string): GradientError {
  return new GradientError("gradient", { path }, () => {
    return `what stands at ${path === "" ? "the top" : path} is neither a variable nor a tensor. Pass variables or \`tape.inputs\`, in arrays or plain objects.`;
  });
}

/**
 * Runs `f` once and returns its tape.
 *
 * - arguments are tensors in any nesting; variables that `f` reads become inputs of the tape as well
 * - what `f` assigns to variables is committed when the outermost recording has returned
 *
 * @throws GradientError if `f` is asynchronous.
 * @example
 * const tape = record((x) => sum(mul(x, x)), tensor([1, 2, 3]));
 * String(tape);                  // %0 = input : float32[3] …
 * tape.gradient(tape.inputs);    // [[2, 4, 6]]
 */
export function record<const A extends readonly unknown[], R>(
  f: (...args: A) => R,
  ...args: A
): Tape<A, R> {
  return recordIn(new NodeTape(openTape()), f, args);
}

/**
 * As `record`, with options.
 *
 * @throws GradientError if `f` is asynchronous.
 * @example
 * const tape = recordWith({ sourceLines: true }, (x) => log(x), tensor([0, 1]));
 * tape.nodes[0].origin?.line;    // "/app/train.ts:12:5"
 */
export function recordWith<const A extends readonly unknown[], R>(
  options: RecordOptions,
  f: (...args: A) => R,
  ...args: A
): Tape<A, R> {
  const around = openTape();
  const origins = around?.origins ?? (options.sourceLines === true ? new SourceLines() : null);
  return recordIn(new NodeTape(around, origins), f, args);
}

function recordIn<A extends readonly unknown[], R>(
  onto: NodeTape,
  f: (...args: A) => R,
  args: A,
): Tape<A, R> {
  const flat = flattenTensors("record", "argument ", args);
  const traced: Tensor[] = [];
  const { tape, result, reads } = withTape(
    "record",
    "capture",
    (open) => {
      for (const leaf of flat.leaves) traced.push(open.input(settle(leaf)));
      return flattenResult("record", f(...(flat.rebuild(traced) as unknown as A)));
    },
    onto,
  );
  assertInvariant(traced.length === flat.leaves.length, "every argument is an input");
  return new Tape(tape, { ...flat, leaves: traced }, reads, result);
}

/** A tape of the same nodes, run once more: with the values that its inputs have there, and its source lines. */
export function recordAgain(recording: Recording): Tape {
  const { leaves: indices, rebuild } = recording.arguments;
  const values = new Map(recording.inputs.map(({ index, value }) => [index, value]));
  const run = (...given: readonly unknown[]): unknown => {
    const { leaves } = flattenTensors("record", "argument ", given);
    const traced = new Map(indices.map((index, i) => [index, leaves[i]]));
    const results = runNodes(recording, ({ index, variable, value }) => {
      return variable === null ? (traced.get(index) ?? value) : variable.value;
    });
    return outputsOf(recording, results);
  };
  const keepsLines = recording.nodes.some(({ origin }) => origin !== null);
  const onto = new NodeTape(openTape(), keepsLines ? new SourceLines() : null);
  return recordIn(
    onto,
    run,
    rebuild(indices.map((index) => values.get(index))) as readonly unknown[],
  );
}
