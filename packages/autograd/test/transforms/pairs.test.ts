/**
 * Every ordered pair of transforms, and one further derivative of each in both modes, against nested dual numbers.
 * docs/transforms.md shows which pairs there are; the last test says what its table must be.
 */
import { readFileSync } from "node:fs";
import { jvp, matMul, sin, type Tensor, tensor, vjp } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";
import {
  add,
  along,
  constant,
  dot,
  gradient,
  type Meaning,
  mul,
  sin as sine,
} from "./nested-duals.ts";
import { TRANSFORMS, type Transform, type Vector } from "./pairs.ts";

const WEIGHTS = [
  [0.5, -0.25],
  [0.75, 0.5],
];
const POINT = [0.3, -0.6];
const DIRECTION = [-0.5, 0.7];
const COTANGENT = [0.9, 0.4];
const wide = (values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const weights = tensor(WEIGHTS, { dtype: "float64" });

/** sin(W x) · x + x² / 2, where every derivative is of the size of 1. */
const f: Vector = (x) => {
  return sin(matMul(weights, x.reshape([2, 1])).reshape([2])).mul(x).add(x.square().mul(0.5)); // biome-ignore format: one formula
};
const meaning: Meaning = (x) =>
  x.map((a, i) => add(mul(sine(dot(WEIGHTS[i], x)), a), mul(mul(a, a), 0.5)));

const TOLERANCE = 1e-12;
const near = (found: Tensor, expected: ReturnType<Meaning>): number =>
  distance(found, expected.map(constant));

/** What may be done with `outer` of `inner`. */
function reach(outer: Transform, inner: Transform): "both modes" | "forward" | "refused" {
  if (inner.forwardOnly !== true) return outer.forwardOnly === true ? "forward" : "both modes";
  return outer.walksBackward === true ? "refused" : "forward";
}

/** `npm test` differentiates each pair further in one mode, by turns; the nightly run in both. */
const everyMode = (fc.readConfigureGlobal().numRuns ?? 100) > 100;
const numbered = TRANSFORMS.map((transform, i) => [transform.name, transform, i] as const);

describe.each(numbered)("%s of", (_, outer, i) => {
  it.each(numbered)("%s", (_name, inner, j) => {
    const number = i + j;
    const g = outer.of(inner.of(f));
    const reached = reach(outer, inner);
    if (reached === "refused") {
      expect(refusalOf(() => g(wide(POINT))).name).toBe("GradientError");
      return;
    }
    const means = outer.means(inner.means(meaning));
    expect(near(g(wide(POINT)), means(POINT))).toBeLessThan(TOLERANCE);
    const pull = (): Tensor => vjp(g, wide(POINT)).pullback(wide(COTANGENT))[0];
    if (reached === "forward") expect(refusalOf(pull).name).toBe("GradientError");
    else if (everyMode || number % 2 === 0) {
      expect(near(pull(), gradient(means, POINT, COTANGENT))).toBeLessThan(TOLERANCE);
    }
    if (everyMode || number % 2 === 1 || reached === "forward") {
      const { tangent } = jvp(g, [wide(POINT)], [wide(DIRECTION)]);
      expect(near(tangent, along(means, POINT, DIRECTION))).toBeLessThan(TOLERANCE);
    }
  });
});

it("docs/transforms.md shows the pairs that are tested", () => {
  const sign = { "both modes": "✓", forward: "→", refused: "–" };
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    row(["outer \\ inner", ...TRANSFORMS.map((_, i) => String(i + 1))]),
    row(["---", ...TRANSFORMS.map(() => "---")]),
    ...TRANSFORMS.map((outer, i) => {
      const cells = TRANSFORMS.map((inner) => sign[reach(outer, inner)]);
      return row([`${i + 1} ${outer.name}`, ...cells]);
    }),
  ].join("\n");

  const document = readFileSync(new URL("../../../../docs/transforms.md", import.meta.url), "utf8");
  expect(/^\| outer.*$(?:\n\|.*$)*/m.exec(document)?.[0]).toBe(table);
});
