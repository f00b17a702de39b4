/**
 * Every message of the library, produced once and read: two sentences, the fact with its values and what
 * would be right. The last test compares the places in the source where errors are made with those that
 * were reached here, so that no message is left out. `testing/` has messages, and tests, of its own.
 *
 * Those of single areas stand in `messages/`, a file each, which exports their `calls` and their `text`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  add,
  arange,
  argMax,
  avgPool2d,
  bernoulli,
  bind,
  broadcastTo,
  cast,
  compile,
  concatenate,
  conv2d,
  convTranspose2d,
  type DType,
  expandDims,
  eye,
  full,
  gather,
  grad,
  jvp,
  linspace,
  logSumExp,
  matMul,
  max,
  maxPool2d,
  mean,
  normal,
  oneHot,
  pad,
  permutation,
  randomKey,
  record,
  reshape,
  scatterAdd,
  sin,
  slice,
  softmax,
  splitKey,
  sqrt,
  squeeze,
  stack,
  sum,
  Tensor,
  tensor,
  transaction,
  transpose,
  uniform,
  Variable,
  variance,
  vjp,
  where,
  zeros,
} from "@tapegrad/autograd";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { addPrimitive } from "../src/primitives/add.ts";
import { concatenatePrimitive } from "../src/primitives/concatenate.ts";
import { conv2dInputPrimitive } from "../src/primitives/conv2d.ts";
import { broadcastToPrimitive } from "../src/primitives/sum-broadcast-to.ts";
import { addToPlanesPrimitive, takeFromPlanes } from "../src/primitives/take-add-planes.ts";
import { refusalOf } from "./refusal.ts";

const int32 = (...values: readonly number[]): Tensor => tensor(values, { dtype: "int32" });
const badDType = { dtype: "float16" as DType };
const matrix = zeros([2, 3]);
const image = zeros([1, 4, 5, 5]);
const weight = zeros([6, 4, 3, 3]);
const wrong = <T>(value: unknown): T => value as T;
const abstract = new Tensor({ shape: [2], dtype: "float32" }, null);

const finite = { commit: "finite" } as const;
const infinite = new Variable(tensor(Number.POSITIVE_INFINITY), { name: "scale" });

function released(): unknown {
  const tape = record((x: Tensor) => x.mul(x), tensor(1));
  tape.gradient(tape.inputs);
  return tape.gradient(tape.inputs);
}

const CALLS = {
  data: [
    () => tensor([[1, 2], [3]]),
    () => tensor([[1], 2]),
    () => tensor(wrong([1, [2]])),
    () => tensor(wrong("1")),
    () => tensor(wrong([[1, undefined]])),
    () => tensor([1, 2, 3], { shape: [2, 2] }),
    () => tensor([1], badDType),
    () => tensor(wrong(new DataView(new ArrayBuffer(8)))),
    () => tensor(ndarray(wrong<Float32Array>(BigInt64Array.of(1n)), [1])),
    () => tensor(ndarray(new Float32Array(3), [2, 2])),
  ],
  constructors: [
    () => zeros(wrong(3)),
    () => zeros([2, -1]),
    () => full([1.5], 0),
    () => zeros([2 ** 30, 2 ** 30]),
    () => eye(-1),
    () => arange(0, 5, 0),
    () => linspace(0, 1, -1),
    () => linspace(0, Number.POSITIVE_INFINITY, 3),
  ],
  broadcasting: [
    () => add(zeros([32, 10]), zeros([32])),
    () => add(zeros([2, 3]), zeros([4])),
    () => add(zeros([2, 1, 3]), zeros([4, 5, 3])),
    () => broadcastTo(matrix, [3]),
    () => where(tensor([true, false]), zeros([3]), 0),
  ],
  axes: [
    () => sum(zeros([64, 10]), { axes: 2 }),
    () => softmax(tensor(1)),
    () => sum(matrix, { axes: [0, -2] }),
    () => transpose(matrix, [0]),
    () => expandDims(matrix, 4),
    () => stack([matrix], { axis: -4 }),
  ],
  shapes: [
    () => reshape(matrix, [4]),
    () => reshape(matrix, [4, -1]),
    () => reshape(matrix, [-1, -1]),
    () => reshape(matrix, [2.5]),
    () => squeeze(matrix, 0),
    () => concatenate([]),
    () => concatenate([matrix, zeros([2, 2])]),
    () => stack([]),
    () => stack([zeros([2]), zeros([3])]),
    () => slice(matrix, { starts: [0], sizes: [1] }),
    () => slice(matrix, { starts: [0, 1], sizes: [2, 3] }),
    () => pad(matrix, { before: [0], after: [0, 0] }),
    () => pad(matrix, { before: [0.5, 0], after: [0, 0] }),
    () => matrix.item(),
  ],
  products: [
    () => matMul(matrix, matrix),
    () => matMul(tensor(1), matrix),
    () => matMul(zeros([2, 4, 5]), zeros([3, 5, 6])),
  ],
  indices: [
    () => gather(tensor([1, 2, 3]), tensor([0])),
    () => gather(tensor([1, 2, 3]), int32(1).reshape([1, 1])),
    () => gather(tensor([1, 2, 3]), int32(0, 3)),
    () => gather(tensor([]), int32(0)),
    () => scatterAdd(tensor([1, 2]), int32(0), { size: 3 }),
    () => scatterAdd(tensor([1, 2]), int32(0, -1), { size: 3 }),
    () => scatterAdd(tensor([1, 2]), int32(0, 0), { size: -1 }),
    () => oneHot(int32(3), 3),
  ],
  windows: [
    () => conv2d(image, weight, { stride: 0 }),
    () => conv2d(image, weight, { dilation: wrong([1, 2, 3]) }),
    () => conv2d(image, weight, { padding: wrong("full") }),
    () => conv2d(image, weight, { padding: [[0, -1], [0, 0]] }), // biome-ignore format: a pair of pairs
    () => conv2d(image, weight, { groups: 1.5 }),
    () => conv2d(image, weight, { padding: "same", stride: [2, 1] }),
    () => conv2d(image, weight, { dilation: 3 }),
    () => conv2d(image, zeros([6, 4, 0, 3])),
    () => conv2d(image, weight, { groups: 2 }),
    () => conv2d(zeros([4, 5]), weight),
    () => conv2d(image, zeros([6, 4, 3])),
    () => convTranspose2d(image, weight),
    () => convTranspose2d(image, zeros([4, 1, 3, 3]), { padding: 4 }),
    () => convTranspose2d(image, zeros([4, 1, 3, 3]), { stride: 2, outputPadding: [1, 2] }),
    () => bind(conv2dInputPrimitive, [image, zeros([4, 4, 3, 3])], { strides: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1, size: [5, 5] }), // biome-ignore format: params
    () => maxPool2d(image, { kernelSize: 0 }),
    () => maxPool2d(zeros([3]), { kernelSize: 2 }),
    () => maxPool2d(image, { kernelSize: [3, 2], padding: [1, 2] }),
    () => maxPool2d(zeros([2, 8]), { kernelSize: 2, padding: 1, dilation: 3 }),
    () => avgPool2d(image, { kernelSize: 6 }),
    () => avgPool2d(int32(1, 2, 3, 4).reshape([2, 2]), { kernelSize: 2 }),
    () => takeFromPlanes(image, zeros([1, 4, 1, 1])),
    () => takeFromPlanes(image, int32(1).reshape([1, 1, 1, 1])),
    () => takeFromPlanes(zeros([2, 2]), int32(4).reshape([1, 1])),
    () => bind(addToPlanesPrimitive, [zeros([1, 2]), int32(1).reshape([1, 1])], { size: [2, 2] }),
  ],
  "empty reductions": [
    () => max(zeros([2, 0]), { axes: 1 }),
    () => mean(zeros([0])),
    () => logSumExp(zeros([2, 0]), { axes: 1 }),
    () => argMax(zeros([0])),
    () => variance(zeros([0, 2]), { axes: 0 }),
    () => variance(tensor([5]), { correction: 1 }),
  ],
  dtypes: [
    () => sqrt(int32(4)),
    () => mean(tensor([true])),
    () => cast(tensor(1), wrong("int64")),
    () => where(tensor([1]), 1, 2),
    () => sin(wrong([1, 2])),
    () => add(wrong(null), 1),
  ],
  primitives: [
    () => bind(addPrimitive, [zeros([2]), zeros([3])], null),
    () => bind(addPrimitive, [zeros([2]), int32(1, 2)], null),
    () => bind(concatenatePrimitive, [zeros([2]), int32(1, 2)], { axis: 0 }),
    () => bind(broadcastToPrimitive, [zeros([2])], { shape: [3, 2] }),
  ],
  random: [
    () => randomKey(0.5),
    () => splitKey(randomKey(1), -1),
    () => uniform(tensor([1, 2]), [3]),
    () => uniform(randomKey(1), [3], { min: 2, max: 1 }),
    () => normal(randomKey(1), [3], { dtype: "int32" }),
    () => bernoulli(randomKey(1), [3], 1.1),
    () => permutation(randomKey(1), 2.5),
  ],
  "reading tensors": [() => wrong<number>(tensor(1)) * 2, () => abstract.toArray()],
  compiling: [() => compile(() => undefined, { threads: 0 })],
  variables: [
    () => new Variable(tensor(1), { name: "weight" }).assign(tensor([1])),
    () => new Variable(tensor(1)).assign(wrong(2)),
    () => record((x: Tensor) => new Variable(x, { name: "weight" }).value, tensor(1)),
    () => transaction(async () => null),
    () => record(wrong<() => Tensor>(async () => tensor(1))),
  ],
  arguments: [
    () => grad((x: Tensor) => x, { argument: 1 })(tensor(1)),
    () => grad((x: Tensor) => x)(wrong(3)),
    () => record(([p]: { w: Tensor }[]) => p.w, [{ w: wrong<Tensor>(undefined) }]),
    () => record((v: Variable) => v.value, new Variable(tensor(1))),
    () => grad(({ w }: { w: Tensor }) => w.mul(1.5))({ w: int32(1) }),
    () => vjp((x) => x, [int32(1)]),
    () => jvp((x) => x, [int32(1)], [int32(1)]),
  ],
  results: [
    () => grad((x: Tensor) => x)(zeros([32])),
    () => grad((x: Tensor) => wrong<Tensor>([x, x]))(tensor(1)),
    () => grad((x: Tensor) => x.cast("int32"))(tensor(1)),
    () => record(() => undefined),
    () => record((x: Tensor) => ({ loss: x.item() }), tensor(1)),
  ],
  cotangents: [
    () => vjp((x) => ({ y: x }), tensor(1)).pullback({ y: tensor([1]) }),
    () => vjp((x) => ({ y: x }), tensor(1)).pullback(wrong({ z: tensor(1) })),
    () => vjp((x) => [x, x], tensor(1)).pullback([tensor(1)]),
    () => vjp((x) => x, tensor(1)).pullback(wrong(1)),
    () => jvp((x) => x, [tensor(1)], [zeros([1])]),
    () => jvp((x, y) => x.mul(y), [tensor(1), tensor(1)], wrong([tensor(1)])),
  ],
  compile: [
    () => compile((f: () => void) => f())(() => undefined),
    () => compile((x: Tensor) => (x.item() > 0 ? x : x.neg()))(tensor(1)),
    () => compile((x: Tensor) => ({ x, loss: wrong<Tensor>(3) }))(tensor(1)),
    () => compile(wrong<() => Tensor>(async () => tensor(1)))(),
    () => compile((x: Tensor, i: Tensor) => gather(x, i))(tensor([1, 2]), int32(2)),
    () => compile((x: Tensor) => x.log(), finite)(tensor([1, 0])),
    () => compile((x: Tensor) => x.log(), finite)(tensor([1, Number.POSITIVE_INFINITY])),
    () => compile(() => infinite.value.mul(2), finite)(),
  ],
  tapes: [
    () => record((x: Tensor) => x, zeros([2])).gradient([]),
    () => record((x: Tensor) => [x], tensor(1)).gradient([]),
    () => record((x: Tensor) => x, tensor(1)).gradient([], { cotangent: zeros([1]) }),
    () => record((x: Tensor) => x, tensor(1)).gradient(tensor(1)),
    () => record((x: Tensor) => x, tensor(1)).gradient({ w: 3 }),
    () => record((x: Tensor) => x, tensor(1)).gradient(3),
    released,
    () => record((x: Tensor) => x, tensor(1)).replay(zeros([2])),
  ],
} satisfies Readonly<Record<string, readonly (() => unknown)[]>>;

const messages = (calls: readonly (() => unknown)[]): string =>
  calls.map((call) => String(refusalOf(call))).join("\n");

describe("the messages about", () => {
  it("data", () => {
    expect(messages(CALLS.data)).toMatchInlineSnapshot(`
      "ShapeError: tensor: the element at [1] has length 1, but the first of its level has length 2. Give every row the same length.
      ShapeError: tensor: the element at [1] is a number, but the first of its level has length 1. Give every row the same length.
      ShapeError: tensor: the element at [1] has length 1, but the first of its level is a number. Give every row the same length.
      DTypeError: tensor: the value is of type string. Use numbers or booleans.
      DTypeError: tensor: the element at [0, 1] is of type undefined. Use numbers or booleans.
      ShapeError: tensor: data of shape [3] cannot be given shape [2, 2]. Pass flat data with 4 elements, or call \`reshape\`.
      DTypeError: tensor: "float16" is not a dtype. Use one of bool, int32, float32, float64.
      DTypeError: tensor: values stored in DataView have no dtype here. Convert them to numbers in an array or typed array first.
      DTypeError: tensor: values stored in BigInt64Array have no dtype here. Convert them to numbers in an array or typed array first.
      ShapeError: tensor: an ndarray of shape [2, 2] reads positions 0 to 3 of data with 3 elements. Make shape, stride and offset fit the data."
    `);
  });

  it("constructors", () => {
    expect(messages(CALLS.constructors)).toMatchInlineSnapshot(`
      "ShapeError: zeros: 3 is not a shape. Use an array of lengths, such as [2, 3], or [] for a scalar.
      ShapeError: zeros: [2, -1] is not a shape. Use integers that are 0 or more.
      ShapeError: full: [1.5] is not a shape. Use integers that are 0 or more.
      ShapeError: zeros: shape [1073741824, 1073741824] has more elements than can be counted. Use one with fewer than 2^53.
      ShapeError: eye: [-1, -1] is not a shape. Use integers that are 0 or more.
      ValueError: arange: cannot count from 0 to 5 in steps of 0. Use finite numbers and a step that is not 0.
      ValueError: linspace: cannot make -1 numbers. Use an integer that is 0 or more.
      ValueError: linspace: cannot divide the way from 0 to Infinity. Use finite numbers."
    `);
  });

  it("broadcasting", () => {
    expect(messages(CALLS.broadcasting)).toMatchInlineSnapshot(`
      "ShapeError: add: cannot broadcast shapes [32, 10] and [32]: the last axes have sizes 10 and 32. To add one value per row, reshape the second operand to [32, 1].
      ShapeError: add: cannot broadcast shapes [2, 3] and [4]: the last axes have sizes 3 and 4. Sizes must be equal, or one of them 1: reshape or transpose one operand.
      ShapeError: add: cannot broadcast shapes [2, 1, 3] and [4, 5, 3]: axis -3 has sizes 2 and 4. Sizes must be equal, or one of them 1: reshape or transpose one operand.
      ShapeError: broadcastTo: shape [2, 3] does not stretch to [3]: it would have to shrink. Reduce it instead, or swap the two.
      ShapeError: where: cannot broadcast shapes [2] and [3]: the last axes have sizes 2 and 3. Sizes must be equal, or one of them 1: reshape or transpose one operand."
    `);
  });

  it("axes", () => {
    expect(messages(CALLS.axes)).toMatchInlineSnapshot(`
      "AxisError: sum: axis 2 does not exist in shape [64, 10], which has rank 2. Use an axis from -2 to 1.
      AxisError: softmax: axis -1 does not exist in shape [], which has rank 0. A scalar has no axes: leave the option out, or give it one with \`reshape(x, [1])\`.
      AxisError: sum: axes [0, -2] name axis 0 twice. Name each axis once.
      AxisError: transpose: permutation [0] does not name each axis of shape [2, 3] once. List the axes from 0 to 1 in their new order.
      AxisError: expandDims: a new axis of shape [2, 3] cannot stand at 4. Use a place from -3 to 2.
      AxisError: stack: a new axis of shape [2, 3] cannot stand at -4. Use a place from -3 to 2."
    `);
  });

  it("shapes", () => {
    expect(messages(CALLS.shapes)).toMatchInlineSnapshot(`
      "ShapeError: reshape: shape [2, 3] has 6 elements, which do not fit [4]. Use lengths whose product is 6.
      ShapeError: reshape: shape [2, 3] has 6 elements, which do not fit [4, -1]. Use lengths whose product is 6.
      ShapeError: reshape: [-1, -1] is not a shape. Use integers that are 0 or more, and -1 at most once.
      ShapeError: reshape: [2.5] is not a shape. Use integers that are 0 or more.
      ShapeError: squeeze: axis 0 of shape [2, 3] has size 2, not 1. Squeeze axes of size 1 only, or reduce this one.
      ShapeError: concatenate: there is nothing to put together. Pass at least one tensor.
      ShapeError: concatenate: shapes [2, 3] and [2, 2] differ outside axis 0. Make all other lengths equal.
      ShapeError: stack: there is nothing to put together. Pass at least one tensor.
      ShapeError: stack: shapes [2] and [3] differ. Give all tensors one shape.
      ShapeError: slice: [0] does not fit shape [2, 3], which has rank 2. Give one entry for each axis.
      ValueError: slice: along axis 1, which has length 3, 3 elements from 1 in steps of 1 do not exist. Choose integers that stay inside the axis, and a step that is not 0.
      ShapeError: pad: [0] before and [0, 0] after do not fit shape [2, 3], which has rank 2. Give one entry for each axis.
      ValueError: pad: cannot put 0.5 elements beside an axis. Use integers; negative ones are cut off.
      ShapeError: item: shape [2, 3] has 6 elements, not one. Use \`toArray()\` or reduce it first."
    `);
  });

  it("products", () => {
    expect(messages(CALLS.products)).toMatchInlineSnapshot(`
      "ShapeError: matMul: cannot multiply shapes [2, 3] and [2, 3]: the inner sizes are 3 and 2. They must be equal: transpose one operand.
      ShapeError: matMul: cannot multiply shapes [] and [2, 3]: a scalar is not a matrix. Use \`mul\`.
      ShapeError: matMul: cannot multiply shapes [2, 4, 5] and [3, 5, 6]: their leading axes [2] and [3] do not broadcast. Make them equal, or 1."
    `);
  });

  it("indices", () => {
    expect(messages(CALLS.indices)).toMatchInlineSnapshot(`
      "DTypeError: gather: indices must be int32 but are float32. Convert first: \`cast(indices, "int32")\`.
      ShapeError: takeAlongAxis: indices of shape [1, 1] do not fit shape [3] along axis 0. Use as many axes, and lengths that are not larger outside of that axis.
      ValueError: gather: index 3 at position 1 is outside an axis of length 3. Use indices from 0 to 2.
      ValueError: gather: index 0 at position 0 is outside an axis of length 0. An empty axis has nothing to choose: leave the indices empty too.
      ShapeError: scatterAdd: updates of shape [2] have 2 slices along axis 0, but the indices have shape [1]. Give one index for each slice.
      ValueError: scatterAdd: index -1 at position 1 is outside an axis of length 3. Use indices from 0 to 2.
      ValueError: scatterAdd: the result cannot have length -1. Give a size that is an integer of 0 or more.
      ValueError: gather: index 3 at position 0 is outside an axis of length 3. Use indices from 0 to 2."
    `);
  });

  it("windows", () => {
    expect(messages(CALLS.windows)).toMatchInlineSnapshot(`
      "ValueError: conv2d: the option stride is 0. Use an integer of 1 or more, or two: [vertical, horizontal].
      ValueError: conv2d: the option dilation is [1, 2, 3]. Use an integer of 1 or more, or two: [vertical, horizontal].
      ValueError: conv2d: the option padding is "full". Use integers of 0 or more: one, [vertical, horizontal] or [[top, bottom], [left, right]].
      ValueError: conv2d: the option padding is [[0, -1], [0, 0]]. Use integers of 0 or more: one, [vertical, horizontal] or [[top, bottom], [left, right]].
      ValueError: conv2d: the option groups is 1.5. Use an integer of 1 or more.
      ValueError: conv2d: padding "same" is defined for stride 1, not [2, 1]. Give the padding in numbers.
      ShapeError: conv2d: a window of shape [3, 3], which spans [7, 7] under dilation [3, 3], does not fit shape [1, 4, 5, 5], whose last two axes are [5, 5] with padding. Use a window of at least [1, 1] that fits, or more padding.
      ShapeError: conv2d: a window of shape [0, 3], which spans [0, 3] under dilation [1, 1], does not fit shape [1, 4, 5, 5], whose last two axes are [5, 5] with padding. Use a window of at least [1, 1] that fits, or more padding.
      ShapeError: conv2d: x of shape [1, 4, 5, 5] has 4 channels and the weight of shape [6, 4, 3, 3] has 6 outputs of 4 channels each, which does not fit for groups = 2. Make the channels of x equal to those of the weight times groups, and the outputs a multiple of groups.
      ShapeError: conv2d: images of shape [4, 5] and a weight of shape [6, 4, 3, 3] are not both of rank 4. Reshape them to [images, channels, height, width] and [outputs, channels / groups, height, width].
      ShapeError: conv2d: images of shape [1, 4, 5, 5] and a weight of shape [6, 4, 3] are not both of rank 4. Reshape them to [images, channels, height, width] and [outputs, channels / groups, height, width].
      ShapeError: convTranspose2d: x of shape [1, 4, 5, 5] has 4 channels and the weight of shape [6, 4, 3, 3] takes 6, which does not fit for groups = 1. Make both equal, and a multiple of groups.
      ShapeError: convTranspose2d: x of shape [1, 4, 5, 5] and a weight of shape [4, 1, 3, 3] leave a result of -1 rows and -1 columns after padding. Use less padding, or larger images.
      ValueError: convTranspose2d: outputPadding [1, 2] is not less than stride [2, 2] or dilation [1, 1]. Use less, or \`pad\` the result.
      ShapeError: conv2d: the results of all windows have shape [1, 4, 3, 3], but the cotangent has shape [1, 4, 5, 5]. Give one element for each result.
      ValueError: maxPool2d: the option kernelSize is 0. Use an integer of 1 or more, or two: [vertical, horizontal].
      ShapeError: maxPool2d: shape [3] has no planes: windows slide over the last two axes. Reshape to [..., height, width].
      ValueError: maxPool2d: padding [1, 2] is more than half of kernelSize [3, 2]. Use less, so that no window lies on padding alone.
      ShapeError: maxPool2d: window 0 along axis 0 of shape [2, 8] lies on padding alone. Use less padding or dilation, or larger planes.
      ShapeError: avgPool2d: a window of shape [6, 6], which spans [6, 6] under dilation [1, 1], does not fit shape [1, 4, 5, 5], whose last two axes are [5, 5] with padding. Use a window of at least [1, 1] that fits, or more padding.
      DTypeError: avgPool2d: expected a floating dtype but got int32. Convert first: \`avgPool2d(cast(x, "float32"))\`.
      DTypeError: takeFromPlanes: positions must be int32 but are float32. Convert first: \`cast(indices, "int32")\`.
      ShapeError: takeFromPlanes: planes of shape [1, 4, 5, 5] and positions of shape [1, 1, 1, 1] have leading axes [1, 4] and [1, 1]. Make them equal: every plane has positions of its own.
      ValueError: takeFromPlanes: index 4 at position 0 is outside an axis of length 4. Use indices from 0 to 3.
      ShapeError: addToPlanes: updates of shape [1, 2] and positions of shape [1, 1] differ. Give one position for each element."
    `);
  });

  it("empty reductions", () => {
    expect(messages(CALLS["empty reductions"])).toMatchInlineSnapshot(`
      "ShapeError: max: shape [2, 0] has no elements along axes [1], which leaves max without a value. Reduce axes whose size is at least 1.
      ShapeError: mean: shape [0] has no elements along axes [0], which leaves mean without a value. Reduce axes whose size is at least 1.
      ShapeError: logSumExp: shape [2, 0] has no elements along axes [1], which leaves logSumExp without a value. Reduce axes whose size is at least 1.
      ShapeError: argMax: shape [0] has no elements along axes [0], which leaves argMax without a value. Reduce axes whose size is at least 1.
      ShapeError: variance: shape [0, 2] has no elements along axes [0], which leaves variance without a value. Reduce axes whose size is at least 1.
      ValueError: variance: a count of 1 with a correction of 1 leaves nothing to divide by. Use more values, or \`correction: 0\`."
    `);
  });

  it("dtypes", () => {
    expect(messages(CALLS.dtypes)).toMatchInlineSnapshot(`
      "DTypeError: sqrt: expected a floating dtype but got int32. Convert first: \`sqrt(cast(x, "float32"))\`.
      DTypeError: mean: expected a floating dtype but got bool. Convert first: \`mean(cast(x, "float32"))\`.
      DTypeError: cast: "int64" is not a dtype. Use one of bool, int32, float32, float64.
      DTypeError: where: the condition must be bool but is float32. Compare first, as in \`notEqual(x, 0)\`.
      DTypeError: sin: expected a tensor but got a value of type array. Make one with \`tensor(…)\`.
      DTypeError: add: expected a tensor but got a value of type null. Make one with \`tensor(…)\`."
    `);
  });

  it("primitives that are bound directly", () => {
    expect(messages(CALLS.primitives)).toMatchInlineSnapshot(`
      "ShapeError: add: the primitive expects equal shapes but got [2] and [3]. Broadcast first, or call the function \`add\`, which does.
      DTypeError: add: the primitive expects equal dtypes but got float32 and int32. Cast first, or call the function \`add\`, which promotes.
      DTypeError: concatenate: the primitive expects equal dtypes but got float32 and int32. Cast first, or call the function \`concatenate\`, which promotes.
      ShapeError: broadcastTo: the primitive stretches axes of size 1 at equal rank, not [2] to [3, 2]. Reshape first, or call the function \`broadcastTo\`, which does."
    `);
  });

  it("random draws", () => {
    expect(messages(CALLS.random)).toMatchInlineSnapshot(`
      "ValueError: randomKey: 0.5 is no seed. Use an integer between -2^53 and 2^53.
      ValueError: splitKey: cannot make -1 keys. Use an integer that is 0 or more.
      DTypeError: uniform: expected a random key, int32[2], but got float32[2]. Make one with \`randomKey(seed)\`.
      ValueError: uniform: cannot draw between 2 and 1. Use finite bounds, the smaller one as \`min\`.
      DTypeError: normal: cannot draw int32. Use float32 or float64.
      ValueError: bernoulli: 1.1 is no probability. Use a number from 0 to 1.
      ValueError: permutation: cannot permute 2.5 items. Use an integer that is 0 or more."
    `);
  });

  it("compiling", () => {
    expect(messages(CALLS.compiling)).toMatchInlineSnapshot(
      `"ValueError: compile: threads is 0, which is no number of threads. Use an integer of 1 or more."`,
    );
  });

  it("reading tensors", () => {
    expect(messages(CALLS["reading tensors"])).toMatchInlineSnapshot(`
      "DTypeError: tensor: JavaScript operators do not work on tensors. Call their methods instead, or \`x.item()\` for the number.
      ValueError: toArray: a tensor of shape [2] has no numbers while a function is compiled or traced without data. Return it, and read it outside; choose between values by an operation, not by an if."
    `);
  });

  it("variables and their scopes", () => {
    expect(messages(CALLS.variables)).toMatchInlineSnapshot(`
      "ShapeError: assign: variable weight holds float32[] but was given float32[1]. Cast or reshape the value first.
      DTypeError: assign: expected a tensor but got a value of type number. Make one with \`tensor(…)\`.
      GradientError: Variable: weight was made of a value that is being recorded, which would outlive its recording. Make variables outside, and \`assign\` inside.
      GradientError: transaction: the function returned a Promise, and what it does later cannot be recorded. Await the data first, and pass a function that is not async.
      GradientError: record: the function returned a Promise, and what it does later cannot be recorded. Await the data first, and pass a function that is not async."
    `);
  });

  it("arguments of transforms", () => {
    expect(messages(CALLS.arguments)).toMatchInlineSnapshot(`
      "ValueError: grad: there is no argument 1 among the 1 given, counted from 0. Choose one that is passed.
      GradientError: grad: argument 0 is a number, not a tensor. Use tensors, in arrays and plain objects if several, and close over everything else.
      GradientError: record: argument 0 at [0].w is undefined, not a tensor. Use tensors, in arrays and plain objects if several, and close over everything else.
      GradientError: record: argument 0 is an object of class Variable, not a tensor. Use tensors, in arrays and plain objects if several, and close over everything else.
      DTypeError: grad: argument 0 at .w is int32, which has no derivative. Close over it instead of passing it, or cast it to a floating dtype.
      DTypeError: vjp: argument 0 at [0] is int32, which has no derivative. Close over it instead of passing it, or cast it to a floating dtype.
      DTypeError: jvp: primal 0 is int32, which has no derivative. Close over it instead of passing it, or cast it to a floating dtype."
    `);
  });

  it("results of functions", () => {
    expect(messages(CALLS.results)).toMatchInlineSnapshot(`
      "GradientError: grad: the function returned shape [32], but only a scalar has a gradient. Reduce it, for example with \`mean(y)\`, or call \`vjp(f, x)\` with a cotangent of shape [32].
      GradientError: grad: the function returned 2 tensors in an array or object, but only a scalar has a gradient. Return the one number to differentiate, or call \`vjp(f, x)\` with a cotangent in that nesting.
      GradientError: grad: the function returned int32, which has no derivative. Compute it in float32 or float64.
      GradientError: record: the result is undefined, not a tensor. Return tensors, in arrays and plain objects if several.
      GradientError: record: the result at .loss is a number, not a tensor. Return tensors, in arrays and plain objects if several."
    `);
  });

  it("cotangents and tangents", () => {
    expect(messages(CALLS.cotangents)).toMatchInlineSnapshot(`
      "GradientError: pullback: the cotangent at .y is float32[1] but must be float32[]. Cast or reshape it.
      GradientError: pullback: the cotangent at .y is missing. Use the nesting of the values they belong to.
      GradientError: pullback: got 1 tensor for the cotangent instead of 2. Use the nesting of the values they belong to.
      GradientError: pullback: the cotangent is a number, not a tensor. Use tensors, in arrays and plain objects if several.
      GradientError: jvp: tangent 0 is float32[1] but must be float32[]. Cast or reshape it.
      GradientError: jvp: got 1 tensor for the tangents instead of 2. Use the nesting of the values they belong to."
    `);
  });

  it("compiled functions", () => {
    const places = / at \S+messages\.test\.ts:\d+:\d+/g;
    expect(messages(CALLS.compile).replaceAll(places, " at <line>")).toMatchInlineSnapshot(`
      "CompileError: compile: argument [0] is a function, which has no signature. Close over it, or pass tensors, numbers, texts, in arrays and plain objects.
      ValueError: item: a tensor of shape [] has no numbers while a function is compiled or traced without data. Return it, and read it outside; choose between values by an operation, not by an if.
      GradientError: compile: the result at .loss is a number, not a tensor. Return tensors, in arrays and plain objects if several.
      GradientError: compile: the function returned a Promise, and what it does later cannot be recorded. Await the data first, and pass a function that is not async.
      ValueError: gather: index 2 at position 0 is outside an axis of length 2. Use indices from 0 to 1.
      NonFiniteError: compile: log at <line> gave a float32[2] with a number that is not finite, the first of this step; nothing was assigned. Lower the learning rate, or keep what it is given in its range.
      NonFiniteError: compile: tensor 0 of the arguments, a float32[2], holds a number that is not finite; nothing was assigned. Check it before the step.
      NonFiniteError: compile: variable scale, a float32[], holds a number that is not finite; nothing was assigned. Check it before the step."
    `);
  });

  it("tapes", () => {
    expect(messages(CALLS.tapes)).toMatchInlineSnapshot(`
      "GradientError: gradient: the function returned shape [2], but only a scalar has a gradient. Reduce it, for example with \`mean(y)\`, or pass the option \`cotangent\` of shape [2].
      GradientError: gradient: the function returned a tensor in an array or object, but only a scalar has a gradient. Return the one number to differentiate, or pass the option \`cotangent\` in that nesting.
      GradientError: gradient: the cotangent is float32[1] but must be float32[]. Cast or reshape it.
      GradientError: gradient: a float32[] was given that is no input of this tape. Use \`tape.inputs\` or variables.
      GradientError: gradient: what stands at .w is neither a variable nor a tensor. Pass variables or \`tape.inputs\`, in arrays or plain objects.
      GradientError: gradient: what stands at the top is neither a variable nor a tensor. Pass variables or \`tape.inputs\`, in arrays or plain objects.
      GradientError: gradient: an earlier call released what this tape needs for its derivative. Pass \`{ retain: true }\` to that call to keep it.
      GradientError: replay: argument 0 is float32[2] but must be float32[]. Cast or reshape it."
    `);
  });
});

interface Area {
  readonly calls: readonly (() => unknown)[];
  /** The messages, a line each. */
  readonly text: string;
}

const folder = new URL("./messages/", import.meta.url);
const areas: Record<string, Area> = {};
for (const name of readdirSync(folder)) {
  areas[name.replace(".ts", "")] = (await import(new URL(name, folder).href)) as Area;
}

describe("messages of an area", () => {
  it.each(Object.entries(areas))("are those of %s", (_, { calls, text }) => {
    expect(messages(calls)).toBe(text.trim());
  });
});

describe("a message", () => {
  const calls = [...Object.values(CALLS), ...Object.values(areas).map((area) => area.calls)];
  const errors = calls.flat().map((call) => refusalOf(call));

  it("is a fact and a remedy: two sentences", () => {
    for (const { message } of errors) {
      expect(message).toMatch(/^[\w.]+: .+[^.]\. [A-Z`].+\.$/);
    }
  });

  it("begins with the name of the function that was called", () => {
    for (const { message, op } of errors) expect(message.startsWith(`${op}: `)).toBe(true);
  });

  it("holds no value that JavaScript could not print", () => {
    for (const { message } of errors) expect(message).not.toMatch(/\[object |=> |NaN/);
  });

  it("is among those above, wherever in the source it is made", () => {
    const source = fileURLToPath(new URL("../src/", import.meta.url));
    const files = readdirSync(source, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".ts") && !path.startsWith("testing/"));
    const places = files.flatMap((path) => {
      const lines = readFileSync(`${source}${path}`, "utf8").split("\n");
      return lines.flatMap((line, i) =>
        /\bnew (Shape|Axis|DType|Value|Gradient|Compile|NonFinite|Format)Error\(/.test(line)
          ? [`${path}:${i + 1}`]
          : [],
      );
    });

    const reached = new Set(
      errors.map(({ stack }) => /src\/(\S+?:\d+):\d+/.exec(stack ?? "")?.[1]),
    );

    expect(places.filter((place) => !reached.has(place))).toEqual([]);
    expect(places.length).toBeGreaterThan(60);
  });
});
