/**
 * @file Random programs: functions of a few tensors made of random operations, from a seed, so that the same
 * program can be run eagerly and compiled.
 */
import fc from "fast-check";
import {
  abs,
  add,
  argSort,
  atan2,
  cast,
  checkpoint,
  concatenate,
  type DType,
  div,
  equal,
  erfc,
  expm1,
  floor,
  fmod,
  gather,
  less,
  log1p,
  matMul,
  max,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  notEqual,
  pad,
  pow,
  record,
  reshape,
  where,
  type Shape,
  sign,
  slice,
  sqrt,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  topk,
  transpose,
} from "../../src/index.ts";
import { after } from "../../src/primitives/after.ts";

/** A program, and the arguments that it was drawn with. */
export interface RandomProgram {
  readonly inputs: readonly Tensor[];
  readonly text: () => string;
  /** Whether it rounds nowhere on small integers: the derivative of max divides by the number of ties. */
  readonly isExact: boolean;
  run(...inputs: readonly Tensor[]): readonly Tensor[];
}

/** Draws from a list of numbers, over and over: the same draws for the same list. */
class Draws {
  readonly #words: readonly number[];
  #next = 0;

  constructor(words: readonly number[]) {
    this.#words = words;
  }

  below(limit: number): number {
    const word = this.#words[this.#next++ % this.#words.length];
    // mixed with the position, so that a short list does not repeat itself
    const mixed = Math.imul(word ^ Math.imul(this.#next, 0x9e3779b1), 0x85ebca6b) >>> 0;
    return Math.floor((mixed / 2 ** 32) * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}

const SIZES = [1, 1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 0];
const SPECIAL = [0, -0, Number.NaN, Infinity, -Infinity];

function drawShape(draws: Draws): Shape {
  return Array.from({ length: draws.below(4) }, () => draws.pick(SIZES));
}

function drawTensor(
  draws: Draws,
  dtype: DType,
  shape: Shape,
  numbers: ProgramKind["numbers"],
): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const values = Array.from({ length: size }, () => {
    if (dtype === "bool") return draws.below(2);
    if (dtype === "int32" || numbers === "exact") return draws.below(7) - 3;
    if (numbers === "smooth") return (draws.below(2001) - 1000) / 500;
    return draws.below(6) === 0 ? draws.pick(SPECIAL) : draws.below(7) - 3;
  });
  const flat = tensor(values, { dtype: dtype === "bool" ? "int32" : dtype, shape });
  return dtype === "bool" ? notEqual(flat, 0) : flat;
}

type Step = (draws: Draws, pool: readonly Tensor[], x: Tensor) => Tensor;

const isFloat = (x: Tensor): boolean => x.dtype === "float32" || x.dtype === "float64";

/** Another value of the pool that broadcasts against `x`, or a number. */
function partner(draws: Draws, pool: readonly Tensor[], x: Tensor): Tensor {
  const fits = pool.filter((y) => {
    if (y.dtype === "bool") return false;
    const rank = Math.max(x.rank, y.rank);
    for (let k = 1; k <= rank; k++) {
      const [m, n] = [x.shape[x.rank - k] ?? 1, y.shape[y.rank - k] ?? 1];
      if (m !== n && m !== 1 && n !== 1) return false;
    }
    return true;
  });
  if (fits.length === 0 || draws.below(5) === 0) return tensor(draws.pick([2, -1, 1, 3, 0]));
  return draws.pick(fits);
}

function axesOf(draws: Draws, x: Tensor): number[] {
  return x.shape.map((_, axis) => axis).filter(() => draws.below(2) === 0);
}

function numeric(x: Tensor): Tensor {
  return x.dtype === "bool" ? cast(x, "float32") : x;
}

function floating(x: Tensor): Tensor {
  return isFloat(x) ? x : cast(x, "float32");
}

/** Steps whose results are exact on small integers: the same bits in whatever order they are computed. */
const EXACT: Readonly<Record<string, Step>> = {
  add: (d, pool, x) => add(numeric(x), partner(d, pool, x)),
  sub: (d, pool, x) => sub(numeric(x), partner(d, pool, x)),
  mul: (d, pool, x) => mul(numeric(x), partner(d, pool, x)),
  times: (d, pool, x) => mul(partner(d, pool, x), numeric(x)),
  maximum: (d, pool, x) => maximum(numeric(x), partner(d, pool, x)),
  minimum: (d, pool, x) => minimum(numeric(x), partner(d, pool, x)),
  neg: (_d, _pool, x) => neg(numeric(x)),
  abs: (_d, _pool, x) => abs(numeric(x)),
  sign: (_d, _pool, x) => sign(numeric(x)),
  floor: (_d, _pool, x) => floor(floating(x)),
  square: (_d, _pool, x) => pow(floating(x), 2),
  less: (d, pool, x) => less(numeric(x), partner(d, pool, x)),
  equal: (d, pool, x) => equal(numeric(x), partner(d, pool, x)),
  select: (d, pool, x) => {
    const y = partner(d, pool, x);
    return where(less(numeric(x), y), numeric(x), y);
  },
  cast: (d, _pool, x) => cast(x, d.pick(["float32", "float64", "int32", "bool"])),
  sum: (d, _pool, x) => sum(x, { axes: axesOf(d, x), keepDims: d.below(2) === 0 }),
  max: (d, _pool, x) =>
    x.size === 0 ? x : max(x, { axes: axesOf(d, x), keepDims: d.below(2) === 0 }),
  transpose: (_d, _pool, x) => transpose(x),
  rotate: (_d, _pool, x) =>
    x.rank < 2
      ? x
      : transpose(
          x,
          [...x.shape.keys()].map((axis) => (axis + 1) % x.rank),
        ),
  flatten: (_d, _pool, x) => reshape(x, [x.size]),
  column: (_d, _pool, x) => reshape(x, [x.size, 1]),
  expand: (d, _pool, x) => reshape(x, x.shape.toSpliced(d.below(x.rank + 1), 0, 1)),
  slice: (d, _pool, x) => {
    const steps = x.shape.map(() => d.pick([1, 1, 2, -1]));
    const starts = x.shape.map((n, axis) =>
      steps[axis] < 0 ? Math.max(0, n - 1) : d.below(Math.max(1, Math.min(n, 2))),
    );
    const sizes = x.shape.map((n, axis) =>
      n === 0 ? 0 : steps[axis] < 0 ? n : Math.ceil((n - starts[axis]) / steps[axis]),
    );
    return slice(x, { starts, sizes, steps });
  },
  pad: (d, _pool, x) => {
    const before = x.shape.map(() => d.below(2));
    return pad(x, { before, after: x.shape.map(() => d.below(2)) });
  },
  concatenate: (d, _pool, x) => (x.rank === 0 ? x : concatenate([x, x], { axis: d.below(x.rank) })),
  gather: (d, _pool, x) => {
    if (x.rank === 0) return x;
    const axis = d.below(x.rank);
    const n = x.shape[axis];
    const indices = n === 0 ? [] : Array.from({ length: 3 }, () => d.below(n));
    return gather(x, tensor(indices, { dtype: "int32", shape: [indices.length] }), { axis });
  },
  matMul: (_d, _pool, x) =>
    x.rank < 2 ? x : matMul(floating(x), transpose(floating(x), swapped(x.rank))),
  matMulLeft: (_d, _pool, x) =>
    x.rank < 2 ? x : matMul(transpose(floating(x), swapped(x.rank)), floating(x)),
  stopGradient: (_d, _pool, x) => stopGradient(x),
  after: (d, pool, x) => after(x, d.pick(pool)),
  // called in JavaScript: a word with two operands, words that reduce no precision here, and routines
  fmod: (d, pool, x) => fmod(numeric(x), partner(d, pool, x)),
  argSort: (d, _pool, x) => (x.rank === 0 ? x : argSort(x, { axis: d.below(x.rank) })),
  topk: (d, _pool, x) => {
    if (x.rank === 0 || x.dtype === "bool") return x;
    const axis = d.below(x.rank);
    return topk(x, d.below(x.shape[axis] + 1), { axis }).values;
  },
};

/** Steps without kinks or jumps: rounding differently changes their results a little. */
const SMOOTH: Readonly<Record<string, Step>> = {
  ...pickSteps(["add", "sub", "mul", "times", "neg", "square", "sum", "transpose", "rotate"]),
  ...pickSteps(["flatten", "column", "expand", "slice", "pad", "concatenate", "gather"]),
  ...pickSteps(["matMul", "matMulLeft", "stopGradient", "after"]),
  atan2: (d, pool, x) => atan2(floating(x), add(pow(floating(partner(d, pool, x)), 2), 1)),
  expm1: (_d, _pool, x) => expm1(div(floating(x), add(pow(floating(x), 2), 1))),
  log1p: (_d, _pool, x) => log1p(pow(floating(x), 2)),
  erfc: (_d, _pool, x) => erfc(floating(x)),
  div: (d, pool, x) => div(floating(x), add(pow(floating(partner(d, pool, x)), 2), 1)),
  sqrt: (_d, _pool, x) => sqrt(add(mul(floating(x), floating(x)), 0.5)),
  mean: (d, _pool, x) =>
    x.size === 0 ? floating(x) : mean(floating(x), { axes: axesOf(d, x), keepDims: true }),
  centered: (d, _pool, x) => {
    if (x.size === 0) return floating(x);
    const y = floating(x);
    return sub(y, mean(y, { axes: axesOf(d, y), keepDims: true }));
  },
  normalized: (d, _pool, x) => {
    if (x.size === 0) return floating(x);
    const y = floating(x);
    const over = { axes: axesOf(d, y), keepDims: true };
    const centered = sub(y, mean(y, over));
    return div(centered, sqrt(add(mean(mul(centered, centered), over), 0.5)));
  },
};

function pickSteps(names: readonly string[]): Readonly<Record<string, Step>> {
  return Object.fromEntries(names.map((name) => [name, EXACT[name]]));
}

function swapped(rank: number): number[] {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  return [...order.slice(0, -2), rank - 1, rank - 2];
}

const LARGEST = 3000;

export interface ProgramKind {
  /**
   * "exact": on small integers, by operations that are exact on them. "special": those on NaN, infinities and
   * zeros of both signs as well. "smooth": on fractions, by operations without kinks.
   */
  readonly numbers: "exact" | "special" | "smooth";
}

type Program = (...args: readonly Tensor[]) => readonly Tensor[];
type Kind = (f: Program) => Program;

/** The program that the words stand for. */
export function programOf(words: readonly number[], { numbers }: ProgramKind): RandomProgram {
  const draws = new Draws(words);
  const count = 1 + draws.below(3);
  const inputs = Array.from({ length: count }, () => {
    const dtype = draws.pick<DType>(["float32", "float32", "float32", "float64", "int32", "bool"]);
    return drawTensor(draws, dtype, drawShape(draws), numbers);
  });
  const steps = numbers === "smooth" ? SMOOTH : EXACT;
  const length = 2 + draws.below(12);
  const names = Array.from({ length }, () => draws.pick(Object.keys(steps)));
  const wantsGradient = draws.below(2) === 0;
  const seed = draws.below(1e9);
  // what is not returned may be left out, or computed otherwise
  const showsAll = draws.below(2) === 0;
  const kind: Kind = draws.below(3) === 0 ? checkpoint : (f) => f;
  let lines: string[] = [];
  const body = (given: readonly Tensor[]): Tensor[] => {
    const own = new Draws([seed, 17, 99]);
    const pool = [...given];
    lines = [];
    for (const name of names) {
      const x = own.below(3) === 0 ? own.pick(pool) : pool[pool.length - 1];
      const y = steps[name](own, pool, x);
      lines.push(`${name}: ${formatted(x)} -> ${formatted(y)}`);
      if (y.size <= LARGEST) pool.push(y);
    }
    return pool.slice(given.length);
  };
  const run = (...given: readonly Tensor[]): readonly Tensor[] => {
    const made = showsAll ? body(given) : body(given).slice(-1);
    if (!wantsGradient || !given.some(isFloat)) return made;
    const tape = record(
      (...args: readonly Tensor[]) => {
        const last = kind((...own) => body(own).filter(isFloat).slice(-2))(...args);
        return last.reduce((total, y) => add(total, sum(cast(y, "float32"))), tensor(0));
      },
      ...given,
    );
    return [...made, tape.output, ...tape.gradient(tape.inputs.filter(isFloat))];
  };
  const isExact = numbers !== "smooth" && !(wantsGradient && names.includes("max"));
  return { inputs, run, text: () => lines.join("\n"), isExact };
}

function formatted({ dtype, shape }: Tensor): string {
  return `${dtype}[${shape.join(",")}]`;
}

export const words: fc.Arbitrary<number[]> = fc.array(fc.nat(), { minLength: 4, maxLength: 24 });
