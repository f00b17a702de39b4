/**
 * @file A function as one node. It runs once, on a tape of its own, while the tapes around it are set aside: what
 * it meets of their values gets a stand-in, a further input of its own tape. What it did is then a list of
 * operations that can be repeated with other inputs, and a primitive made of others for the tapes around.
 *
 * JavaScript runs once, so an assignment to a variable happens once: it is one more result, assigned when the node
 * is bound. A variable that was read is one more input. checkpoint and customGradient are made of this.
 */
import type { Aval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { bindAll } from "../core/bind.ts";
import type { Primitive } from "../core/primitive.ts";
import { type Operand, Tape } from "../core/tape.ts";
import { concrete, settle, Tensor } from "../core/tensor.ts";
import { openTape, openTapes, type Variable, withTape } from "../core/variable.ts";
import { assertInvariant, GradientError } from "../errors.ts";
import { flattenResult, type FlatTensors } from "./arguments.ts";
import { isInput, operandOn, runNodes, type TapeEntry } from "./recording.ts";

/** A tape whose inputs are values of the tapes around it, and whose values mean nothing outside of it. */
class EnclosedTape extends Tape {
  readonly #op: string;
  readonly #isAbstract: boolean;
  /** What each input stands for. */
  readonly #originals: Tensor[] = [];
  readonly #standIns = new Map<Tensor, Tensor>();

  constructor(op: string, isAbstract: boolean) {
    super(openTape());
    this.#op = op;
    this.#isAbstract = isAbstract;
  }

  /** An input that stands for `original` and has its numbers, unless nothing has. */
  override input(original: Tensor): Tensor {
    this.#originals.push(original);
    return super.input(this.#isAbstract ? new Tensor(original.aval, null) : concrete(original));
  }

  /** The input that stands for `original`, a value of a tape around; made when it is first met. */
  standIn(original: Tensor): Tensor {
    let input = this.#standIns.get(original);
    if (input === undefined) {
      input = this.input(original);
      this.#standIns.set(original, input);
    }
    return input;
  }

  /** What the inputs stand for, which the tape forgets: a list of operations keeps no numbers alive. */
  release(): readonly Tensor[] {
    this.#standIns.clear();
    return this.#originals.splice(0);
  }

  override close(): void {
    this.instead = () => {
      throw new GradientError(this.#op, {}, () => {
        return "a value that the function made is used after it has returned, where it has no derivative. Return it from the function.";
      });
    };
  }

  /** Runs `body`, in which `values`, by number, stand for those of this tape. */
  standingFor<T>(values: readonly Tensor[], body: () => T): T {
    const { instead } = this;
    this.instead = (x) => values[x.index];
    try {
      return body();
    } finally {
      this.instead = instead;
    }
  }
}

/** What repeating `Operations` gives. */
export interface Repeated {
  readonly results: readonly Tensor[];
  /**
   * Runs `body`, in which the values that the function made in its only run stand for those made here: for hooks
   * and rules that it defined, which may close over its values.
   */
  within<T>(body: () => T): T;
}

/** What an enclosed function did. It holds no numbers but constants. */
export class Operations {
  readonly avals: readonly Aval[];
  readonly inputAvals: readonly Aval[];
  readonly resultAvals: readonly Aval[];
  readonly entries: readonly TapeEntry[];
  /** Numbers of values, or constants. */
  readonly results: readonly Operand[];
  readonly #tape: EnclosedTape;

  /** For the library's own use: call `enclose`. */
  constructor(tape: EnclosedTape, results: readonly Operand[]) {
    this.avals = tape.values;
    this.inputAvals = tape.inputs.map((index) => tape.values[index]);
    this.resultAvals = results.map((x) => (typeof x === "number" ? tape.values[x] : x.aval));
    this.#tape = tape;
    this.entries = entriesOf(tape);
    this.results = results;
  }

  /** Whether one of the first `count` results depends on input `i` by way of derivatives. */
  dependsOn(i: number, count: number): boolean {
    const reached = new Set([this.#tape.inputs[i]]);
    for (const entry of this.entries) {
      if (isInput(entry) || entry.primitive.derivative.kind === "none") continue;
      if (!entry.operands.some((x) => typeof x === "number" && reached.has(x))) continue;
      entry.results.forEach((index, k) => {
        if (isFloating(entry.resultAvals[k].dtype)) reached.add(index);
      });
    }
    return this.results.slice(0, count).some((x) => typeof x === "number" && reached.has(x));
  }

  /** The same operations for other inputs, one for each and alike. */
  repeat(inputs: readonly Tensor[]): Repeated {
    const given = new Map(this.#tape.inputs.map((index, i) => [index, settle(inputs[i])]));
    const values = runNodes(this, ({ index, value }) => given.get(index) ?? value);
    return {
      results: this.results.map((x) => (typeof x === "number" ? values[x] : x)),
      within: (body) => this.#tape.standingFor(values, body),
    };
  }
}

/** What a node says about its derivative, and about many members. */
export type NodeRules = Pick<Primitive, "residuals" | "derivative" | "mapped">;

/** A function that has run, and is not yet bound. */
export interface Enclosed {
  readonly op: string;
  readonly operations: Operations;
  /** Those given, then what the function met: values of the tapes around it, and variables. */
  readonly inputs: readonly Tensor[];
  /** The leaves of its result. Their values are those of the run. */
  readonly result: FlatTensors;
  /** The variables that it assigned, and what: the last results of the operations. */
  readonly writes: ReadonlyMap<Variable, Tensor>;
}

export interface EncloseOptions {
  /** Whether `f` sees no numbers, only shapes, and nothing is computed; false by default. */
  readonly isAbstract?: boolean;
}

/**
 * Runs `f` once, on a tape of its own.
 *
 * @param inputs values of any tapes, or abstract ones.
 * @throws GradientError if `f` is asynchronous, or returns what is no tensor.
 */
export function enclose(
  op: string,
  f: (inputs: readonly Tensor[]) => unknown,
  inputs: readonly Tensor[],
  options: EncloseOptions = {},
): Enclosed {
  const tape = new EnclosedTape(op, options.isAbstract === true);
  const originals = inputs.map(settle);
  const around = openTapes().filter(({ instead }) => instead === null);
  for (const outer of around) outer.instead = (x) => tape.standIn(x);
  try {
    const run = (): FlatTensors => flattenResult(op, f(originals.map((x) => tape.input(x))));
    const { result, writes } = withTape(op, "observe", run, tape);
    const leaves = [...result.leaves, ...writes.values()];
    const operations = new Operations(
      tape,
      leaves.map((x) => operandOn(tape, x)),
    );
    return {
      op,
      operations,
      inputs: tape.release(),
      result: { ...result, leaves: result.leaves.map(concrete) },
      writes: new Map([...writes].map(([variable, x]) => [variable, concrete(x)])),
    };
  } finally {
    for (const outer of around) outer.instead = null;
  }
}

/**
 * Binds what `enclose` gave as one primitive of the function's name, and assigns what it assigned. Gives the result
 * in its nesting. What the run has computed is not computed again.
 */
export function bindEnclosed(
  { op, operations, inputs, result, writes }: Enclosed,
  rules: NodeRules,
): unknown {
  const run: Run = {
    inputs: inputs.map(concrete),
    results: [...result.leaves, ...writes.values()],
  };
  const results = bindAll(primitiveOf(op, operations, rules, run), inputs, null);
  // from here on it is for the tape to say what is kept
  run.inputs = null;
  run.results = [];
  [...writes.keys()].forEach((variable, i) => {
    variable.assign(results[result.leaves.length + i]);
  });
  return result.rebuild(results.slice(0, result.leaves.length));
}

/** The only run of a function, until its node is bound. */
interface Run {
  inputs: readonly Tensor[] | null;
  results: readonly Tensor[];
}

/** A function of its own, so that what lives as long as the node sees nothing else. */
function primitiveOf(
  op: string,
  operations: Operations,
  rules: NodeRules,
  run: Run,
): Primitive<null> {
  return Object.freeze({
    ...rules,
    name: op,
    arity: operations.inputAvals.length,
    domain: [],
    cases: [],
    abstractEval: () => operations.resultAvals,
    kernel: () => ({ kind: "opaque", run: () => assertInvariant(false, `${op} has no kernel`) }),
    expand: (given) => {
      const isTheRun = run.inputs?.every((x, i) => x === given[i]) === true;
      return isTheRun ? run.results : operations.repeat(given).results;
    },
  } satisfies Primitive<null>);
}

/** Nodes without what they keep for derivatives, and inputs without numbers. */
function entriesOf({ inputs, values, nodes }: Tape): readonly TapeEntry[] {
  const entries = nodes.splice(0).map((node) => {
    const { primitive, operands, params, avals, first, count, origin } = node;
    const resultAvals = values.slice(first, first + count);
    const results = resultAvals.map((_, k) => first + k);
    return { primitive, operands, operandAvals: avals, params, results, resultAvals, origin };
  });
  const nowhere = inputs.map((index) => {
    return { index, value: new Tensor(values[index], null), variable: null, name: "input" };
  });
  return [...nowhere, ...entries];
}
