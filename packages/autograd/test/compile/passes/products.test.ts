import { describe, expect, it } from "vitest";
import { simplifyExactly } from "../../../src/compile/passes/exact-algebra.ts";
import { reassociate } from "../../../src/compile/passes/products.ts";
import { type Tensor, tensor, where } from "../../../src/index.ts";
import { after, float32, of, traced } from "../traces.ts";

const AVALS = [float32(8, 4), float32(8, 4), float32(1, 4), float32(1, 4)] as const;

/** x and y are [8, 4], s and t are [1, 4]. */
type Example = (x: Tensor, y: Tensor, s: Tensor, t: Tensor) => unknown;

/** The lines that compute something: in the function, and after the pass. */
function lines(f: Example, ...passes: Parameters<typeof after>[1][]): string {
  const text = after(
    traced((x, y, s, t) => f(x, y, s, t), ...AVALS),
    ...passes,
  );
  const names = ["x", "y", "s", "t"];
  let named = text;
  for (const [, name, index] of text.matchAll(/(%\d+) = argument (\d)/g)) {
    named = named.replaceAll(new RegExp(`${name}(?!\\d)`, "g"), names[Number(index)]);
  }
  return named
    .split("\n")
    .filter((line) => !line.includes("argument"))
    .join("\n");
}
const before = (f: Example): string => lines(f);
const changed = (f: Example): string => lines(f, reassociate, simplifyExactly);

describe("a product", () => {
  it("multiplies small factors first, and by a reciprocal instead of dividing at full size", () => {
    const f: Example = (x, _y, s, t) => x.div(s).mul(t);

    expect(before(f)).toMatchInlineSnapshot(`
      "%3 = div(x, s) : float32[8,4]
      %4 = mul(%3, t) : float32[8,4]
      return %4"
    `);
    expect(changed(f)).toMatchInlineSnapshot(`
      "%3 = div(t, s) : float32[1,4]
      %4 = mul(x, %3) : float32[8,4]
      return %4"
    `);
  });

  it("leaves what a division keeps from overflowing as it is", () => {
    const scaled: Example = (x) => {
      const largest = x.abs().max({ axes: 0, keepDims: true });
      const y = x.div(where(largest.equal(0), 1, largest));
      return y.mul(y).sum({ axes: 0 });
    };
    // 4 / s overflows where (0 / s) · 4 does not
    const small: Example = (x, y, s) => x.div(y.max().maximum(1e-38)).mul(4).mul(s).mul(2);
    const capped: Example = (x, y) => x.mul(x.div(x.maximum(y)));

    for (const f of [scaled, small, capped]) expect(changed(f)).toBe(before(f));
  });

  it("that is the square of a quotient stays a square: s² may overflow where s does not", () => {
    const f: Example = (x, _y, s) => x.div(s).square().sum({ axes: 0, keepDims: true });

    expect(changed(f)).toMatchInlineSnapshot(`
      "%3 = div(1, s) : float32[1,4]
      %4 = mul(x, %3) : float32[8,4]
      %5 = mul(%4, %4) : float32[8,4]
      %6 = sum(%5, axes=[0]) : float32[1,4]
      return %6"
    `);
  });

  it("collects its coefficients and signs, on the smallest factor", () => {
    const f: Example = (x, _y, s) => x.mul(2).neg().div(s).mul(3);

    expect(before(f)).toMatchInlineSnapshot(`
      "%3 = mul(x, 2) : float32[8,4]
      %4 = neg(%3) : float32[8,4]
      %5 = div(%4, s) : float32[8,4]
      %7 = mul(%5, 3) : float32[8,4]
      return %7"
    `);
    expect(changed(f)).toMatchInlineSnapshot(`
      "%3 = div(-6, s) : float32[1,4]
      %4 = mul(x, %3) : float32[8,4]
      return %4"
    `);
  });

  it("orders factors by when they are made, so that equal products are found", () => {
    expect(changed((x, y) => [x.mul(y), y.mul(x)])).toMatchInlineSnapshot(`
      "%2 = mul(x, y) : float32[8,4]
      %3 = mul(x, y) : float32[8,4]
      return %2, %3"
    `);
  });

  it.each([
    ["a coefficient that might overflow", (x: Tensor) => x.mul(1e20).mul(1e20)],
    ["0, which is no factor to take out", (x: Tensor) => x.mul(0).neg().mul(3)],
    ["a division by 0", (x: Tensor) => x.neg().div(0)],
  ] as const)("is left alone for %s", (_, f) => {
    expect(lines(f, reassociate)).toBe(before(f));
  });

  it("of integers is left alone", () => {
    const program = traced((x) => x.mul(2).mul(3), of("int32", 4));

    expect(after(program, reassociate)).toBe(after(program));
  });
});

describe("a sum", () => {
  it("lets go of factors that do not vary along it", () => {
    const f: Example = (x, y, s) => x.mul(s).mul(y).mul(3).sum({ axes: 0, keepDims: true });

    expect(before(f)).toMatchInlineSnapshot(`
      "%3 = mul(x, s) : float32[8,4]
      %4 = mul(%3, y) : float32[8,4]
      %6 = mul(%4, 3) : float32[8,4]
      %7 = sum(%6, axes=[0]) : float32[1,4]
      return %7"
    `);
    expect(changed(f)).toMatchInlineSnapshot(`
      "%3 = mul(x, y) : float32[8,4]
      %4 = sum(%3, axes=[0]) : float32[1,4]
      %5 = mul(s, %4) : float32[1,4]
      %7 = mul(%5, 3) : float32[1,4]
      %9 = add(%7, 0) : float32[1,4]
      return %9"
    `);
  });

  it("keeps factors that vary along it", () => {
    const f: Example = (x, _y, s) => x.mul(s).sum({ axes: 1, keepDims: true });

    expect(changed(f)).toBe(before(f));
  });

  it("is split where a factor is known later than the rest", () => {
    const f: Example = (x, y) => {
      const late = y.sum({ axes: 0, keepDims: true });
      return x.mul(x).add(y.mul(late)).sum({ axes: 0, keepDims: true });
    };

    expect(before(f)).toMatchInlineSnapshot(`
      "%2 = sum(y, axes=[0]) : float32[1,4]
      %3 = mul(x, x) : float32[8,4]
      %4 = mul(y, %2) : float32[8,4]
      %5 = add(%3, %4) : float32[8,4]
      %6 = sum(%5, axes=[0]) : float32[1,4]
      return %6"
    `);
    expect(changed(f)).toMatchInlineSnapshot(`
      "%2 = sum(y, axes=[0]) : float32[1,4]
      %3 = mul(x, x) : float32[8,4]
      %4 = sum(%3, axes=[0]) : float32[1,4]
      %5 = sum(y, axes=[0]) : float32[1,4]
      %6 = mul(%2, %5) : float32[1,4]
      %8 = add(%6, 0) : float32[1,4]
      %9 = add(%4, %8) : float32[1,4]
      return %9"
    `);
  });

  it("keeps the signs of differences", () => {
    const f: Example = (x, y) => {
      const late = y.sum({ axes: 0, keepDims: true });
      return x.sub(x.mul(late)).neg().sum({ axes: 0, keepDims: true });
    };

    expect(changed(f)).toMatchInlineSnapshot(`
      "%2 = sum(y, axes=[0]) : float32[1,4]
      %3 = sum(x, axes=[0]) : float32[1,4]
      %4 = sum(x, axes=[0]) : float32[1,4]
      %5 = mul(%2, %4) : float32[1,4]
      %7 = sub(0, %5) : float32[1,4]
      %8 = add(%3, %7) : float32[1,4]
      %10 = sub(0, %8) : float32[1,4]
      return %10"
    `);
  });

  it.each<[string, Example]>([
    ["nothing is known later", (x, y) => x.add(y).sum({ axes: 0, keepDims: true })],
    [
      "a term is a repeated value: of x - mean(x) all digits would cancel",
      (x) => x.sub(x.mean({ axes: 0, keepDims: true })).sum({ axes: 0, keepDims: true }),
    ],
    ["the factor is known as early", (x, y, s) => x.add(y.mul(s)).sum({ axes: 0, keepDims: true })],
  ])("is not split where %s", (_, f) => {
    expect(changed(f).match(/sum/g)).toEqual(before(f).match(/sum/g));
  });

  it("that was -0 · s is 0 again, as every sum is", () => {
    const f: Example = (x) => x.mul(-1).sum();

    expect(changed(f)).toMatchInlineSnapshot(`
      "%1 = sum(x, axes=[0,1]) : float32[1,1]
      %3 = sub(0, %1) : float32[]
      %4 = reshape(%3, shape=[]) : float32[]
      return %4"
    `);
    expect(tensor([0, 0]).mul(-1).sum().item()).toBe(0);
  });
});
