import { describe, expect, it } from "vitest";
import { foldViews } from "../../../src/compile/passes/fold-views.ts";
import type { Tensor } from "../../../src/index.ts";
import { slice, transpose } from "../../../src/index.ts";
import { after, float32, traced } from "../traces.ts";

const folded = (f: (x: Tensor) => Tensor): string =>
  after(
    traced((x) => f(x), float32(2, 3, 4)),
    foldViews,
  );

describe("a view of a view is one", () => {
  it("of reshapes", () => {
    expect(folded((x) => x.reshape([6, 4]).reshape([24]))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3,4]
      %1 = reshape(%0, shape=[24]) : float32[24]
      return %1"
    `);
  });

  it("of transposes", () => {
    const f = (x: Tensor): Tensor => transpose(transpose(x, [1, 2, 0]), [0, 2, 1]);
    expect(folded(f)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3,4]
      %1 = transpose(%0, permutation=[1,0,2]) : float32[3,2,4]
      return %1"
    `);
  });

  it("of slices", () => {
    const f = (x: Tensor): Tensor => {
      const inner = slice(x, { starts: [0, 2, 3], sizes: [2, 3, 2], steps: [1, -1, -2] });
      return slice(inner, { starts: [1, 0, 1], sizes: [1, 2, 1], steps: [1, 2, 1] });
    };
    expect(folded(f)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3,4]
      %1 = slice(%0, starts=[1,2,1], sizes=[1,2,1], steps=[1,-2,-2]) : float32[1,2,1]
      return %1"
    `);
  });
});

describe("a view that moves nothing is gone", () => {
  it.each([
    ["there and back", (x: Tensor) => x.reshape([24]).reshape([2, 3, 4])],
    ["three turns", (x: Tensor) => [1, 2, 3].reduce((y) => transpose(y, [1, 2, 0]), x)],
    ["the whole", (x: Tensor) => slice(x, { starts: [0, 0, 0], sizes: [2, 3, 4] })],
  ])("%s", (_, f) => {
    expect(folded(f)).toBe("%0 = argument 0 : float32[2,3,4]\nreturn %0");
  });

  it("but not one that reverses", () => {
    const f = (x: Tensor): Tensor =>
      slice(x, { starts: [1, 0, 0], sizes: [2, 3, 4], steps: [-1, 1, 1] });

    expect(folded(f)).toContain("slice");
  });

  it("and two of different kinds stay two", () => {
    expect(folded((x) => transpose(x).reshape([24]))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3,4]
      %1 = transpose(%0, permutation=[2,1,0]) : float32[4,3,2]
      %2 = reshape(%1, shape=[24]) : float32[24]
      return %2"
    `);
  });
});
