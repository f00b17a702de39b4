/**
 * @file compile() and variables as the cases use them.
 */
import {
  type Compiled,
  type CompileOptions,
  compile,
  type Tensor,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import type { Numbers, Settings } from "./workload.ts";

/** compile() with the number of threads of the command line. */
export function compileWith<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  { threads }: Settings,
): Compiled<A, R> {
  const options = { threads } as CompileOptions;
  return compile(f, threads === 1 ? {} : options);
}

/** A variable that a compiled function leaves a result in. */
export function resultLike(x: Tensor): Variable {
  return new Variable(zeros(x.shape, { dtype: x.dtype }));
}

/** The numbers of a tensor, for other systems: whole numbers stay whole. */
export function numbersOf(x: Tensor): Numbers {
  const data = x.toTypedArray();
  return { shape: x.shape, data: data instanceof Uint8Array ? Int32Array.from(data) : data };
}

/** A list of numbers, by default as a vector. */
export function numbers(
  values: ArrayLike<number>,
  shape: readonly number[] = [values.length],
): Numbers {
  return { shape, data: Float64Array.from(values) };
}
