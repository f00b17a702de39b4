/**
 * @file vmap. That every primitive is mapped as a loop would map it is a law of testing/laws, so what is here is
 * about whole functions: axes, nestings, other transforms, and how much is done at once.
 */
import {
  add,
  AxisError,
  bind,
  checkpoint,
  compile,
  concatenate,
  conv2d,
  cos,
  customGradient,
  define,
  exp,
  gather,
  grad,
  hessian,
  jacobian,
  jvp,
  matMul,
  mul,
  normal,
  permutation,
  randomKey,
  record,
  recordWith,
  relu,
  scatterAdd,
  ShapeError,
  sin,
  softmax,
  splitKey,
  stack,
  stopGradient,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  ValueError,
  Variable,
  vmap,
  zeros,
} from "@tapegrad/autograd";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { BATCH_RULES } from "../../src/transforms/batch-rules.ts";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const wide = (values: readonly unknown[]): Tensor =>
  tensor(values as readonly number[], { dtype: "float64" });
const ints = (values: readonly unknown[]): Tensor =>
  tensor(values as readonly number[], { dtype: "int32" });
const rows = (x: Tensor): readonly Tensor[] =>
  Array.from({ length: x.shape[0] }, (_, i) => x.at(i).get());
/** What a loop over the first axis gives. */
const loop = (f: (x: Tensor) => Tensor, x: Tensor): Tensor => stack(rows(x).map((row) => f(row)));
const names = (f: (...xs: readonly Tensor[]) => unknown, ...xs: readonly Tensor[]): string[] =>
  record(f, ...xs).nodes.map(({ primitive }) => primitive.name);

const batch = wide([
  [0.3, -0.5, 1],
  [1.2, 0.1, -0.4],
]);
const weight = wide([
  [1, -0.5],
  [0.2, 0.7],
  [-0.3, 0.4],
]);

describe("vmap", () => {
  it("maps over the first axis of every argument", () => {
    const dots = vmap((x: Tensor, y: Tensor) => sum(mul(x, y)));

    expect(dots(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [1, 1]])).toArray()).toEqual([1, 7]); // biome-ignore format: a row
  });

  it("shares what has no axis, and puts members where it is told", () => {
    const f = (x: Tensor, w: Tensor): Tensor => tanh(matMul(x, w));
    const expected = loop((x) => f(x, weight), batch);

    const last = vmap(f, { inAxes: [-1, null], outAxes: 1 })(transpose(batch), weight);

    expect(last.shape).toEqual([2, 2]);
    expect(distance(transpose(last), expected.toTypedArray())).toBeLessThanOrEqual(1e-15);
  });

  it("takes and gives any nesting, with axes for all of it or for its parts", () => {
    const f = ({ x, bias }: { x: Tensor; bias: readonly Tensor[] }) => ({
      shifted: bias.map((b) => add(x, b)),
      bias: bias[0],
    });

    const result = vmap(f, {
      inAxes: [{ x: 0, bias: [null, 1] }],
      outAxes: { shifted: [0, -1], bias: null },
    })({ x: tensor([[1, 2], [3, 4]]), bias: [tensor(10), tensor([[5, 6]])] }); // biome-ignore format: a row

    expect(result.bias.item()).toBe(10);
    expect(result.shifted[0].toArray()).toEqual([[11, 12], [13, 14]]); // biome-ignore format: a row
    expect(result.shifted[1].toArray()).toEqual([[6, 9], [7, 10]]); // biome-ignore format: a row
  });

  it("repeats a result that is the same for all members", () => {
    expect(vmap((_: Tensor) => tensor([7, 8]))(tensor([1, 2, 3])).toArray()).toEqual(
      Array(3).fill([7, 8]),
    );
  });

  it("gives empty results for no members", () => {
    const f = (x: Tensor): Tensor => softmax(matMul(x, weight));

    expect(vmap(f)(zeros([0, 3], { dtype: "float64" })).shape).toEqual([0, 2]);
  });

  it("runs the function once, on the shapes of one member", () => {
    const seen: unknown[] = [];
    vmap((x: Tensor) => {
      seen.push(x.shape);
      return x;
    })(batch);

    expect(seen).toEqual([[3]]);
  });

  it("does at once what it can: a layer is as many operations as for one member", () => {
    const layer = (x: Tensor, w: Tensor): Tensor => tanh(matMul(x.reshape([1, 3]), w));

    const mapped = names((x, w) => vmap(layer, { inAxes: [0, null] })(x, w), batch, weight);

    expect(mapped).toEqual(["reshape", "reshape", "matMul", "reshape", "tanh"]);
  });

  it("computes what no member differs in once, and outside of itself", () => {
    const f = (x: Tensor, w: Tensor): Tensor => sum(mul(x, exp(w)));

    const tape = record((x, w) => vmap(f, { inAxes: [0, null] })(x, w), batch, batch.at(0).get());

    const exps = tape.nodes.filter(({ primitive }) => primitive.name === "exp");
    expect(exps.map(({ resultAvals: [y] }) => y.shape)).toEqual([[3]]);
  });

  it("computes nothing that no result depends on", () => {
    const slope = grad((x: Tensor) => sum(sin(x)));

    expect(names((x) => vmap(slope)(x), batch)).toEqual(["cos", "mul"]);
  });

  it("records nothing about the one member on the tapes around it", () => {
    const tape = record((x: Tensor) => vmap((y: Tensor) => mul(y, sum(x)))(x), batch);

    const products = tape.nodes.filter(({ primitive }) => primitive.name === "mul");
    expect(products.map(({ resultAvals: [y] }) => y.shape)).toEqual([[2, 3]]);
    expect(tape.replay(batch.mul(2)).toArray()).toEqual(
      loop((y) => mul(y, sum(batch.mul(2))), batch.mul(2)).toArray(),
    );
  });

  it("has the lines of the operations that it maps", () => {
    const tape = recordWith(
      { sourceLines: true },
      (x: Tensor) => vmap((y: Tensor) => sin(y))(x),
      batch,
    );

    expect(
      tape.nodes.map(({ origin }) => origin?.line?.replace(/^.*\/(.*):\d+:\d+$/, "$1")),
    ).toEqual(["vmap.test.ts"]);
  });
});

describe("vmap and derivatives", () => {
  const loss = (w: Tensor, x: Tensor): Tensor => sum(sin(matMul(x, w)).mul(exp(x.at(0).get())));

  it("gives the gradient of every member", () => {
    const perSample = vmap(grad(loss), { inAxes: [null, 0] })(weight, batch);

    const expected = loop((x) => grad(loss)(weight, x), batch);
    expect(perSample.shape).toEqual([2, 3, 2]);
    expect(distance(perSample, expected.toTypedArray())).toBeLessThanOrEqual(1e-15);
  });

  it("is differentiated in reverse and forward mode, to the second order", () => {
    const mapped = (w: Tensor): Tensor => sum(vmap(loss, { inAxes: [null, 0] })(w, batch));
    const looped = (w: Tensor): Tensor => sum(loop((x) => loss(w, x), batch));

    for (const [a, b] of [
      [grad(mapped)(weight), grad(looped)(weight)],
      [hessian(mapped)(weight), hessian(looped)(weight)],
      [jvp(mapped, [weight], [weight]).tangent, jvp(looped, [weight], [weight]).tangent],
    ]) {
      expect(distance(a, b.toTypedArray())).toBeLessThanOrEqual(1e-14);
    }
  });

  it("nests, and maps over other transforms", () => {
    const f = (x: Tensor, y: Tensor): Tensor => sin(mul(x, y));
    const table = vmap(vmap(f, { inAxes: [null, 0] }), { inAxes: [0, null] });
    const [x, y] = [wide([1, 2]), wide([3, 4, 5])];

    expect(distance(table(x, y), sin(mul(x.reshape([2, 1]), y)).toTypedArray())).toBe(0);
    const slopes = vmap((z: Tensor) => jvp(sin, [z], [mul(z, 0).add(1)]).tangent)(y);
    expect(distance(slopes, cos(y).toTypedArray())).toBe(0);
    const jacobians = vmap(jacobian((z: Tensor) => sin(z)))(batch);
    expect(
      distance(
        jacobians,
        loop(
          jacobian((z: Tensor) => sin(z)),
          batch,
        ).toTypedArray(),
      ),
    ).toBe(0);
    const curvatures = vmap(hessian((z: Tensor) => sum(sin(z))))(batch);
    expect(distance(sum(curvatures, { axes: 2 }), sin(batch).mul(-1).toTypedArray())).toBe(0);
  });

  it("keeps a stopGradient, and a derivative that is not that of the kernel", () => {
    const reversed: typeof doubling = { ...doubling, kernel: () => ({ kind: "view", transform: { type: "stretch", shape: [3] } }) }; // biome-ignore format: a row
    const f = (x: Tensor): Tensor => sum(mul(x, stopGradient(x)));

    expect(vmap(grad(f))(batch).toArray()).toEqual(batch.toArray());
    for (const primitive of [doubling, reversed]) {
      const slopes = grad((x: Tensor) => sum(vmap((y: Tensor) => bind(primitive, [y], null))(x)));
      expect(slopes(batch).toArray()).toEqual([[2, 2, 2], [2, 2, 2]]); // biome-ignore format: a row
    }
  });

  /** The identity, which says that its derivative is 2. */
  const doubling = define.custom({
    name: "doubling",
    arity: 1,
    domain: [{ min: -3, max: 3 }],
    cases: [{ params: null }],
    residuals: [],
    abstractEval: ([x]) => x,
    kernel: (_, [x]) => ({
      kind: "view" as const,
      transform: { type: "reshape" as const, shape: x.shape },
    }),
    vjp: ([c]) => [c && mul(c, 2)],
    jvp: ([t]) => [t && mul(t, 2)],
  });

  it("maps a checkpoint as one checkpoint", () => {
    const block = checkpoint((x: Tensor) => sum(sin(matMul(x, weight))));
    const tape = record((x: Tensor) => vmap(block)(x), batch);

    expect(tape.nodes.map(({ primitive }) => primitive.name)).toEqual(["checkpoint"]);
    expect(tape.output.toArray()).toEqual(rows(batch).map((x) => block(x).item()));
    const found = vmap(grad(block))(batch);
    expect(distance(found, loop(grad(block), batch).toTypedArray())).toBeLessThanOrEqual(1e-15);
  });

  it("keeps a gradient that a function states", () => {
    const stated = customGradient((x: Tensor) => sum(sin(x)), {
      residuals: [0],
      vjp: (c, { primals: [x] }) => [mul(x, c).mul(3)],
    });

    expect(vmap(grad(stated))(batch).toArray()).toEqual(batch.mul(3).toArray());
    expect(grad((x: Tensor) => sum(vmap(stated)(x)))(batch).toArray()).toEqual(
      batch.mul(3).toArray(),
    );
  });

  it("gives the gradient of every member of a convolution's weight", () => {
    const kernel = wide([[[[0.5, -1]]], [[[0.25, 2]]]]);
    const images = wide([[[[1, 2, 3]]], [[[-1, 0, 2]]]]);
    const f = (w: Tensor, image: Tensor): Tensor => sum(relu(conv2d(image, w)));

    const perSample = vmap(grad(f), { inAxes: [null, 0] })(kernel, images);

    const expected = loop((image) => grad(f)(kernel, image), images);
    expect(distance(perSample, expected.toTypedArray())).toBe(0);
  });
});

describe("vmap of what chooses or draws", () => {
  it("draws for every member with a key of its own", () => {
    const keys = splitKey(randomKey(7), 3);
    const all = stack(keys);

    expect(vmap((key: Tensor) => normal(key, [4]))(all).toArray()).toEqual(
      keys.map((key) => normal(key, [4]).toArray()),
    );
    expect(vmap((key: Tensor) => permutation(key, 5))(all).toArray()).toEqual(
      keys.map((key) => permutation(key, 5).toArray()),
    );
  });

  it("takes for every member elements of its own", () => {
    const indices = ints([[2, 0], [1, 1]]); // biome-ignore format: a row

    expect(vmap((x: Tensor, i: Tensor) => gather(x, i))(batch, indices).toArray()).toEqual([
      [1, 0.3],
      [0.1, 0.1],
    ]);
  });

  it("refuses an index that only another member has", () => {
    const take = vmap((x: Tensor, i: Tensor) => gather(x, i));
    const put = vmap((x: Tensor, i: Tensor) => scatterAdd(x, i, { size: 3 }));

    for (const wrong of [3, -1]) {
      const indices = ints([[0, wrong, 0], [0, 0, 0]]); // biome-ignore format: a row
      expect(refusalOf(() => take(batch, indices))).toBeInstanceOf(ValueError);
      expect(refusalOf(() => put(batch, indices))).toBeInstanceOf(ValueError);
    }
  });

  it("puts parts together for every member", () => {
    const f = (x: Tensor): Tensor => concatenate([x, x.mul(2), tensor([0], { dtype: "float64" })]);

    expect(vmap(f)(batch).toArray()).toEqual(loop(f, batch).toArray());
    expect(names((x) => vmap(f)(x), batch)).toContain("concatenate");
  });
});

describe("vmap and its surroundings", () => {
  it("reads variables, and assigns what all members agree on", () => {
    const variable = new Variable(tensor(3));
    const f = (x: Tensor): Tensor => {
      variable.assign(variable.value.add(1));
      return mul(x, variable.value);
    };

    expect(vmap(f)(tensor([1, 2])).toArray()).toEqual([4, 8]);
    expect(variable.value.item()).toBe(4);
    const tape = record((x: Tensor) => sum(vmap(f)(x)), tensor([1, 2]));
    expect(tape.gradient(variable).item()).toBe(3);
  });

  it("assigns nothing where members differ, or the function throws", () => {
    const variable = new Variable(tensor(3));
    const count = new Variable(tensor(0));
    const assigning = (x: Tensor): Tensor => {
      count.assign(count.value.add(1));
      variable.assign(x);
      return x;
    };

    expect(refusalOf(() => vmap(assigning)(tensor([1, 2])))).toBeInstanceOf(ValueError);
    expect([variable, count].map(({ value }) => value.item())).toEqual([3, 0]);
  });

  it("has no numbers inside: values are chosen by operations", () => {
    const f = (x: Tensor): Tensor => (x.item() > 0 ? x : x.mul(2));

    expect(refusalOf(() => vmap(f)(tensor([1, 2])))).toBeInstanceOf(ValueError);
  });

  it("runs compiled", () => {
    const f = (w: Tensor, x: Tensor): Tensor => sum(sin(matMul(x, w)));
    const perSample = vmap(grad(f), { inAxes: [null, 0] });

    const found = compile(perSample)(weight, batch);

    expect(distance(found, perSample(weight, batch).toTypedArray())).toBeLessThanOrEqual(1e-12);
  });

  it("refuses axes that do not fit", () => {
    const f = (x: Tensor, y: Tensor): Tensor => add(x, y);

    expect(refusalOf(() => vmap(f)(batch, weight))).toBeInstanceOf(ShapeError);
    expect(refusalOf(() => vmap(f, { inAxes: 2 })(batch, batch))).toBeInstanceOf(AxisError);
    expect(refusalOf(() => vmap(f, { inAxes: [null, null] })(batch, batch))).toBeInstanceOf(
      ValueError,
    );
    expect(refusalOf(() => vmap(f, { inAxes: [0] })(batch, batch))).toBeInstanceOf(ValueError);
    expect(refusalOf(() => vmap(f, { outAxes: null })(batch, batch))).toBeInstanceOf(ValueError);
  });
});

describe("docs/vmap.md", () => {
  it("has a row for every kind of kernel", () => {
    const text = readFileSync(new URL("../../../../docs/vmap.md", import.meta.url), "utf8");
    const kinds = [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, kind]) => kind);

    expect(kinds).toEqual(Object.keys(BATCH_RULES));
  });
});
