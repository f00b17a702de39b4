/**
 * @file scan, cond and whileLoop in compiled programs: a program calls them, and gives what the function does.
 */
import {
  compile,
  cond,
  grad,
  greater,
  jvp,
  less,
  matMul,
  mul,
  normal,
  randomKey,
  record,
  scan,
  sin,
  splitKey,
  sum,
  tanh,
  type Tensor,
  tensor,
  Variable,
  vmap,
  whileLoop,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";

const wide = (values: unknown): Tensor => tensor(values as readonly number[], { dtype: "float64" });
const [keyX, keyV] = splitKey(randomKey(8), 2);
const xs = normal(keyX, [5, 3], { dtype: "float64" });
const v = normal(keyV, [3, 3], { dtype: "float64" }).mul(0.5);

const network = (xs: Tensor, v: Tensor): Tensor => {
  const step = (h: Tensor, x: Tensor) => [tanh(matMul(h, v).add(x)), sin(h)] as const;
  const [last, ys] = scan(step, xs.at(0).get(), xs);
  return sum(mul(ys, ys)).add(sum(last));
};
const choice = (x: Tensor): Tensor =>
  cond(
    greater(sum(x), 0),
    (y: Tensor) => sum(mul(y, y)),
    (y: Tensor) => sum(sin(y)),
    x,
  );

/** Compiled and not, for the same arguments, twice: a program keeps nothing from call to call. */
function bothWays(f: (...args: readonly Tensor[]) => Tensor, ...args: readonly Tensor[]): void {
  const compiled = compile(f);
  for (const scale of [1, -0.5]) {
    const given = args.map((x) => mul(x, scale));
    expect(distance(compiled(...given), f(...given).toTypedArray())).toBeLessThanOrEqual(1e-13);
  }
}

describe("a compiled program", () => {
  it("calls a scan, its pullback, its tangent and its second derivative", () => {
    bothWays(network, xs, v);
    bothWays((x, w) => grad(network, { argument: 1 })(x, w), xs, v);
    bothWays((x, w) => jvp(network, [x, w], [x, w]).tangent, xs, v);
    bothWays(
      (x, w) => grad((u: Tensor) => sum(sin(grad(network, { argument: 1 })(x, u))))(w),
      xs,
      v,
    );
  });

  it("calls a scan of no steps", () => {
    const none = tensor([], { shape: [0, 3], dtype: "float64" });
    const f = (h: Tensor, x: Tensor): Tensor =>
      sum(scan((a: Tensor, b: Tensor) => [mul(a, b), a], h, x)[0]);

    expect(compile(f)(wide([1, 2, 3]), none).item()).toBe(6);
    expect(compile((h: Tensor) => grad(f)(h, none))(wide([1, 2, 3])).toArray()).toEqual([1, 1, 1]);
  });

  it("chooses by cond, forward and backward", () => {
    bothWays(choice, wide([1, 2]));
    bothWays((x) => grad(choice)(x), wide([1, 2]));
  });

  it("runs a whileLoop until its values say stop", () => {
    bothWays(
      (x) =>
        whileLoop(
          (y: Tensor) => less(sum(y), 100),
          (y) => mul(y, 2).add(1),
          x,
        ),
      wide([1, 2]),
    );
  });

  it("maps them", () => {
    const members = wide([[[1, 2, 3], [0, 1, 0]], [[0, -1, 0.5], [2, 0, 1]]]); // biome-ignore format: rows
    bothWays((x, w) => vmap(network, { inAxes: [0, null] })(x, w), members, v);
    bothWays((x) => vmap(choice)(x), wide([[1, 2], [-3, 1]])); // biome-ignore format: rows
  });

  it("trains through a scan, with variables in its memory", () => {
    const train =
      (weight: Variable) =>
      (x: Tensor): Tensor => {
        const tape = record(() => network(x, weight.value));
        weight.assign(weight.value.sub(tape.gradient(weight).mul(0.05)));
        return tape.output;
      };
    const [eager, compiled] = [new Variable(v), new Variable(v)];
    const [step, program] = [train(eager), compile(train(compiled))];

    for (let i = 0; i < 5; i++) {
      expect(Math.abs(program(xs).item() - step(xs).item())).toBeLessThanOrEqual(1e-12);
    }
    expect(distance(compiled.value, eager.value.toTypedArray())).toBeLessThanOrEqual(1e-12);
  });
});
