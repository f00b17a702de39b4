/** @file Messages of vmap. */
import { add, type MappedAxes, type Tensor, tensor, Variable, vmap } from "@tapegrad/autograd";

const three = tensor([1, 2, 3]);
const pair = tensor([1, 2]);
const same = (x: Tensor): Tensor => x;
const count = new Variable(tensor(0), { name: "count" });
const assign = (x: Tensor): Tensor => {
  count.assign(x);
  return x;
};
const both = ({ a, b }: { a: Tensor; b: Tensor }): Tensor => add(a, b);
const off = { a: { b: 0 } } as unknown as MappedAxes;

export const calls: readonly (() => unknown)[] = [
  () => vmap(add)(three, pair),
  () => vmap(both, { inAxes: [{ a: 0, b: 1 }] })({ a: three, b: tensor([[1, 2]]) }),
  () => vmap(same, { inAxes: [null] })(three),
  () => vmap(same, { inAxes: 1 })(three),
  () => vmap(add, { inAxes: [0] })(three, pair),
  () => vmap(both, { inAxes: [off] })({ a: three, b: pair }),
  () => vmap(same, { inAxes: [[0]] })(three),
  () => vmap(same, { inAxes: ["0" as unknown as number] })(three),
  () => vmap(same, { outAxes: null })(three),
  () => vmap((x: Tensor) => ({ y: [x] }), { outAxes: { y: [null] } })(three),
  () => vmap(assign)(three),
  () => vmap((x: Tensor) => x.item())(three),
];

export const text = `
ShapeError: vmap: there are 3 members along axis 0 of argument 0 but 2 along axis 0 of argument 1. Give all mapped axes one length, or null in \`inAxes\` to what is shared.
ShapeError: vmap: there are 3 members along axis 0 of argument 0 at .a but 2 along axis 1 of argument 0 at .b. Give all mapped axes one length, or null in \`inAxes\` to what is shared.
ValueError: vmap: no argument is mapped. Name in \`inAxes\` the axis along which at least one tensor lists the members.
AxisError: vmap: axis 1 does not exist in shape [3], which has rank 1. Use an axis from -1 to 0.
ValueError: vmap: \`inAxes\` is a list of 1, which does not fit a list of 2. Give an axis or null for all of it, or one for each part.
ValueError: vmap: \`inAxes\` at [0] is an object with a, which does not fit an object with a, b. Give an axis or null for all of it, or one for each part.
ValueError: vmap: \`inAxes\` at [0] is a list of 1, which does not fit a tensor. Give an axis or null for all of it, or one for each part.
ValueError: vmap: \`inAxes\` at [0] is a string, which does not fit a tensor. Give an axis or null for all of it, or one for each part.
ValueError: vmap: the result depends on a mapped argument, but outAxes is null for it. Name the axis that is to list the members.
ValueError: vmap: the result at .y[0] depends on a mapped argument, but outAxes is null for it. Name the axis that is to list the members.
ValueError: vmap: variable count was assigned a value that differs between members, and it can hold only one. Return the value instead; a layer with statistics of the batch belongs outside, or in mode "eval".
ValueError: item: a tensor of shape [] has no numbers while a function is compiled or traced without data. Return it, and read it outside; choose between values by an operation, not by an if.
`;
