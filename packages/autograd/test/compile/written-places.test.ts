/** Updates by an index that is an argument of the program: compiled as interpreted, gradients and errors included. */
import {
  at,
  compile,
  indexAdd,
  indexCopy,
  indexFill,
  put,
  scatter,
  scatterAdd,
  scatterReduce,
  takeAlongAxis,
  type Tensor,
  tensor,
  ValueError,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";

type Update = (x: Tensor, index: Tensor, values: Tensor) => Tensor;

const x = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const rows = tensor([1, 0, -1], { dtype: "int32" });
const grid = tensor(
  [
    [1, -1, 0],
    [0, 1, 1],
  ],
  { dtype: "int32" },
);
const three = tensor([
  [0.5, 1.5, 2.5],
  [3.5, 4.5, 5.5],
  [6.5, 7.5, 8.5],
]);
const cotangent = tensor([
  [0.25, -1, 2],
  [3, 0.5, -2],
]);

const UPDATES: readonly [string, Update, Tensor, Tensor][] = [
  ["at(index).set", (a, i, v) => at(a, i).set(v), rows, three],
  ["at(index).add", (a, i, v) => at(a, i).add(v), rows, three],
  ["at(slice, index).set", (a, i, v) => at(a, { step: -1 }, i).set(v), rows, x],
  ["at(index, index).set", (a, i, v) => at(a, i, i).set(v), rows, tensor([7, 8, 9])],
  ["put", (a, i, v) => put(a, i, v), rows, tensor([7, 8, 9])],
  ["scatter", scatter, grid, x],
  ["scatterAdd", scatterAdd, grid, x],
  ["indexCopy", indexCopy, rows, three],
  ["indexAdd", indexAdd, rows, three],
  ["indexFill", indexFill, rows, tensor(7)],
  ...(["sum", "mean", "prod", "amax", "amin"] as const).map(
    (reduce): [string, Update, Tensor, Tensor] => [
      `scatterReduce by ${reduce}`,
      (a, i, v) => scatterReduce(a, i, v, { reduce }),
      grid,
      x,
    ],
  ),
];

describe("updates by an index that is an argument", () => {
  it.each(UPDATES)("%s and its pullback agree with the interpreter", (_, update, index, values) => {
    const step = (a: Tensor, i: Tensor, v: Tensor): readonly Tensor[] => {
      const { output, pullback } = vjp((b: Tensor, w: Tensor) => update(b, i, w), a, v);
      return [output, ...pullback(cotangent)];
    };

    const found = compile(step)(x, index, values);

    const expected = step(x, index, values);
    expect(found.map(String)).toEqual(expected.map(String));
  });

  it.each(UPDATES)("%s refuses an index out of range when it runs", (_, update, index, values) => {
    const beyond = index.add(8);

    expect(refusalOf(() => compile(update)(x, beyond, values))).toBeInstanceOf(ValueError);
  });

  it("one index out of range does not fall into the next line", () => {
    const read = (a: Tensor, i: Tensor): Tensor => at(a, [0, 0, 0], i).get();
    const along = (a: Tensor, i: Tensor): Tensor => takeAlongAxis(a, i, { axis: 1 });
    const column = tensor([[3], [0]], { dtype: "int32" });

    expect(refusalOf(() => compile(read)(x, rows.add(2)))).toBeInstanceOf(ValueError);
    expect(refusalOf(() => compile(along)(x, column))).toBeInstanceOf(ValueError);
  });
});
