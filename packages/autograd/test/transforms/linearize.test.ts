import {
  argMax,
  compile,
  DTypeError,
  exp,
  grad,
  GradientError,
  hvp,
  jvp,
  linearize,
  matMul,
  sin,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const wide = (values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const vectors = fc
  .array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map(wide);

const model = (p: { x: Tensor; w: Tensor }) => ({
  y: [sin(p.x.mul(p.w)), matMul(p.x.reshape([3, 1]), exp(p.w).reshape([1, 3]))],
});

describe("linearize", () => {
  it("gives the value, and the derivative as a function of tangents", () => {
    const { output, pushforward } = linearize((x, y) => x.mul(y), tensor(3), tensor(5));

    expect(output.item()).toBe(15);
    expect(pushforward([tensor(1), tensor(10)]).item()).toBe(5 + 30);
    expect(pushforward([tensor(0), tensor(1)]).item()).toBe(3);
  });

  it("pushes forward what jvp does, at all tangents", () => {
    fc.assert(
      fc.property(
        vectors,
        vectors,
        fc.array(vectors, { minLength: 2, maxLength: 4 }),
        (x, w, t) => {
          const { output, pushforward } = linearize(model, { x, w });

          for (const direction of t) {
            const tangents = { x: direction, w: direction.mul(2) };
            const expected = jvp(model, [{ x, w }], [tangents]);
            const tangent = pushforward([tangents]);

            expect(tangent.y.map(String)).toEqual(expected.tangent.y.map(String));
            expect(output.y.map(String)).toEqual(expected.output.y.map(String));
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it("runs the function once", () => {
    let runs = 0;
    const { pushforward } = linearize((x: Tensor) => {
      runs++;
      return sin(x);
    }, tensor(1));

    pushforward([tensor(1)]);
    pushforward([tensor(2)]);

    expect(runs).toBe(1);
  });

  it("pushes forward a linear function, which is its own derivative and has vjp as its transpose", () => {
    const [x, t, c] = [wide([0.3, -0.5, 1]), wide([1, 2, -1]), wide([0.2, 0.1, 3])];
    const f = (y: Tensor): Tensor => sin(y).mul(exp(y));
    const { pushforward } = linearize(f, x);

    const pushed = (v: Tensor): Tensor => pushforward([v]);
    const [tBar] = vjp(pushed, t).pullback(c);
    const [xBar] = vjp(f, x).pullback(c);

    expect(distance(jvp(pushed, [x], [t]).tangent, pushed(t).toTypedArray())).toBe(0);
    expect(distance(tBar, xBar.toTypedArray())).toBeLessThanOrEqual(1e-15);
  });

  it("is recorded by a transform around it", () => {
    const [x, v] = [wide([0.3, -0.5, 1]), wide([1, 2, -1])];
    const f = (y: Tensor): Tensor => sin(y).mul(exp(y)).sum();

    // the gradient of <∇f(x), v>
    const product = grad((y: Tensor) => linearize(f, y).pushforward([v]))(x);

    const expected = hvp(f, [x], [v]).product[0];
    expect(distance(product, expected.toTypedArray())).toBeLessThanOrEqual(1e-14);
  });

  it("may be called after the transform around it has returned, at the values that it had", () => {
    let later: ((t: readonly [Tensor]) => Tensor) | null = null;
    grad((x: Tensor) => {
      later = linearize((y: Tensor) => y.mul(y), x).pushforward;
      return x;
    })(tensor(3));

    expect((later as unknown as (t: readonly [Tensor]) => Tensor)([tensor(1)]).item()).toBe(6);
  });

  it("runs compiled", () => {
    const step = compile((x: Tensor, t: Tensor) => {
      const { output, pushforward } = linearize((y: Tensor) => y.mul(y), x);
      return [output, pushforward([t]), pushforward([t.mul(2)])];
    });

    expect(step(tensor(3), tensor(1)).map((y) => y.item())).toEqual([9, 6, 12]);
  });

  it("gives zeros for constants, and for results of dtype int32 and bool", () => {
    const f = (x: Tensor) => [tensor([7, 8]), argMax(x), x.greater(1)] as const;

    const tangents = linearize(f, tensor([1, 3])).pushforward([tensor([10, 20])]);

    expect(tangents.map((t) => t.toArray())).toEqual([[0, 0], 0, [false, false]]);
  });

  it("refuses integers, and tangents unlike the arguments", () => {
    const { pushforward } = linearize((x: Tensor) => x, tensor([1, 2]));
    const n = tensor(1, { dtype: "int32" });

    expect(refusalOf(() => linearize((x: Tensor) => x, n))).toBeInstanceOf(DTypeError);
    expect(refusalOf(() => pushforward([tensor(1)]))).toBeInstanceOf(GradientError);
  });
});
