/**
 * @file What the fixtures do around an operator: some bring an argument into the form that the operator asks
 * for, some take what is free in a result (a sign, a phase) out of it. The texts are those of the fixtures.
 */
import { abs, add, eye, type Tensor, transpose, tril, triu } from "@tapegrad/autograd";

type Call = readonly [args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>];

const WRAPPERS: Readonly<Record<string, (...call: Call) => Call>> = {
  "x := x + x.mT": ([x, ...rest], kwargs) => [[symmetrized(x as Tensor), ...rest], kwargs],
  // the fixtures set the diagonal to 1
  "x := triangle of x": ([x, ...rest], kwargs) => {
    const { upper = false } = kwargs;
    const n = (x as Tensor).shape[(x as Tensor).rank - 1];
    const strict =
      upper === true ? triu(x as Tensor, { offset: 1 }) : tril(x as Tensor, { offset: -1 });
    return [[add(strict, eye(n, { dtype: (x as Tensor).dtype })), ...rest], kwargs];
  },
  // and tell the operator which triangle they left, where it would take the other one by default
  "args[1] := its lower triangle": ([x, a, ...rest], kwargs) => {
    const { upper = false } = kwargs;
    const triangle = upper === true ? triu(a as Tensor) : tril(a as Tensor);
    return [[x, triangle, ...rest], { ...kwargs, upper }];
  },
};

/** The arguments as the operator is to receive them. @throws Error for a text that is not known. */
export function wrapped(text: string | undefined, args: Call[0], kwargs: Call[1]): Call {
  if (text === undefined) return [args, kwargs];
  const found = Object.entries(WRAPPERS).find(([start]) => text.startsWith(start));
  if (found === undefined) throw new Error(`internal: no wrapper is known as "${text}"`);
  return found[1](args, kwargs);
}

/** The results as the fixtures compare them: without signs, where those are free. */
export function processed(text: string | undefined, out: readonly unknown[]): readonly unknown[] {
  if (text === undefined) return out;
  const found = Object.entries(PROCESSES).find(([start]) => text.startsWith(start));
  if (found === undefined) throw new Error(`internal: no process is known as "${text}"`);
  return found[1](out as readonly Tensor[]);
}

const PROCESSES: Readonly<Record<string, (out: readonly Tensor[]) => readonly Tensor[]>> = {
  "eigh:": ([values, vectors]) => [values, abs(vectors)],
  "svd:": ([u, s, vh]) => [abs(u), s, abs(vh)],
  "qr:": ([q, r]) => [abs(q), abs(r)],
};

function symmetrized(x: Tensor): Tensor {
  return add(x, swapLast(x));
}

function swapLast(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, [...order.slice(0, -2), x.rank - 1, x.rank - 2]);
}
