/**
 * @file The tape: an append-only list of the primitives that were bound while a function ran.
 *
 * Invariants
 * - a node reads only values with a smaller number, so reverse order is a valid backward order;
 * - a tape belongs to the transform that made it; `bind` finds it through its inputs;
 * - a node keeps the residuals that its primitive declares, and its constants. Nothing else here
 *   keeps an intermediate array alive.
 *
 * Values are numbered, not nodes: one node may have several results. Reverse accumulation over such a
 * list is chapter 3 of Griewank & Walther (2008). This module computes nothing.
 */
import type { Aval } from "../array/aval.ts";
import { assertInvariant } from "../errors.ts";
import type { Primitive } from "./primitive.ts";
import { Tensor, valueBelow } from "./tensor.ts";

/** A value of the same tape by its number, or a constant. */
export type Operand = number | Tensor;

/** What the derivative of a node reads, one level below the tape. */
export interface Residuals {
  readonly primals: readonly (Tensor | undefined)[];
  readonly output: Tensor | undefined;
  readonly outputs: readonly Tensor[] | undefined;
}

/** What a node stems from: a line of the caller's code, and the primitive there whose derivative it is part of. */
export interface Origin {
  readonly line: string | null;
  readonly derivativeOf: string | null;
}

/** Knows what is being bound, where somebody asks for it: transforms/source-lines.ts. */
export interface Origins {
  present(): Origin;
  /** Whatever `body` binds is of `origin`. */
  within<T>(origin: Origin, body: () => T): T;
}

export interface Node {
  readonly primitive: Primitive;
  readonly operands: readonly Operand[];
  readonly params: unknown;
  /** Avals of the operands. */
  readonly avals: readonly Aval[];
  /** Numbers of the results: `first`, `first + 1`, … */
  readonly first: number;
  readonly count: number;
  readonly origin: Origin | null;
  /** null after `release`. */
  residuals: Residuals | null;
}

export class Tape {
  /** How many tapes were open around this one: the innermost transform has the highest level. */
  readonly level: number;
  readonly origins: Origins | null;
  /**
   * What stands for a value of this tape: itself while the tape is open (null), the value below once it is closed,
   * another value while it is set aside.
   */
  instead: ((value: Tensor) => Tensor) | null = null;
  readonly nodes: Node[] = [];
  /** Avals of all values, by number. */
  readonly values: Aval[] = [];
  /** Numbers of the values that no node computes. */
  readonly inputs: number[] = [];

  /** @param around the innermost tape that is open. */
  constructor(around: Tape | null, origins: Origins | null = around?.origins ?? null) {
    this.level = around === null ? 0 : around.level + 1;
    this.origins = origins;
  }

  /** From now on values of this tape are those below. */
  close(): void {
    this.instead = valueBelow;
  }

  /** A new input of the tape whose value is `below`. */
  input(below: Tensor): Tensor {
    this.inputs.push(this.values.length);
    return this.value(below);
  }

  /** Records that `primitive` made `results` of `lowered`, which are `operands` one level below. */
  append(
    primitive: Primitive,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    params: unknown,
    results: readonly Tensor[],
  ): readonly Tensor[] {
    assertInvariant(this.instead === null, "a closed tape records nothing");
    const { residuals } = primitive;
    const primals = lowered.map((x, i) => (residuals.includes(i) ? x : undefined));
    const output = residuals.includes("output") ? results[0] : undefined;
    const outputs = residuals.includes("outputs") ? results : undefined;
    this.nodes.push({
      primitive,
      operands: operands.map((x, i) => (x.tape === this ? x.index : lowered[i])),
      params,
      avals: lowered.map((x) => x.aval),
      first: this.values.length,
      count: results.length,
      origin: this.origins?.present() ?? null,
      residuals: { primals, output, outputs },
    });
    return results.map((result) => this.value(result));
  }

  private value(below: Tensor): Tensor {
    const index = this.values.length;
    this.values.push(below.aval);
    return new Tensor(below.aval, null, this, index, below);
  }
}
