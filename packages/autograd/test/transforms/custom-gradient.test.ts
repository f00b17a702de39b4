import {
  checkpoint,
  compile,
  cos,
  customGradient,
  exp,
  grad,
  GradientError,
  hvp,
  jacobian,
  jvp,
  log,
  memoryOf,
  mul,
  record,
  sigmoid,
  sin,
  stack,
  stopGradient,
  sum,
  type Tensor,
  tensor,
  Variable,
  vjp,
  vmap,
} from "@tapegrad/autograd";
import { gradcheck } from "@tapegrad/autograd/testing";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";
import { alive, watch } from "./alive.ts";

const wide = (values: number | readonly number[]): Tensor => tensor(values, { dtype: "float64" });

/** log(1 + eˣ), whose value overflows where its derivative is known. */
const log1pExp = customGradient((x: Tensor) => log(exp(x).add(1)), {
  residuals: [0],
  vjp: (cotangent, { primals: [x] }) => [mul(cotangent, sigmoid(x))],
  jvp: ([tangent], { primals: [x] }) => mul(sigmoid(x), tangent),
});

/** x², whose derivative is said to be 10 x: what uses the rule shows it. */
const tenfold = customGradient((x: Tensor) => x.mul(x), {
  residuals: [0],
  vjp: (cotangent, { primals: [x] }) => [cotangent.mul(x).mul(10)],
  jvp: ([tangent], { primals: [x] }) => tangent.mul(x).mul(10),
});

describe("a custom gradient", () => {
  it("is what its rules say, in both modes", () => {
    expect(grad(tenfold)(tensor(3)).item()).toBe(30);
    expect(jvp(tenfold, [tensor(3)], [tensor(2)]).tangent.item()).toBe(60);
    expect(
      vjp(tenfold, tensor([1, 2]))
        .pullback(tensor([1, 1]))[0]
        .toArray(),
    ).toEqual([10, 20]);
    expect(jacobian(tenfold, { mode: "forward" })(tensor([1, 2])).toArray()).toEqual([[10, 0], [0, 20]]); // biome-ignore format: one matrix
    const tape = record((x: Tensor) => tenfold(x), tensor(3));
    expect(tape.gradient(tape.inputs)[0].item()).toBe(30);
    expect(tenfold(tensor(3)).item()).toBe(9);
  });

  it("is differentiated further, by its rules' operations", () => {
    const cube = (x: Tensor): Tensor => tenfold(x).mul(x);

    // (x² · x)' = 10 x · x + x²; of that: 20 x + 10 x
    expect(grad(cube)(wide(3)).item()).toBe(99);
    expect(grad((x: Tensor) => grad(cube)(x))(wide(3)).item()).toBe(90);
    expect(hvp(cube, [wide(3)], [wide(2)]).product[0].item()).toBe(180);
    expect(grad((x: Tensor) => jvp(cube, [x], [wide(1)]).tangent)(wide(3)).item()).toBe(90);
  });

  it("is right at every order where its rules are", () => {
    const x = wide([-2, 0.3, 1.5]);

    const report = gradcheck((a) => log1pExp(a), [x], { order: 3, seed: 3 });

    expect(report.ok, String(report)).toBe(true);
    expect(grad(log1pExp)(wide(1000)).item()).toBe(1);
  });

  it("uses the output, which is differentiated by the rules again", () => {
    const root = customGradient((x: Tensor) => x.sqrt(), {
      residuals: ["output"],
      vjp: (cotangent, { output, primals: [x] }) => {
        expect(x).toBeUndefined();
        return [cotangent.div(output).mul(0.5)];
      },
    });
    const second = grad((x: Tensor) => grad(root)(x));

    expect(second(wide(4)).item()).toBe(-0.25 / 8);
    expect(grad((x: Tensor) => second(x))(wide(4)).item()).toBe(0.375 / 32);
  });

  it("takes and returns nestings, and integers without a derivative", () => {
    const scaled = customGradient(
      ({ x, n }: { x: Tensor; n: Tensor }, w: Tensor) => ({ y: x.mul(w), n: n.add(1) }),
      {
        residuals: [1],
        vjp: ({ y, n }, { primals: [, w] }) => {
          expect(n.dtype).toBe("int32");
          return [{ x: y.mul(w), n }, null];
        },
        jvp: ([{ x, n }, w]) => ({ y: x.add(w), n }),
      },
    );
    const n = tensor(1, { dtype: "int32" });
    const f = (x: Tensor, w: Tensor) => scaled({ x, n }, w);
    const { output, pullback } = vjp(f, tensor(2), tensor(5));

    expect(output.n.item()).toBe(2);
    expect(pullback({ y: tensor(1), n }).map((c) => c.item())).toEqual([5, 0]);
    expect(jvp(f, [tensor(2), tensor(5)], [tensor(1), tensor(3)]).tangent.y.item()).toBe(4);
  });

  it("runs the function once, and its operations in replays and compiled programs", () => {
    let runs = 0;
    const f = customGradient(
      (x: Tensor) => {
        runs++;
        return sin(x);
      },
      { vjp: (c, { primals: [x] }) => [c.mul(x)] },
    );
    const tape = record((x: Tensor) => f(x), tensor(1));

    expect(tape.replay(tensor(0)).item()).toBe(0);
    expect(runs).toBe(1);
    expect(compile((x: Tensor) => grad(f)(x))(tensor(7)).item()).toBe(7);
  });

  it("assigns to variables once", () => {
    const count = new Variable(tensor(0));
    const f = customGradient(
      (x: Tensor) => {
        count.assign(count.value.add(1));
        return x;
      },
      { vjp: (c) => [c.mul(2)] },
    );

    expect(grad((x: Tensor) => f(f(x)))(tensor(1)).item()).toBe(4);
    expect(count.value.item()).toBe(2);
  });

  it("keeps what its residuals name", () => {
    const x = tensor(Array.from({ length: 100 }, (_, i) => i));
    const bytes = (residuals: readonly (0 | "output")[]): number => {
      const f = customGradient((a: Tensor) => exp(sin(a)), { residuals, vjp: (c) => [c] });
      const { keptBytes, inputBytes } = memoryOf(record((a: Tensor) => f(a.add(2)).add(1), x));
      return keptBytes - inputBytes;
    };

    // two constants, the result, and what is named
    expect(bytes([])).toBe(8 + 400);
    expect(bytes([0])).toBe(8 + 800);
    expect(bytes(["output"])).toBe(8 + 800);
    expect(bytes([0, "output"])).toBe(8 + 1200);
  });

  it("has let go of what they do not name", async () => {
    const f = customGradient((a: Tensor, b: Tensor) => exp(a).add(sin(b)), {
      residuals: [1],
      vjp: (c, { primals: [, b] }) => [c, c.mul(b)],
    });
    const tape = record((x: Tensor) => {
      const [a, b] = [x.add(1), x.add(2)];
      const y = f(a, b);
      watch("first argument", a);
      watch("second argument", b);
      watch("output", y);
      return sum(y.add(1));
    }, wide([1, 2])); // biome-ignore format: the arguments

    expect(await alive()).toEqual(["second argument"]);
    expect(tape.gradient(tape.inputs)[0].toArray()).toEqual([4, 5]);
  });

  it("may be made inside of a checkpoint, with rules that close over what that computes", () => {
    const f = checkpoint((x: Tensor) => {
      const factor = exp(x);
      return customGradient((y: Tensor) => y.mul(3), { vjp: (c) => [c.mul(factor)] })(x);
    });
    const tape = record((x: Tensor) => f(x), wide(2));

    expect(tape.gradient(tape.inputs)[0].item()).toBe(Math.exp(2));
    expect(grad((x: Tensor) => grad(f)(x))(wide(2)).item()).toBe(Math.exp(2));
  });
});

describe("vmap of a custom gradient", () => {
  // w · sin x, whose derivative is said to be tenfold, from x, w and the output
  const stated = customGradient((x: Tensor, w: Tensor) => sin(x).mul(w), {
    vjp: (c, { primals: [x, w], output }) => [
      cos(x).mul(w).mul(c).mul(10),
      sum(output.div(w).mul(c)).mul(10),
    ],
    jvp: ([tx, tw], { primals: [x, w], output }) =>
      cos(x).mul(w).mul(tx).add(output.div(w).mul(tw)).mul(10),
  });
  const xs = wide([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]] as unknown as number[]); // biome-ignore format: three members
  const w = wide(3);
  const rows = [0, 1, 2].map((i) => xs.at(i).get());
  /** Of products whose factors a program puts in another order. */
  const ROUNDING = 1e-15;
  const shared = (x: Tensor, v: Tensor): Tensor => vmap(stated, { inAxes: [0, null] })(x, v);

  it("is one node, and has the rules of each member", () => {
    const tape = record(shared, xs, w);
    const [xBar, wBar] = tape.gradient(tape.inputs, { cotangent: xs });

    expect(tape.nodes.map(({ primitive }) => primitive.name)).toEqual(["customGradient"]);
    const each = rows.map((x) => vjp(stated, x, w).pullback(x));
    expect(
      distance(
        xBar,
        each.flatMap(([x]) => [...x.toTypedArray()]),
      ),
    ).toBeLessThanOrEqual(ROUNDING);
    expect(wBar.item()).toBeCloseTo(sum(stack(each.map(([, v]) => v))).item(), 13);
  });

  it("pushes forward, also along what members share", () => {
    const { tangent } = jvp((v: Tensor) => shared(xs, v), [w], [wide(2)]);
    const both = jvp(shared, [xs, w], [xs, wide(2)]).tangent;
    const along = (f: (x: Tensor) => Tensor): Tensor => stack(rows.map(f));

    const still = wide([0, 0]);
    expect(distance(tangent, along((x) => jvp(stated, [x, w], [still, wide(2)]).tangent).toTypedArray())).toBeLessThanOrEqual(ROUNDING); // biome-ignore format: one comparison
    expect(distance(both, along((x) => jvp(stated, [x, w], [x, wide(2)]).tangent).toTypedArray())).toBeLessThanOrEqual(ROUNDING); // biome-ignore format: one comparison
  });

  it("nests, to any order", () => {
    const twice = (x: Tensor, v: Tensor): Tensor =>
      vmap((a: Tensor) => vmap((b: Tensor) => sum(stated(b, v)))(a.reshape([2, 1])))(x);
    const second = (f: typeof twice): Tensor => {
      const first = (a: Tensor): Tensor => grad((b: Tensor) => sum(f(b, w)))(a);
      return grad((a: Tensor) => sum(first(a).mul(xs)))(xs);
    };
    const plain = (x: Tensor, v: Tensor): Tensor => stated(x, v);

    expect(twice(xs, w).shape).toEqual([3, 2]);
    expect(distance(second(twice), second(plain).toTypedArray())).toBeLessThan(1e-14);
  });
});

describe("a missing rule", () => {
  const onlyReverse = customGradient((x: Tensor) => sin(x), { vjp: (c) => [c] });
  const onlyForward = customGradient((x: Tensor) => sin(x), { jvp: ([t]) => t });

  it("is missed by the walk that needs it", () => {
    expect(grad(onlyReverse)(tensor(1)).item()).toBe(1);
    expect(jvp(onlyForward, [tensor(1)], [tensor(3)]).tangent.item()).toBe(3);
    expect(refusalOf(() => grad(onlyForward)(tensor(1)))).toBeInstanceOf(GradientError);
    expect(refusalOf(() => jvp(onlyReverse, [tensor(1)], [tensor(1)]))).toBeInstanceOf(
      GradientError,
    );
  });

  it("is not missed where nothing is differentiated by its argument", () => {
    const f = (x: Tensor): Tensor => onlyForward(stopGradient(x)).mul(x);

    expect(grad(f)(wide(0.5)).item()).toBe(Math.sin(0.5));
  });
});

describe("what a function with a custom gradient closes over", () => {
  const by = (stop: (x: Tensor) => Tensor) => (x: Tensor) =>
    customGradient((y: Tensor) => y.mul(stop(x)), { vjp: (c) => [c.mul(7)] })(tensor(2));

  it("is refused if it is differentiated by", () => {
    const refusal = refusalOf(() => grad(by((x) => x))(tensor(3)));

    expect(refusal).toBeInstanceOf(GradientError);
    expect(refusal.message).toContain("Make it an argument");
  });

  it("may pass through stopGradient, and may be a constant of this derivative", () => {
    expect(grad((x: Tensor) => by(stopGradient)(x).mul(x))(tensor(3)).item()).toBe(6);
    const w = new Variable(tensor(5));
    const tape = record((x: Tensor) => {
      return customGradient((y: Tensor) => y.mul(w.value), { vjp: (c) => [c.mul(7)] })(x);
    }, tensor(2)); // biome-ignore format: short

    expect(tape.output.item()).toBe(10);
    expect(tape.gradient(tape.inputs)[0].item()).toBe(7);
  });

  it("may become an argument", () => {
    const f = customGradient((y: Tensor, x: Tensor) => y.mul(x), {
      vjp: (c, { primals: [y, x] }) => [c.mul(x), c.mul(y)],
    });

    expect(distance(grad((x: Tensor) => sum(f(wide([2, 3]), x)))(wide([1, 1])), [2, 3])).toBe(0);
  });
});
