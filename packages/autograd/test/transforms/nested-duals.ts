/**
 * @file Numbers with derivatives of any order: dual numbers whose parts may be dual numbers. They share no code and
 * no idea with the tapes: every derivative here goes forward, one number at a time.
 */

/** re + ε · eps with ε² = 0; of several ε the largest tag is the innermost derivative. */
interface Dual {
  readonly tag: number;
  readonly re: Num;
  readonly eps: Num;
}

export type Num = number | Dual;

/** A function of a vector, as the oracle sees it. */
export type Meaning = (x: readonly Num[]) => readonly Num[];

const tagOf = (x: Num): number => (typeof x === "number" ? -1 : x.tag);
const re = (x: Num, tag: number): Num => (typeof x !== "number" && x.tag === tag ? x.re : x);
const eps = (x: Num, tag: number): Num => (typeof x !== "number" && x.tag === tag ? x.eps : 0);

export function add(x: Num, y: Num): Num {
  if (typeof x === "number" && typeof y === "number") return x + y;
  const tag = Math.max(tagOf(x), tagOf(y));
  return { tag, re: add(re(x, tag), re(y, tag)), eps: add(eps(x, tag), eps(y, tag)) };
}

export function mul(x: Num, y: Num): Num {
  if (typeof x === "number" && typeof y === "number") return x * y;
  const tag = Math.max(tagOf(x), tagOf(y));
  const [a, b] = [re(x, tag), re(y, tag)];
  return { tag, re: mul(a, b), eps: add(mul(eps(x, tag), b), mul(a, eps(y, tag))) };
}

export function sin(x: Num): Num {
  if (typeof x === "number") return Math.sin(x);
  return { tag: x.tag, re: sin(x.re), eps: mul(cos(x.re), x.eps) };
}

function cos(x: Num): Num {
  if (typeof x === "number") return Math.cos(x);
  return { tag: x.tag, re: cos(x.re), eps: mul(mul(sin(x.re), -1), x.eps) };
}

/** The number alone. */
export function constant(x: Num): number {
  return typeof x === "number" ? x : constant(x.re);
}

export function dot(x: readonly Num[], y: readonly Num[]): Num {
  return x.map((a, i) => mul(a, y[i])).reduce(add, 0);
}

let tags = 0;

/** The derivative of `f` at `x` along `t`. */
export function along(f: Meaning, x: readonly Num[], t: readonly Num[]): readonly Num[] {
  const tag = tags++;
  return f(x.map((a, i) => ({ tag, re: a, eps: t[i] }))).map((y) => eps(y, tag));
}

/** The derivative of the sum of the c · f(x) by every entry of x. */
export function gradient(f: Meaning, x: readonly Num[], c: readonly Num[]): readonly Num[] {
  return x.map((_, i) => {
    const unit = x.map((_a, k) => (k === i ? 1 : 0));
    return dot(along(f, x, unit), c);
  });
}
