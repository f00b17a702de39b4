/**
 * @file What the fixtures do around an operator: some bring an argument into the form that the operator asks
 * for, some take what is free in a result (a sign, a phase) out of it. The texts are those of the fixtures.
 */
import { abs, add, type Tensor, transpose } from "@tapegrad/autograd";

type Call = readonly [args: readonly unknown[], kwargs: Readonly<Record<string, unknown>>];

const WRAPPERS: Readonly<Record<string, (...call: Call) => readonly unknown[]>> = {
  "x := x + x.mT": ([x, ...rest]) => [symmetrized(x as Tensor), ...rest],
};

/** The arguments as the operator is to receive them. @throws Error for a text that is not known. */
export function wrapped(text: string | undefined, args: Call[0], kwargs: Call[1]): Call {
  if (text === undefined) return [args, kwargs];
  const found = Object.entries(WRAPPERS).find(([start]) => text.startsWith(start));
  if (found === undefined) throw new Error(`internal: no wrapper is known as "${text}"`);
  return [found[1](args, kwargs), kwargs];
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
  "qr:": ([q, r]) => [abs(q), abs(r)],
};

function symmetrized(x: Tensor): Tensor {
  return add(x, swapLast(x));
}

function swapLast(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, [...order.slice(0, -2), x.rank - 1, x.rank - 2]);
}
