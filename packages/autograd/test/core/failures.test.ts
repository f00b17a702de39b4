/**
 * The one piece of module-level state is the innermost running scope. A throw in the middle of anything
 * must leave it as it was: nothing is recorded afterwards, and variables read their stored values.
 */
import {
  bind,
  define,
  gather,
  grad,
  GradientError,
  jvp,
  type Primitive,
  record,
  scalarKernel,
  type Tensor,
  tensor,
  transaction,
  valueAndGrad,
  Variable,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { withTape } from "../../src/core/variable.ts";
import { refusalOf } from "../refusal.ts";

type Body = (x: Tensor) => Tensor;

/** Every way to run a function of a tensor, each at `x`. */
const TRANSFORMS = {
  grad: (f: Body, x: Tensor) => grad(f)(x),
  valueAndGrad: (f: Body, x: Tensor) => valueAndGrad(f)(x).gradient,
  vjp: (f: Body, x: Tensor) => vjp(f, x).output,
  jvp: (f: Body, x: Tensor) => jvp(f, [x], [tensor(1)]).tangent,
  record: (f: Body, x: Tensor) => record(f, x).output,
  transaction: (f: Body, x: Tensor) => transaction(() => f(x)),
} satisfies Record<string, (f: Body, x: Tensor) => Tensor>;

const SINGLE = Object.entries(TRANSFORMS);
const PAIRS = SINGLE.flatMap(([outer, runOuter]) => {
  return SINGLE.map(([inner, runInner]) => [inner, outer, runInner, runOuter] as const);
});

const stored = (): Variable => new Variable(tensor(1), { name: "v" });

function expectNothingLeaked(v: Variable): void {
  const x = tensor(2);
  expect(x.mul(3).tape).toBeNull();
  expect(v.value.tape).toBeNull();
  expect(v.value.item()).toBe(1);
  expect(withTape("test", "pass", () => null).tape.level).toBe(0);
  expect(String(record(() => x.mul(v.value)))).toBe(
    "%0 = variable v : float32[]\n%1 = mul(2, %0) : float32[]",
  );
}

/** Reads, assigns, computes, and then fails. */
function failing(v: Variable): Body {
  return (x) => {
    v.assign(v.value.mul(x).add(7));
    throw new Error("planted");
  };
}

describe("a throw in the function", () => {
  it.each(SINGLE)("given to %s leaks nothing", (_, run) => {
    const v = stored();

    expect(() => run(failing(v), tensor(2))).toThrow("planted");

    expectNothingLeaked(v);
  });

  it.each(PAIRS)("given to %s inside %s leaks nothing", (_inner, _outer, runInner, runOuter) => {
    const v = stored();
    const f: Body = (x) => {
      v.assign(v.value.add(x));
      return runInner(failing(v), x);
    };

    expect(() => runOuter(f, tensor(2))).toThrow("planted");

    expectNothingLeaked(v);
  });

  it.each(PAIRS)(
    "given to %s and caught inside %s leaves the outer one at work",
    (_inner, _outer, runInner, runOuter) => {
      const v = stored();
      const survive: Body = (x) => {
        try {
          runInner(failing(v), x);
        } catch {
          // goes on with x²
        }
        return x.mul(x).mul(v.value);
      };
      const square: Body = (x) => x.mul(x).mul(v.value);

      const result = runOuter(survive, tensor(3));

      expect(result.item()).toBe(runOuter(square, tensor(3)).item());
      expectNothingLeaked(v);
    },
  );
});

/** Computes x, and fails where its derivative is asked for. */
const brittlePrimitive: Primitive<null> = define.withPartials({
  name: "brittle",
  arity: 1,
  domain: [{ min: -1, max: 1 }],
  cases: [{ params: null }],
  residuals: [],
  abstractEval: ([x]) => x,
  kernel: () => scalarKernel("abs", 1),
  partials: [
    () => {
      throw new Error("planted");
    },
  ],
});
const brittle = (x: Tensor): Tensor => bind(brittlePrimitive, [x], null);

describe("a throw while a tape is walked", () => {
  it.each([
    ["grad", (f: Body) => grad(f)(tensor(2))],
    ["valueAndGrad", (f: Body) => valueAndGrad(f)(tensor(2))],
    ["jvp", (f: Body) => jvp(f, [tensor(2)], [tensor(1)])],
    ["a pullback", (f: Body) => vjp(f, tensor(2)).pullback(tensor(1))],
    [
      "a gradient of a record",
      (f: Body) => {
        const tape = record(f, tensor(2));
        return tape.gradient(tape.inputs);
      },
    ],
    ["grad inside record", (f: Body) => record((x: Tensor) => grad(f)(x), tensor(2))],
    [
      "jvp inside grad",
      (f: Body) => grad((x: Tensor) => jvp(f, [x], [tensor(1)]).tangent)(tensor(2)),
    ],
    ["grad inside jvp", (f: Body) => jvp((x: Tensor) => grad(f)(x), [tensor(2)], [tensor(1)])],
    [
      "a gradient inside record",
      (f: Body) =>
        record((x: Tensor) => {
          const tape = record(f, x);
          return tape.gradient(tape.inputs)[0];
        }, tensor(2)),
    ],
    [
      "a pullback inside a transaction",
      (f: Body) => transaction(() => vjp(f, tensor(2)).pullback(tensor(1))),
    ],
  ] as const)("by %s leaks nothing", (_, run) => {
    const v = stored();

    expect(() => run((x) => brittle(x.mul(v.value)))).toThrow("planted");

    expectNothingLeaked(v);
  });

  it.each([
    ["grad", (f: Body) => grad(f)(tensor(2))],
    ["valueAndGrad", (f: Body) => valueAndGrad(f)(tensor(2))],
    ["jvp", (f: Body) => jvp(f, [tensor(2)], [tensor(1)])],
  ] as const)("by %s drops what the function had assigned", (_, run) => {
    const v = stored();

    expect(() =>
      run((x) => {
        v.assign(x);
        return brittle(x);
      }),
    ).toThrow("planted");

    expectNothingLeaked(v);
  });

  it("by replay leaks nothing", () => {
    const v = stored();
    const index = new Variable(tensor([0], { dtype: "int32" }));
    const tape = record((x: Tensor) => gather(x, index.value).mul(v.value), tensor([1, 2]));
    index.assign(tensor([5], { dtype: "int32" }));

    const error = refusalOf(() => transaction(() => tape.replay(tensor([1, 2]))));

    expect(error.details).toMatchObject({ index: 5 });
    expectNothingLeaked(v);
  });
});

describe("a result that a transform refuses", () => {
  const bad = {
    vector: () => tensor([1, 2]),
    "no tensor": () => 3 as unknown as Tensor,
    nothing: () => undefined as unknown as Tensor,
  };

  it.each(
    (["grad", "valueAndGrad"] as const).flatMap((name) => {
      return Object.entries(bad).map(([kind, result]) => [name, kind, result] as const);
    }),
  )("drops what the function given to %s assigned: %s", (name, _, result) => {
    const v = stored();
    const f: Body = (x) => {
      v.assign(x);
      return result();
    };

    expect(refusalOf(() => TRANSFORMS[name](f, tensor(2)))).toBeInstanceOf(GradientError);

    expectNothingLeaked(v);
  });

  it.each(["vjp", "jvp", "record"] as const)(
    "drops what the function given to %s assigned",
    (name) => {
      const v = stored();
      const f: Body = (x) => {
        v.assign(x);
        return bad["no tensor"]();
      };

      expect(refusalOf(() => TRANSFORMS[name](f, tensor(2)))).toBeInstanceOf(GradientError);

      expectNothingLeaked(v);
    },
  );
});

describe("an asynchronous function", () => {
  it.each(SINGLE)("is refused by %s, and what it assigned is dropped", async (_, run) => {
    const v = stored();
    let finished: Promise<unknown> = Promise.resolve();
    const f = ((x: Tensor) => {
      const work = async (): Promise<Tensor> => {
        v.assign(x);
        await Promise.resolve();
        return x.mul(v.value);
      };
      finished = work();
      return finished;
    }) as unknown as Body;

    const error = refusalOf(() => run(f, tensor(2)));

    expect(error).toBeInstanceOf(GradientError);
    expectNothingLeaked(v);
    // what it goes on to do is plain arithmetic
    expect(((await finished) as Tensor).item()).toBe(2);
    expectNothingLeaked(v);
  });
});
