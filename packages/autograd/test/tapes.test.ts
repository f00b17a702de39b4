/**
 * Printed tapes of chosen programs, line for line: the process replay. They show what a program costs, which
 * broadcasts and params it has and what its derivative reads. A refactor leaves this file untouched; a
 * change here is a change of what is computed, and wants a sentence in the commit that says why.
 */
import {
  cast,
  concatenate,
  conv2d,
  gather,
  grad,
  jvp,
  logSoftmax,
  matMul,
  maxPool2d,
  moments,
  pad,
  record,
  where,
  slice,
  stopGradient,
  sum,
  type Tensor,
  tensor,
  uniform,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { expect, it } from "vitest";

const float64 = { dtype: "float64" } as const;

it("a sum of squares", () => {
  const tape = record((x: Tensor) => sum(x.mul(x)), tensor([1, 2, 3]));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[3]
    %1 = mul(%0, %0) : float32[3]
    %2 = sum(%1, axes=[0]) : float32[1]
    %3 = reshape(%2, shape=[]) : float32[]"
  `);
});

it("mean and variance over rows, shifted by the first row", () => {
  const tape = record((x: Tensor) => ({ ...moments(x, { axes: 0 }) }), zeros([3, 2], float64));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float64[3,2]
    %1 = slice(%0, starts=[0,0], sizes=[1,2], steps=[1,1]) : float64[1,2]
    %2 = stopGradient(%1) : float64[1,2]
    %3 = broadcastTo(%2, shape=[3,2]) : float64[3,2]
    %4 = sub(%0, %3) : float64[3,2]
    %5 = sum(%4, axes=[0]) : float64[1,2]
    %6 = div(%5, 3) : float64[1,2]
    %7 = broadcastTo(%6, shape=[3,2]) : float64[3,2]
    %8 = sub(%4, %7) : float64[3,2]
    %9 = mul(%8, %8) : float64[3,2]
    %10 = sum(%9, axes=[0]) : float64[1,2]
    %11 = div(%10, 3) : float64[1,2]
    %12 = add(%2, %6) : float64[1,2]
    %13 = reshape(%12, shape=[2]) : float64[2]
    %14 = reshape(%11, shape=[2]) : float64[2]"
  `);
});

it("softmax cross-entropy with one-hot labels", () => {
  const labels = tensor([[1, 0], [0, 1]]); // biome-ignore format: rows

  const tape = record((x: Tensor) => logSoftmax(x).mul(labels).sum().neg().div(2), zeros([2, 2]));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[2,2]
    %1 = max(%0, axes=[1]) : float32[2,1]
    %2 = stopGradient(%1) : float32[2,1]
    %3 = broadcastTo(%2, shape=[2,2]) : float32[2,2]
    %4 = sub(%0, %3) : float32[2,2]
    %5 = exp(%4) : float32[2,2]
    %6 = sum(%5, axes=[1]) : float32[2,1]
    %7 = log(%6) : float32[2,1]
    %8 = broadcastTo(%7, shape=[2,2]) : float32[2,2]
    %9 = sub(%4, %8) : float32[2,2]
    %10 = mul(%9, const float32[2,2]) : float32[2,2]
    %11 = sum(%10, axes=[0,1]) : float32[1,1]
    %12 = reshape(%11, shape=[]) : float32[]
    %13 = neg(%12) : float32[]
    %14 = div(%13, 2) : float32[]"
  `);
});

it("a linear layer: variables are inputs where they are first read", () => {
  const weight = new Variable(zeros([3, 2]), { name: "weight" });
  const bias = new Variable(zeros([2]), { name: "bias" });

  const tape = record((x: Tensor) => matMul(x, weight.value).add(bias.value), zeros([4, 3]));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[4,3]
    %1 = variable weight : float32[3,2]
    %2 = matMul(%0, %1) : float32[4,2]
    %3 = variable bias : float32[2]
    %4 = reshape(%3, shape=[1,2]) : float32[1,2]
    %5 = broadcastTo(%4, shape=[4,2]) : float32[4,2]
    %6 = add(%2, %5) : float32[4,2]"
  `);
});

it("a broadcast of both operands along several axes", () => {
  const tape = record((a: Tensor, b: Tensor) => a.add(b), zeros([2, 1, 3]), zeros([4, 1]));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[2,1,3]
    %1 = input : float32[4,1]
    %2 = broadcastTo(%0, shape=[2,4,3]) : float32[2,4,3]
    %3 = reshape(%1, shape=[1,4,1]) : float32[1,4,1]
    %4 = broadcastTo(%3, shape=[2,4,3]) : float32[2,4,3]
    %5 = add(%2, %4) : float32[2,4,3]"
  `);
});

it("the gradient of a linear layer's squares by its weight: no product for the data", () => {
  const weight = new Variable(zeros([3, 2]), { name: "weight" });

  const tape = record(
    (x: Tensor) => {
      const inner = record(() => {
        const y = matMul(x, weight.value);
        return y.mul(y).sum();
      });
      return inner.gradient(weight);
    },
    zeros([4, 3]),
  );

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[4,3]
    %1 = variable weight : float32[3,2]
    %2 = matMul(%0, %1) : float32[4,2]
    %3 = mul(%2, %2) : float32[4,2]
    %4 = sum(%3, axes=[0,1]) : float32[1,1]
    %5 = reshape(%4, shape=[]) : float32[]
    %6 = mul(1, %2) : float32[4,2]
    %7 = mul(1, %2) : float32[4,2]
    %8 = add(%6, %7) : float32[4,2]
    %9 = transpose(%0, permutation=[1,0]) : float32[3,4]
    %10 = matMul(%9, %8) : float32[3,2]"
  `);
});

it("the second derivative of tanh", () => {
  const tape = record((x: Tensor) => grad(grad((y: Tensor) => y.tanh()))(x), tensor(1));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[]
    %1 = tanh(%0) : float32[]
    %2 = mul(%1, %1) : float32[]
    %3 = sub(1, %2) : float32[]
    %4 = mul(1, %3) : float32[]
    %5 = mul(-1, %1) : float32[]
    %6 = mul(-1, %1) : float32[]
    %7 = add(%5, %6) : float32[]
    %8 = mul(%1, %1) : float32[]
    %9 = sub(1, %8) : float32[]
    %10 = mul(%7, %9) : float32[]"
  `);
});

it("a tangent, which only visits what its input reaches", () => {
  const tape = record(
    (x: Tensor, t: Tensor) =>
      jvp((y) => y.mul(stopGradient(y).neg()).add(t.exp()), [x], [t]).tangent,
    zeros([2]),
    zeros([2]),
  );

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[2]
    %1 = input : float32[2]
    %2 = stopGradient(%0) : float32[2]
    %3 = neg(%2) : float32[2]
    %4 = mul(%0, %3) : float32[2]
    %5 = exp(%1) : float32[2]
    %6 = add(%4, %5) : float32[2]
    %7 = mul(%1, %3) : float32[2]
    %8 = add(%7, 0) : float32[2]"
  `);
});

it("params by name, constants of one number as it, others by shape and dtype", () => {
  const order = tensor([2, 0], { dtype: "int32" });

  const tape = record(
    (x: Tensor) => {
      const reversed = slice(x, { starts: [2, 0], sizes: [3, 1], steps: [-1, 1] });
      const padded = pad(reversed, { before: [1, 0], after: [0, 2] });
      const joined = concatenate([padded, padded.mul(0.1)], { axis: 1 });
      const chosen = gather(joined.transpose(), order);
      return where(chosen.greater(-0), cast(chosen, "float32"), -Infinity)
        .pow(2)
        .max({ axes: [1] });
    },
    zeros([3, 1], float64),
  );

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float64[3,1]
    %1 = slice(%0, starts=[2,0], sizes=[3,1], steps=[-1,1]) : float64[3,1]
    %2 = pad(%1, shape=[4,3], starts=[1,0], steps=[1,1]) : float64[4,3]
    %3 = mul(%2, 0.1) : float64[4,3]
    %4 = concatenate(%2, %3, axis=1) : float64[4,6]
    %5 = transpose(%4, permutation=[1,0]) : float64[6,4]
    %6 = gather(%5, const int32[2], axis=0) : float64[2,4]
    %7 = compare(%6, -0, relation=>) : bool[2,4]
    %8 = cast(%6, dtype=float32) : float32[2,4]
    %9 = where(%7, %8, -Infinity) : float32[2,4]
    %10 = pow(%9, 2) : float32[2,4]
    %11 = max(%10, axes=[1]) : float32[2,1]
    %12 = reshape(%11, shape=[2]) : float32[2]"
  `);
});

it("a random draw from a key in a variable", () => {
  const key = new Variable(tensor([1, 2], { dtype: "int32" }), { name: "key" });

  const tape = record(() => uniform(key.value, [2]));

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = variable key : int32[2]
    %1 = randomBits(%0, shape=[2], stream=draw) : int32[2]
    %2 = cast(%1, dtype=float64) : float64[2]
    %3 = add(%2, 2147483648) : float64[2]
    %4 = mul(%3, 0.00390625) : float64[2]
    %5 = floor(%4) : float64[2]
    %6 = mul(%5, 5.960464477539063e-8) : float64[2]
    %7 = cast(%6, dtype=float32) : float32[2]"
  `);
});

it("the gradient of a convolution and a pooling", () => {
  const f = (x: Tensor, w: Tensor): Tensor => {
    return sum(maxPool2d(conv2d(x, w, { padding: 1 }), { kernelSize: 2 }));
  };
  const gradient = grad(([x, w]: readonly [Tensor, Tensor]) => f(x, w));
  const tape = record(
    (x: Tensor, w: Tensor) => gradient([x, w]),
    zeros([1, 2, 4, 4]),
    zeros([3, 2, 3, 3]),
  );

  expect(String(tape)).toMatchInlineSnapshot(`
    "%0 = input : float32[1,2,4,4]
    %1 = input : float32[3,2,3,3]
    %2 = conv2d(%0, %1, strides=[1,1], padding=[[1,1],[1,1]], dilation=[1,1], groups=1) : float32[1,3,4,4]
    %3 = maxPool2dIndices(%2, window=[2,2], strides=[2,2], padding=[[0,0],[0,0]], dilation=[1,1]) : int32[1,3,2,2]
    %4 = takeFromPlanes(%2, %3) : float32[1,3,2,2]
    %5 = sum(%4, axes=[0,1,2,3]) : float32[1,1,1,1]
    %6 = reshape(%5, shape=[]) : float32[]
    %7 = addToPlanes(1, %3, size=[4,4]) : float32[1,3,4,4]
    %8 = conv2dInput(%7, %1, strides=[1,1], padding=[[1,1],[1,1]], dilation=[1,1], groups=1, size=[4,4]) : float32[1,2,4,4]
    %9 = conv2dWeight(%0, %7, strides=[1,1], padding=[[1,1],[1,1]], dilation=[1,1], groups=1, size=[3,3]) : float32[3,2,3,3]"
  `);
});
