/**
 * @file Tensor, in three states. Eager: `array` holds the numbers. Abstract: neither numbers nor tape, only the aval (a
 * function is being traced without data). Traced: a value of an open `tape`, number `index` there, and `below` the same
 * value one level down; once its tape is closed, it is that value: whoever reads one calls `settle` first.
 */
import type { Aval } from "../array/aval.ts";
import type { DType, TypedArray } from "../array/dtype.ts";
import { formatArray } from "../array/format.ts";
import { type NdArray, type Nested, toNdarray, toNested } from "../array/ndarray.ts";
import { formatShape, type Shape, sizeOf } from "../array/shape.ts";
import { flatCopy, type StridedArray, splatArray } from "../array/strided-array.ts";
import { assertInvariant, DTypeError, ShapeError, ValueError } from "../errors.ts";
import type { Tape } from "./tape.ts";

/**
 * An array of numbers that never changes, with a shape and a dtype: `tensor([1, 2])`, `zeros([2, 3])`. What is computed
 * with it inside of `record(f, x)`, `grad(f)` and the like is recorded. Operations are methods too: `x.mul(y).sum()`.
 */
export class Tensor {
  readonly aval: Aval;
  /** @internal */ readonly array: StridedArray | null;
  /** @internal */ readonly tape: Tape | null;
  /** @internal */ readonly index: number;
  /** @internal */ readonly below: Tensor | null;

  /** @internal */
  constructor(
    aval: Aval,
    array: StridedArray | null,
    tape: Tape | null = null,
    index = -1,
    below: Tensor | null = null,
  ) {
    this.aval = aval;
    this.array = array;
    this.tape = tape;
    this.index = index;
    this.below = below;
  }

  get shape(): Shape {
    return this.aval.shape;
  }
  get dtype(): DType {
    return this.aval.dtype;
  }
  get rank(): number {
    return this.aval.shape.length;
  }
  /** The number of elements. */
  get size(): number {
    return sizeOf(this.aval.shape);
  }

  /** The one element as a number (0 or 1 for bool). @throws ShapeError if there is not exactly one. */
  item(): number {
    if (this.size !== 1) {
      throw new ShapeError("item", { shape: this.shape }, ({ shape }) => {
        return `shape ${formatShape(shape)} has ${this.size} elements, not one. Use \`toArray()\` or reduce it first.`;
      });
    }
    return flatCopy(arrayOf("item", this), this.dtype)[0];
  }

  /** The elements as nested JavaScript arrays; a scalar as a number or boolean. */
  toArray(): Nested {
    return toNested(arrayOf("toArray", this), this.dtype);
  }

  /** A flat copy of the elements in row-major order. */
  toTypedArray(): TypedArray {
    return flatCopy(arrayOf("toTypedArray", this), this.dtype);
  }

  /** The elements as an npm ndarray on the same memory. It is for reading: a write would change the tensor. */
  toNdarray(): NdArray {
    return toNdarray(arrayOf("toNdarray", this));
  }

  /** For people: elements, dtype and shape, `tensor([1, 2], float32[2])`. */
  toString(): string {
    const { dtype, shape } = this;
    const settled = concrete(this);
    const values = settled.array === null ? "abstract" : formatArray(settled.array, dtype);
    return `tensor(${values}, ${dtype}[${shape.join(",")}])`;
  }

  /** `x * 2` would silently leave the tape: only conversion to text is allowed. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === "string") return this.toString();
    throw new DTypeError("tensor", { hint }, () => {
      return "JavaScript operators do not work on tensors. Call their methods instead, or `x.item()` for the number.";
    });
  }
}

// Node prints a tensor by this symbol in console.log and at its prompt; elsewhere nobody asks for it.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value: Tensor.prototype.toString,
});

/** The value that stands for `x` now: one level down for every tape that has been closed. */
export function settle(x: Tensor): Tensor {
  let value = x;
  while (value.tape?.instead) value = value.tape.instead(value);
  return value;
}

/** A traced tensor one level down. */
export function valueBelow(x: Tensor): Tensor {
  assertInvariant(x.below !== null, "a traced tensor has a value below");
  return x.below;
}

/** The eager or abstract value at the bottom of all levels. */
export function concrete(x: Tensor): Tensor {
  let value = x;
  while (value.below !== null) value = value.below;
  return value;
}

/** The numbers of `x`, for the public function `op`. @throws ValueError if x is abstract. */
export function arrayOf(op: string, x: Tensor): StridedArray {
  const { array, aval } = concrete(x);
  if (array === null) {
    throw new ValueError(op, { shape: aval.shape, dtype: aval.dtype }, ({ shape }) => {
      return `a tensor of shape ${formatShape(shape)} has no numbers while a function is compiled or traced without data. Return it, and read it outside; choose between values by an operation, not by an if.`;
    });
  }
  return array;
}

export function fromArray(array: StridedArray, dtype: DType): Tensor {
  return new Tensor({ shape: array.shape, dtype }, array);
}

/** `value` at every index: stored once, never recorded. */
export function splat(aval: Aval, value: number): Tensor {
  return new Tensor(aval, splatArray(aval, value));
}
