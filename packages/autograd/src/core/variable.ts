/**
 * @file Variables, and the scopes that decide what reading and assigning one means.
 *
 * An assignment is a value until the outermost scope returns normally: it is handed from scope to
 * scope, and dropped where one throws. `current` is the only module-level state of the library; it is
 * changed by `enter` alone, which always restores it.
 */
import { type Aval, formatAval, sameAval } from "../array/aval.ts";
import { GradientError, ShapeError } from "../errors.ts";
import { requireTensor } from "./bind.ts";
import { Tape } from "./tape.ts";
import { settle, type Tensor } from "./tensor.ts";

interface Scope {
  readonly parent: Scope | null;
  /** null for a transaction, which only holds assignments back. */
  readonly tape: Tape | null;
  /** Variables read inside become inputs of the tape, or are left to the next scope that captures them. */
  readonly capture: boolean;
  readonly reads: Map<Variable, Tensor>;
  readonly writes: Map<Variable, Tensor>;
}

let current: Scope | null = null;

/** A named mutable cell that holds a tensor. What was read from it never changes; `assign` replaces it. */
export class Variable {
  readonly name: string;
  readonly aval: Aval;
  #stored: Tensor;

  constructor(value: Tensor, options: { readonly name?: string } = {}) {
    this.#stored = settle(requireTensor("Variable", value));
    if (this.#stored.tape !== null) throw insideRecording(options.name ?? "variable");
    this.aval = value.aval;
    this.name = options.name ?? "variable";
  }

  /** A snapshot; inside a recording, the variable as it was last assigned there. */
  get value(): Tensor {
    return this.#read(current);
  }

  /** @throws ShapeError if shape or dtype differ from those the variable was made with. */
  assign(value: Tensor): void {
    if (!sameAval(requireTensor("assign", value).aval, this.aval)) {
      throw new ShapeError(
        "assign",
        { variable: this.name, found: value.aval, expected: this.aval },
        (d) => {
          return `variable ${d.variable} holds ${formatAval(d.expected)} but was given ${formatAval(d.found)}. Cast or reshape the value first.`;
        },
      );
    }
    if (current === null) this.#stored = settle(value);
    else current.writes.set(this, value);
  }

  #read(scope: Scope | null): Tensor {
    if (scope === null) return this.#stored;
    const written = scope.writes.get(this);
    if (written !== undefined) return written;
    if (!scope.capture || scope.tape === null) return this.#read(scope.parent);
    let traced = scope.reads.get(this);
    if (traced === undefined) {
      traced = scope.tape.input(this.#read(scope.parent));
      scope.reads.set(this, traced);
    }
    return traced;
  }
}

export interface Recorded<T> {
  readonly tape: Tape;
  readonly result: T;
  /** Inputs of the tape that stand for variables. */
  readonly reads: ReadonlyMap<Variable, Tensor>;
}

/**
 * Runs `body` with a new tape, which is closed afterwards.
 *
 * @param op the public function, for messages.
 * @param capture whether variables that are read become inputs of the tape.
 */
export function withTape<T>(op: string, capture: boolean, body: (tape: Tape) => T): Recorded<T> {
  const tape = new Tape(levelOf(current));
  const reads = new Map<Variable, Tensor>();
  const result = enter(op, { parent: current, tape, capture, reads, writes: new Map() }, () =>
    body(tape),
  );
  return { tape, result, reads };
}

/**
 * Runs `f`; what it assigns to variables is kept if it returns and dropped if it throws.
 *
 * @throws GradientError if `f` is asynchronous.
 */
export function transaction<T>(f: () => T): T {
  const held = { tape: null, capture: false, reads: new Map(), writes: new Map() };
  return enter("transaction", { parent: current, ...held }, f);
}

function enter<T>(op: string, scope: Scope, body: () => T): T {
  current = scope;
  let result: T;
  try {
    result = body();
  } finally {
    current = scope.parent;
    if (scope.tape !== null) scope.tape.closed = true;
  }
  requireSynchronous(op, result);
  for (const [variable, value] of scope.writes) variable.assign(settle(value));
  return result;
}

/** @throws GradientError for a Promise. */
export function requireSynchronous(op: string, result: unknown): void {
  if (!(result instanceof Promise)) return;
  throw new GradientError(op, {}, () => {
    return "the function returned a Promise, and what it does later cannot be recorded. Await the data first, and pass a function that is not async.";
  });
}

function levelOf(scope: Scope | null): number {
  if (scope === null) return 0;
  return scope.tape === null ? levelOf(scope.parent) : scope.tape.level + 1;
}

function insideRecording(name: string): GradientError {
  return new GradientError("Variable", { name }, () => {
    return `${name} was made of a value that is being recorded, which would outlive its recording. Make variables outside, and \`assign\` inside.`;
  });
}
