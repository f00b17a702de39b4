/** Reading and writing by indices, mapped over leading axes: as in a loop, the pullbacks too. */
import {
  at,
  getItem,
  indexAdd,
  indexCopy,
  indexFill,
  maskedScatter,
  put,
  reshape,
  scatter,
  scatterReduce,
  stack,
  take,
  takeAlongAxis,
  type Tensor,
  tensor,
  vjp,
  vmap,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";

type Operation = (x: Tensor, index: Tensor, values: Tensor) => Tensor;

const x = tensor([
  [[1, 2, 3], [4, 5, 6]],
  [[7, 8, 9], [10, 11, 12]],
]); // biome-ignore format: two matrices
const index = tensor([[1, 0, 1], [0, 0, -1]], { dtype: "int32" }); // biome-ignore format: two rows
const values = tensor([
  [[0.5, 1, 2], [3, 4, 5], [6, 7, 8]],
  [[9, 8, 7], [6, 5, 4], [3, 2, 1]],
]); // biome-ignore format: two matrices
const row = (i: Tensor): Tensor => reshape(i, [1, 3]);

const OPERATIONS: readonly [string, Operation][] = [
  ["an array read", (a, i) => at(a, i).get()],
  ["two arrays read", (a, i) => getItem(a, [i, i])],
  ["a number in a tensor read", (a, i) => at(a, "...", at(i, 1).get()).get()],
  ["an array set", (a, i, v) => at(a, i).set(v)],
  ["an array added to", (a, i, v) => at(a, i).add(v)],
  ["a block set", (a, _, v) => at(a, 0, { step: -1 }).set(at(v, 1).get())],
  ["one number where a mask is", (a) => at(a, 0, at(a, 0).get().greater(7)).set(-1)],
  ["take", (a, i) => take(a, i)],
  ["put", (a, i, v) => put(a, i, at(v, 0).get())],
  ["takeAlongAxis", (a, i) => takeAlongAxis(a, row(i))],
  ["scatter", (a, i, v) => scatter(a, row(i), v)],
  ["indexCopy", (a, i, v) => indexCopy(a, i, v)],
  ["indexAdd", (a, i, v) => indexAdd(a, i, v, { alpha: 2 })],
  ["indexFill", (a, i) => indexFill(a, i, 7)],
  ["maskedScatter", (a, _, v) => maskedScatter(a, a.greater(2), v)],
  ...(["sum", "mean", "prod", "amax", "amin"] as const).map((reduce): [string, Operation] => [
    `scatterReduce by ${reduce}`,
    (a, i, v) => scatterReduce(a, row(i), v, { reduce }),
  ]),
];

describe("vmap", () => {
  it.each(OPERATIONS)("maps %s, and its pullback", (_, operation) => {
    const step = (a: Tensor, i: Tensor, v: Tensor): readonly Tensor[] => {
      const { output, pullback } = vjp((b: Tensor, w: Tensor) => operation(b, i, w), a, v);
      return [output, ...pullback(output.mul(output))];
    };

    const found = vmap(step)(x, index, values);

    const [first, second] = [0, 1].map((k) =>
      step(at(x, k).get(), at(index, k).get(), at(values, k).get()),
    );
    expect(found.map(String)).toEqual(first.map((y, k) => String(stack([y, second[k]]))));
  });
});
