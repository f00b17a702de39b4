/**
 * @file Arithmetic on vectors, written as expressions: what the functions of this folder are made of.
 *
 * A `Value` pushes one vector and changes nothing, so it may be used again: then it is computed again. `keep`
 * computes a value once, here and now, into a local. No operation depends on whether a multiply-add is fused.
 */
import type { Code, OpName } from "../encoder.ts";
import { type Element, FLOAT64 } from "../engine.ts";

/** What an emitter may use of the function it writes into. */
export interface VectorContext {
  readonly code: Code;
  readonly element: Element;
  /** Whether relaxed multiply-add may be used. */
  readonly relaxed: boolean;
  /** A local that holds `value` in every lane (of this element), set before any loop. */
  constant(value: number): number;
  /** A local that holds the integer `value` in every lane: int32 lanes for float32, int64 lanes for float64. */
  integer(value: bigint): number;
  /** A new v128 local for an intermediate. */
  temporary(): number;
}

/** Writes one function of vectors; the operands are locals, the result is left on the stack. */
export type VectorWord = (context: VectorContext, ...operands: readonly number[]) => void;

export type Value = () => void;

type Arithmetic =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "min"
  | "max"
  | "pmin"
  | "pmax"
  | "abs"
  | "neg"
  | "nearest"
  | "floor"
  | "trunc"
  | "eq"
  | "ne"
  | "lt"
  | "gt"
  | "le"
  | "ge";

export class Lanes {
  readonly code: Code;
  readonly element: Element;
  readonly #context: VectorContext;
  readonly #inline: boolean;

  /** `inline` puts constants where they are used, instead of into locals of the context. */
  constructor(context: VectorContext, element: Element = context.element, inline = false) {
    this.code = context.code;
    this.element = element;
    this.#context = context;
    this.#inline = inline;
  }

  /** float64 lanes in the same function, their constants where they are used: for float32, or for rare branches. */
  double(): Lanes {
    return new Lanes(this.#context, FLOAT64, true);
  }

  local(index: number): Value {
    return () => this.code.get(index);
  }

  keep(value: Value): Value {
    const local = this.#context.temporary();
    value();
    this.code.set(local);
    return this.local(local);
  }

  /** As `keep`, as a local that `assign` may change. */
  variable(value: Value): number {
    const local = this.#context.temporary();
    this.assign(local, value);
    return local;
  }

  assign(local: number, value: Value): void {
    value();
    this.code.set(local);
  }

  number(value: number): Value {
    if (this.#inline) return () => this.code.vector(Float64Array.of(value, value));
    return () => this.code.get(this.#context.constant(value));
  }

  integer(value: bigint): Value {
    if (!this.#inline) return () => this.code.get(this.#context.integer(value));
    return () => {
      const bytes = new Uint8Array(BigInt64Array.of(value, value).buffer);
      this.code.vector(bytes);
    };
  }

  op(name: Arithmetic, ...operands: readonly Value[]): Value {
    return this.apply(`${this.element.lane}.${name}`, ...operands);
  }

  apply(name: OpName, ...operands: readonly Value[]): Value {
    return () => {
      for (const operand of operands) operand();
      this.code.op(name);
    };
  }

  add(a: Value, b: Value): Value {
    return this.op("add", a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.op("sub", a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.op("mul", a, b);
  }

  /** a · b + c, with one rounding or two. */
  madd(a: Value, b: Value, c: Value): Value {
    if (!this.#context.relaxed) return this.add(this.mul(a, b), c);
    return this.apply(`${this.element.lane}.relaxed_madd`, a, b, c);
  }

  /** c - a · b, with one rounding or two. */
  nmadd(a: Value, b: Value, c: Value): Value {
    if (!this.#context.relaxed) return this.sub(c, this.mul(a, b));
    return this.apply(`${this.element.lane}.relaxed_nmadd`, a, b, c);
  }

  /** Σ coefficients[k] xᵏ by Horner's rule; `x` is used often and should be kept. */
  polynomial(coefficients: readonly number[], x: Value): Value {
    const [last, ...rest] = coefficients.map((c) => this.number(c)).reverse();
    return rest.reduce((value, c) => this.madd(value, x, c), last);
  }

  /** x, but at most `limit`; NaN stays NaN. One instruction, unlike `min`. */
  atMost(x: Value, limit: number): Value {
    return this.op("pmin", x, this.number(limit));
  }

  atLeast(x: Value, limit: number): Value {
    return this.op("pmax", x, this.number(limit));
  }

  /** The bits of a where `mask` is set, else those of b. */
  select(mask: Value, a: Value, b: Value): Value {
    return this.apply("v128.bitselect", a, b, mask);
  }

  and(a: Value, b: Value): Value {
    return this.apply("v128.and", a, b);
  }

  or(a: Value, b: Value): Value {
    return this.apply("v128.or", a, b);
  }

  xor(a: Value, b: Value): Value {
    return this.apply("v128.xor", a, b);
  }

  /** An instruction on the bits as integers of the lanes' width. */
  bits(name: "add" | "sub", a: Value, b: Value): Value {
    return this.apply(`${this.element.lane === "f32x4" ? "i32x4" : "i64x2"}.${name}`, a, b);
  }

  shift(name: "shl" | "shr_u", value: Value, by: number): Value {
    return () => {
      value();
      this.code.i32(by).op(`${this.element.lane === "f32x4" ? "i32x4" : "i64x2"}.${name}`);
    };
  }

  /** Runs `body` if any bit of `mask` is set. */
  whenAny(mask: Value, body: () => void): void {
    mask();
    this.code.op("v128.any_true").when(body);
  }
}
