/**
 * @file How a mistake is planted: a record with another derivative of the same kind.
 */
import {
  allPrimitives,
  type Derivative,
  type Primitive,
  type Tensor,
  transpose,
} from "@tapegrad/autograd";

type Partials = Extract<Derivative, { readonly kind: "partials" }>["partials"];
type Linear = Extract<Derivative, { readonly kind: "linear" }>;
export type Transpose = Linear["transpose"];
export type Rule = Parameters<Transpose>[1];

/** The record that is called `name` on a printed tape. */
export function named(name: string): Primitive {
  const found = allPrimitives.find((primitive) => primitive.name === name);
  if (found === undefined) throw new Error(`no primitive is called ${name}`);
  return found;
}

export function withPartials(name: string, ...partials: Partials): Primitive {
  return { ...named(name), derivative: { kind: "partials", partials } };
}

export function withTranspose(name: string, transposed: Transpose): Primitive {
  const { derivative } = named(name);
  const inputs = derivative.kind === "linear" ? derivative.inputs : "all";
  return { ...named(name), derivative: { kind: "linear", inputs, transpose: transposed } };
}

export function withBilinear(
  name: string,
  transposed: (c: Tensor, other: Tensor, input: number) => Tensor,
): Primitive {
  const derivative: Derivative = {
    kind: "bilinear",
    transpose: (c, other, _rule, input) => transposed(c, other, input),
  };
  return { ...named(name), derivative };
}

/** A kept value; the record declares it. */
export const primal = (rule: Rule, i: number): Tensor => rule.primals[i] as Tensor;
export const outputOf = (rule: Rule): Tensor => rule.output as Tensor;

/** Params of a primitive whose shape is known to the planter. */
export const params = <P>(rule: Rule): P => rule.params as P;

export const swapLast = (x: Tensor): Tensor =>
  transpose(x, [...Array(x.rank - 2).keys(), x.rank - 1, x.rank - 2]);
