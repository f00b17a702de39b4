import {
  checkpoint,
  clamp,
  compile,
  exp,
  grad,
  hvp,
  jvp,
  onCotangent,
  record,
  registerHook,
  sin,
  sum,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";

const wide = (values: number | readonly number[]): Tensor => tensor(values, { dtype: "float64" });

describe("onCotangent", () => {
  it("sees the cotangent of a value, and leaves the gradient as it is", () => {
    const seen: unknown[] = [];
    const f = (x: Tensor): Tensor => {
      const y = onCotangent(x.mul(2), (c) => {
        seen.push(c.toArray());
      });
      return sum(y.mul(y));
    };

    expect(grad(f)(tensor([1, 2])).toArray()).toEqual([8, 16]);
    expect(seen).toEqual([[4, 8]]);
  });

  it("replaces it", () => {
    const clip = (c: Tensor): Tensor => clamp(c, { min: -1, max: 1 });
    const clipped = (x: Tensor): Tensor => sum(onCotangent(x, clip).mul(5));

    expect(grad(clipped)(tensor([3, 4])).toArray()).toEqual([1, 1]);
  });

  it("sees the cotangent of one use of a value, all that depends on it added up", () => {
    const seen: number[] = [];
    const f = (x: Tensor): Tensor => {
      const y = onCotangent(x, (c) => {
        seen.push(c.item());
      });
      return y.mul(2).add(y.mul(3)).add(x);
    };

    expect(grad(f)(tensor(1)).item()).toBe(6);
    expect(seen).toEqual([5]);
  });

  it("is called in every backward walk that reaches it, and in no other", () => {
    let calls = 0;
    const f = (x: Tensor): Tensor => sum(onCotangent(x, () => void calls++));
    const { pullback } = vjp(f, tensor([1]));
    pullback(tensor(1));
    pullback(tensor(2));

    expect(calls).toBe(2);
    jvp(f, [tensor([1])], [tensor([1])]);
    grad((x: Tensor, y: Tensor) => onCotangent(y, () => void calls++).mul(x))(tensor(1), tensor(2));
    expect(calls).toBe(2);
  });

  it("is part of higher derivatives", () => {
    // the cotangent of x becomes its square: (cos x)²
    const f = (x: Tensor): Tensor => sin(onCotangent(x, (c) => c.mul(c)));

    expect(grad(f)(wide(1)).item()).toBe(Math.cos(1) ** 2);
    const second = -2 * Math.cos(1) * Math.sin(1);
    expect(hvp(f, [wide(1)], [wide(1)]).product[0].item()).toBeCloseTo(second, 14);
    // the second backward walk reaches x as well, and squares what it has found
    expect(grad((x: Tensor) => grad(f)(x))(wide(1)).item()).toBeCloseTo(second ** 2, 14);
  });

  it("is on the tape under its name, and is replayed", () => {
    const tape = record((x: Tensor) => onCotangent(x, function double(c) {
      return c.mul(2);
    }), tensor(1)); // biome-ignore format: a named function

    expect(String(tape)).toBe(
      "%0 = input : float32[]\n%1 = onCotangent(%0, hook=double) : float32[]",
    );
    expect(tape.replay(tensor(4)).item()).toBe(4);
    expect(tape.gradient(tape.inputs)[0].item()).toBe(2);
  });

  it("works in a compiled function, where it has no numbers", () => {
    const run = compile((x: Tensor) => grad((y: Tensor) => onCotangent(y, (c) => c.mul(y)))(x));

    expect(run(tensor(3)).item()).toBe(3);
    expect(run(tensor(4)).item()).toBe(4);
  });

  it("may be inside of a checkpoint and close over what that computes", () => {
    const f = checkpoint((x: Tensor) => {
      const scale = exp(x);
      return checkpoint((y: Tensor) => onCotangent(y, (c) => c.mul(scale)))(x.mul(2));
    });

    expect(grad(f)(wide(1)).item()).toBe(2 * Math.E);
    // through the hook too: it is an operation of the walk
    expect(grad((x: Tensor) => grad(f)(x))(wide(1)).item()).toBe(2 * Math.E);
    expect(jvp((x: Tensor) => grad(f)(x), [wide(1)], [wide(1)]).tangent.item()).toBe(2 * Math.E);
  });

  it("is also called registerHook", () => {
    expect(registerHook).toBe(onCotangent);
  });
});
