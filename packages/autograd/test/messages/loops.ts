/** @file Messages of scan, cond and whileLoop. */
import {
  cond,
  grad,
  greater,
  less,
  mul,
  neg,
  record,
  scan,
  stack,
  sum,
  type Tensor,
  tensor,
  Variable,
  whileLoop,
} from "@tapegrad/autograd";

const one = tensor(1);
const pair = tensor([1, 2]);
const count = new Variable(tensor(0), { name: "count" });
const adding = (carry: Tensor, x: Tensor) => [carry.add(x), null] as const;
const assign = (x: Tensor): Tensor => {
  count.assign(x);
  return x;
};
const doubled = (x: Tensor): Tensor =>
  whileLoop(
    (y: Tensor) => less(y, 9),
    (y) => mul(y, 2),
    x,
  );
const choose = (x: Tensor, other: (x: Tensor) => Tensor): Tensor =>
  cond(greater(x, 0), neg, other, x);

export const calls: readonly (() => unknown)[] = [
  () => scan((a: Tensor, _: { x: Tensor }) => [a, null], one, { x: one }),
  () => scan((a: Tensor, _: readonly Tensor[]) => [a, null], one, [pair, tensor([1, 2, 3])]),
  () => scan(adding, one, pair, { length: 3 }),
  () => scan((a: Tensor, _: null) => [a, null], one, null),
  () => scan((a: Tensor, _: null) => [a, null], one, null, { length: -1 }),
  () => scan((a: Tensor) => a as unknown as readonly [Tensor, null], one, pair),
  () => scan((a: Tensor) => [a] as unknown as readonly [Tensor, null], one, pair),
  () => scan((a: { n: Tensor }, x: Tensor) => [{ n: stack([a.n, x]) }, null], { n: one }, pair),
  () => scan((a: Tensor, x: Tensor) => [a.add(x.item()), null], one, pair),
  () => scan((a: Tensor, x: Tensor) => [a, assign(x)], one, pair),
  () => cond(one, neg, neg, one),
  () => cond(greater(pair, 0), neg, neg, one),
  () => record((x: Tensor) => choose(x, (y) => stack([y])), one),
  () => record((x: Tensor) => choose(x, assign), one),
  () => whileLoop(sum, neg, pair),
  () => whileLoop((x: Tensor) => greater(x, 0), neg, pair),
  () => whileLoop((x: Tensor) => less(sum(x), 0), sum, pair),
  () => whileLoop((x: Tensor) => less(x, 0), assign, one),
  () => grad(doubled)(one),
];

export const text = `
ShapeError: scan: xs at .x has shape [], but a first axis is needed, with an element for each step. Stack the elements along the first axis of every tensor.
ShapeError: scan: xs at [1] has shape [3], but a first axis of length 2 is needed, with an element for each step. Stack the elements along the first axis of every tensor.
ShapeError: scan: xs has shape [2], but a first axis of length 3 is needed, with an element for each step. Stack the elements along the first axis of every tensor.
ValueError: scan: there are no elements that say how many steps there are. Give the option \`length\`.
ValueError: scan: -1 is no number of steps. Use an integer of 0 or more.
ValueError: scan: the step returned an object of class Tensor. Return a pair, [carry, y], with null for y where there is no result.
ValueError: scan: the step returned a list of 1. Return a pair, [carry, y], with null for y where there is no result.
GradientError: scan: the next carry at .n is float32[2] but must be float32[]. Cast or reshape it.
ValueError: item: a tensor of shape [] has no numbers while a function is compiled or traced without data. Return it, and read it outside; choose between values by an operation, not by an if.
ValueError: scan: the step assigned variable count, but it runs as often as the numbers say. Return the value, and assign it outside.
DTypeError: cond: the predicate is float32[], not a bool. Compare, as in \`greater(x, 0)\`.
ShapeError: cond: the predicate has shape [2], but one truth value is needed. Reduce it with \`all\` or \`any\`, or choose element by element with \`where\`.
GradientError: cond: the result of the second function is float32[1] but must be float32[]. Cast or reshape it.
ValueError: cond: the second function assigned variable count, but it runs as often as the numbers say. Return the value, and assign it outside.
DTypeError: whileLoop: the condition is float32[], not a bool. Compare, as in \`greater(x, 0)\`.
ShapeError: whileLoop: the condition has shape [2], but one truth value is needed. Reduce it with \`all\` or \`any\`, or choose element by element with \`where\`.
GradientError: whileLoop: the next carry is float32[] but must be float32[2]. Cast or reshape it.
ValueError: whileLoop: the body assigned variable count, but it runs as often as the numbers say. Return the value, and assign it outside.
GradientError: whileLoop: a loop whose number of steps depends on its values has no reverse mode. Use \`scan\` with as many steps as may be needed, or forward mode: \`jvp\`, \`linearize\`, or \`jacobian\` with mode "forward".
`;
