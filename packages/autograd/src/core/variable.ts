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
import { settle, Tensor } from "./tensor.ts";

/**
 * What a scope does with variables:
 *
 * - "pass": reads are left to the next scope out; assignments are handed to it at the end
 * - "capture": variables read become inputs of the tape; assignments as above
 * - "observe": as "capture", but nothing is assigned: the maker of the scope receives the assignments
 * - "trace": as "observe", but the inputs have no numbers
 */
type Mode = "pass" | "capture" | "observe" | "trace";

interface Scope {
  readonly parent: Scope | null;
  /** null for a transaction, which only holds assignments back. */
  readonly tape: Tape | null;
  readonly mode: Mode;
  readonly reads: Map<Variable, Tensor>;
  readonly writes: Map<Variable, Tensor>;
}

let current: Scope | null = null;

/** Where a variable's value is kept: in itself, or in the memory of compiled programs. */
export interface Cell {
  read(): Tensor;
  write(value: Tensor): void;
}

/** Whether a recording, a transaction or a trace is running. */
export function insideScope(): boolean {
  return current !== null;
}

let cellOf: (variable: Variable) => Cell;
let setCell: (variable: Variable, cell: Cell) => void;

/** Gives `variable` another cell, made from the present one. */
export function moveCell<C extends Cell>(variable: Variable, make: (present: Cell) => C): C {
  const cell = make(cellOf(variable));
  setCell(variable, cell);
  return cell;
}

/** A named mutable cell that holds a tensor. What was read from it never changes; `assign` replaces it. */
export class Variable {
  readonly name: string;
  readonly aval: Aval;
  #cell: Cell;

  static {
    cellOf = (variable) => variable.#cell;
    setCell = (variable, cell) => {
      variable.#cell = cell;
    };
  }

  constructor(value: Tensor, options: { readonly name?: string } = {}) {
    let stored = settle(requireTensor("Variable", value));
    if (stored.tape !== null) throw insideRecording(options.name ?? "variable");
    this.#cell = {
      read: () => stored,
      write: (next) => {
        stored = next;
      },
    };
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
    if (current === null) this.#cell.write(settle(value));
    else current.writes.set(this, value);
  }

  #read(scope: Scope | null): Tensor {
    if (scope === null) return this.#cell.read();
    const written = scope.writes.get(this);
    if (written !== undefined) return written;
    if (scope.mode === "pass" || scope.tape === null) return this.#read(scope.parent);
    let traced = scope.reads.get(this);
    if (traced === undefined) {
      const below = scope.mode === "trace" ? new Tensor(this.aval, null) : this.#read(scope.parent);
      traced = scope.tape.input(below);
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
  /** What was assigned, as values of the tape or constants. */
  readonly writes: ReadonlyMap<Variable, Tensor>;
}

/**
 * Runs `body` with a new tape, which is closed afterwards.
 *
 * @param op the public function, for messages.
 */
export function withTape<T>(
  op: string,
  mode: Mode,
  body: (tape: Tape) => T,
  tape: Tape = new Tape(openTape()),
): Recorded<T> {
  const [reads, writes] = [new Map<Variable, Tensor>(), new Map<Variable, Tensor>()];
  const result = enter(op, { parent: current, tape, mode, reads, writes }, () => body(tape));
  return { tape, result, reads, writes };
}

/**
 * Runs `f`; what it assigns to variables is kept if it returns and dropped if it throws.
 *
 * @throws GradientError if `f` is asynchronous.
 */
export function transaction<T>(f: () => T): T {
  const [reads, writes] = [new Map(), new Map()];
  return enter("transaction", { parent: current, tape: null, mode: "pass", reads, writes }, f);
}

function enter<T>(op: string, scope: Scope, body: () => T): T {
  current = scope;
  let result: T;
  try {
    result = body();
  } finally {
    current = scope.parent;
    scope.tape?.close();
  }
  requireSynchronous(op, result);
  if (scope.mode === "observe" || scope.mode === "trace") return result;
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

/** The innermost tape that is open. */
export function openTape(): Tape | null {
  return openTapes()[0] ?? null;
}

/** The tapes that are open, the innermost first. */
export function openTapes(): readonly Tape[] {
  const tapes: Tape[] = [];
  for (let scope = current; scope !== null; scope = scope.parent) {
    if (scope.tape !== null) tapes.push(scope.tape);
  }
  return tapes;
}

function insideRecording(name: string): GradientError {
  return new GradientError("Variable", { name }, () => {
    return `${name} was made of a value that is being recorded, which would outlive its recording. Make variables outside, and \`assign\` inside.`;
  });
}
