import { describe, expect, it } from "vitest";
import { shareCommonSubexpressions } from "../../../src/compile/passes/common-subexpressions.ts";
import { splitKey, type Tensor, tensor } from "../../../src/index.ts";
import { after, float32, of, traced } from "../traces.ts";

const shared = (f: (x: Tensor, y: Tensor) => unknown): string =>
  after(
    traced((x, y) => f(x, y), float32(2, 3), float32(2, 3)),
    shareCommonSubexpressions,
  );

describe("of equal computations the first serves all", () => {
  it("through whole chains, reductions and views", () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => [
      x.mul(y).sum({ axes: 0 }).exp(),
      x.mul(y).sum({ axes: 0 }).exp().neg(),
    ];

    expect(after(traced((x, y) => f(x, y), float32(2, 3), float32(2, 3)))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = argument 1 : float32[2,3]
      %2 = mul(%0, %1) : float32[2,3]
      %3 = sum(%2, axes=[0]) : float32[1,3]
      %4 = reshape(%3, shape=[3]) : float32[3]
      %5 = exp(%4) : float32[3]
      %6 = mul(%0, %1) : float32[2,3]
      %7 = sum(%6, axes=[0]) : float32[1,3]
      %8 = reshape(%7, shape=[3]) : float32[3]
      %9 = exp(%8) : float32[3]
      %10 = neg(%9) : float32[3]
      return %5, %10"
    `);
    expect(shared(f)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = argument 1 : float32[2,3]
      %2 = mul(%0, %1) : float32[2,3]
      %3 = sum(%2, axes=[0]) : float32[1,3]
      %4 = reshape(%3, shape=[3]) : float32[3]
      %5 = exp(%4) : float32[3]
      %6 = neg(%5) : float32[3]
      return %5, %6"
    `);
  });

  it("not where the order of operands, the params, the dtype or a constant differ", () => {
    expect(
      shared((x, y) => [
        x.sub(y),
        y.sub(x),
        x.sum({ axes: 0 }),
        x.sum({ axes: 1 }),
        x.cast("float64"),
        x.cast("int32"),
        x.mul(0),
        x.mul(-0),
      ]),
    ).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = argument 1 : float32[2,3]
      %2 = sub(%0, %1) : float32[2,3]
      %3 = sub(%1, %0) : float32[2,3]
      %4 = sum(%0, axes=[0]) : float32[1,3]
      %5 = reshape(%4, shape=[3]) : float32[3]
      %6 = sum(%0, axes=[1]) : float32[2,1]
      %7 = reshape(%6, shape=[2]) : float32[2]
      %8 = cast(%0) : float64[2,3]
      %9 = cast(%0) : int32[2,3]
      %11 = mul(%0, 0) : float32[2,3]
      %13 = mul(%0, -0) : float32[2,3]
      return %2, %3, %5, %7, %8, %9, %11, %13"
    `);
  });

  it("not for arrays, whose numbers it does not compare", () => {
    expect(
      shared((x) => [x.add(tensor([1, 2, 3])), x.add(tensor([1, 2, 3]))]),
    ).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2,3]
      %1 = literal : float32[2,3]
      %2 = add(%0, %1) : float32[2,3]
      %3 = literal : float32[2,3]
      %4 = add(%0, %3) : float32[2,3]
      return %2, %4"
    `);
  });

  it("for random numbers of one key, which are equal", () => {
    const f = (key: Tensor): Tensor[] => [...splitKey(key), ...splitKey(key)];

    expect(
      after(
        traced((key) => f(key), of("int32", 2)),
        shareCommonSubexpressions,
      ),
    ).toMatchInlineSnapshot(`
      "%0 = argument 0 : int32[2]
      %1 = randomBits(%0, stream=1) : int32[2,2]
      %2 = slice(%1, starts=[0,0], sizes=[1,2], steps=[1,1]) : int32[1,2]
      %3 = reshape(%2, shape=[2]) : int32[2]
      %4 = slice(%1, starts=[1,0], sizes=[1,2], steps=[1,1]) : int32[1,2]
      %5 = reshape(%4, shape=[2]) : int32[2]
      return %3, %5, %3, %5"
    `);
  });
});
