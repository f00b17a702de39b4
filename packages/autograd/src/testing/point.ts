/**
 * @file The point at which a check looks: the differentiable inputs, and how to step away from it along
 * single entries or along many at once.
 */
import { type Shape, sizeOf } from "../array/shape.ts";
import type { Tensor } from "../core/tensor.ts";
import { stepsAt } from "./differences.ts";
import { signedDraws, uniformAt } from "./draws.ts";
import { float64 } from "./functionals.ts";

/** One entry of one input, and how far a step of 1 moves it. */
export interface Move {
  readonly input: number;
  readonly at: number;
  readonly amount: number;
}

/** A direction in the space of all entries, by its nonzero parts. */
export type Direction = readonly Move[];

export class Point {
  readonly tensors: readonly Tensor[];
  /** The entries of each input, row-major. */
  readonly values: readonly Float64Array[];
  /** The magnitude that counts as 1 for each input. */
  readonly units: readonly number[];

  constructor(tensors: readonly Tensor[]) {
    this.tensors = tensors;
    this.values = tensors.map((x) => Float64Array.from(x.toTypedArray()));
    this.units = this.values.map(unitOf);
  }

  get size(): number {
    return this.values.reduce((total, { length }) => total + length, 0);
  }

  /** The inputs at this point + t · direction. */
  shifted(direction: Direction, t: number): readonly Tensor[] {
    const data = new Map<number, Float64Array>();
    for (const { input, at, amount } of direction) {
      const copy = data.get(input) ?? this.values[input].slice();
      data.set(input, copy);
      copy[at] += t * amount;
    }
    return this.tensors.map((x, input) => {
      const moved = data.get(input);
      return moved === undefined ? x : float64(moved, x);
    });
  }

  /** How far along `direction` a step of natural size leads. */
  scale(direction: Direction): number {
    if (direction.length !== 1) return 1;
    const [{ input, amount }] = direction;
    return this.units[input] / Math.abs(amount);
  }

  /** First steps to try along `direction`. */
  steps(direction: Direction): readonly number[] {
    if (direction.length !== 1) {
      // in units of the direction, which moves with its entries; then as for entries of size 1
      return stepsAt(1, 1 / largest(direction.map(({ input }) => this.units[input])));
    }
    const [{ input, at, amount }] = direction;
    return stepsAt(this.values[input][at] / amount, this.units[input] / Math.abs(amount));
  }

  /** Every entry of `input` by itself. */
  axes(input: number): readonly Direction[] {
    return Array.from(this.values[input], (_, at) => [{ input, at, amount: 1 }]);
  }

  /**
   * A random direction over all entries of `inputs`. Each moves in proportion to its magnitude, so that
   * one step fits all, but by at least 2^-10 of its input's unit, so that none goes unseen.
   */
  direction(seed: number, part: number, inputs: readonly number[]): Direction {
    return inputs.flatMap((input) => {
      const least = this.units[input] * 2 ** -10;
      const draws = signedDraws(seed, "probe", part + input, this.values[input].length);
      return Array.from(this.values[input], (value, at) => {
        const scale = value === 0 ? this.units[input] : Math.max(Math.abs(value), least);
        return { input, at, amount: draws[at] * scale };
      });
    });
  }

  /**
   * This point with the entries of `kinks` moved away from 0 by a small random part of their magnitude;
   * from the third round on, of 1, if that is more: then the inputs say nothing about the scale of the function.
   */
  moved(seed: number, round: number, kinks: readonly Pick<Move, "input" | "at">[]): Point {
    const away = kinks.map(({ input, at }) => {
      const value = this.values[input][at];
      const [u, v] = [0, 1].map((i) => uniformAt(seed, "move", 64 * round + input, 2 * at + i));
      const unit = round < 2 ? this.units[input] : Math.max(1, this.units[input]);
      const size = (0.05 + 0.1 * u) * Math.max(Math.abs(value), unit / 8);
      const sign = value === 0 ? (v < 0.5 ? -1 : 1) : Math.sign(value);
      return { input, at, amount: sign * size };
    });
    return new Point(this.shifted(away, 1));
  }

  /** The tensors that a direction is, for jvp. */
  tangents(direction: Direction): readonly Tensor[] {
    const data = this.values.map(({ length }) => new Float64Array(length));
    for (const { input, at, amount } of direction) data[input][at] = amount;
    return this.tensors.map((x, input) => float64(data[input], x));
  }
}

/** What counts as 1 beside `values`: the largest magnitude, or 1 where all are 0 or as good as 0. */
export function unitOf(values: Iterable<number>): number {
  const most = largest(values);
  return most > 1e-30 ? most : 1;
}

/** The largest magnitude; 0 for none. NaN if there is one. */
export function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (!(size <= most)) most = size;
  }
  return most;
}

/** The Euclidean length of `values`. */
export function norm(values: readonly number[]): number {
  const scale = largest(values) || 1;
  return scale * Math.sqrt(values.reduce((sum, value) => sum + (value / scale) ** 2, 0));
}

/** The index of the row-major position `at`, by axis. */
export function unravel(at: number, shape: Shape): readonly number[] {
  let rest = at;
  return shape.map((length, axis) => {
    const inner = sizeOf(shape.slice(axis + 1));
    const i = Math.floor(rest / inner) % length;
    rest %= inner;
    return i;
  });
}
