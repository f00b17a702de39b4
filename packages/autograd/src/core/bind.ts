/**
 * @file bind: the one place where a primitive meets its inputs. Everything that happens to tensors
 * happens here: the shape rule, then execution, then the record on the tape.
 */
import type { Aval } from "../array/aval.ts";
import { runKernel } from "../backends/index.ts";
import { assertInvariant, DTypeError } from "../errors.ts";
import type { Primitive } from "./primitive.ts";
import type { Tape } from "./tape.ts";
import { settle, Tensor, valueBelow } from "./tensor.ts";

/** Binds a primitive that has one result. */
export function bind<P>(primitive: Primitive<P>, inputs: readonly Tensor[], params: P): Tensor {
  return bindAll(primitive, inputs, params)[0];
}

/**
 * Computes `primitive` and records it on every open tape among its inputs, the innermost first.
 *
 * A value of an outer tape is a constant to the inner one, which is why nested transforms do not
 * confuse their perturbations.
 */
export function bindAll<P>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] {
  const operands = inputs.map((x) => settle(requireTensor(primitive.name, x)));
  let tape: Tape | null = null;
  for (const x of operands) {
    if (x.tape !== null && (tape === null || x.tape.level > tape.level)) tape = x.tape;
  }
  if (tape === null) return evaluate(primitive, operands, params);
  const lowered = operands.map((x) => (x.tape === tape ? settle(valueBelow(x)) : x));
  const results = bindAll(primitive, lowered, params);
  return tape.append(primitive as Primitive, operands, lowered, params, results);
}

/** `x` itself. @throws DTypeError where JavaScript code passes anything but a tensor. */
export function requireTensor(op: string, x: unknown): Tensor {
  if (x instanceof Tensor) return x;
  const found = Array.isArray(x) ? "array" : x === null ? "null" : typeof x;
  throw new DTypeError(op, { found }, () => {
    return `expected a tensor but got a value of type ${found}. Make one with \`tensor(…)\`.`;
  });
}

function evaluate<P>(
  primitive: Primitive<P>,
  inputs: readonly Tensor[],
  params: P,
): readonly Tensor[] {
  const { name, arity } = primitive;
  assertInvariant(inputs.length === arity || arity === Infinity, `${name} takes ${arity} inputs`);
  const avals = inputs.map((x) => x.aval);
  const result = primitive.abstractEval(avals, params);
  const results: readonly Aval[] = Array.isArray(result) ? result : [result as Aval];
  const arrays = inputs.map((x) => x.array);
  if (arrays.some((array) => array === null)) return results.map((aval) => new Tensor(aval, null));
  if (primitive.expand !== undefined) return primitive.expand(inputs, params);
  const kernel = primitive.kernel(params, avals);
  const outputs = runKernel(kernel, arrays as NonNullable<(typeof arrays)[number]>[], results);
  return outputs.map((array, i) => new Tensor(results[i], array));
}
