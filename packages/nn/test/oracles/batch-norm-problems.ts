/**
 * @file Random batches for the properties of batch normalisation.
 *
 * Domain: |x| <= 1000, |γ|, |β| <= 3, |cotangent| <= 1, at least two values per channel. Channels are drawn
 * one by one as centre + spread · noise, so that constant, nearly constant and two-valued ones, where ε
 * earns its keep, are as frequent as ordinary ones. Noise and cotangents have steps of 2⁻²⁰ at the least:
 * denormal numbers would only test the rounding of the oracle.
 */
import { type Tensor, tensor } from "@tapegrad/autograd";
import type { Layout } from "@tapegrad/nn";
import fc from "fast-check";
import type { BatchNormProblem } from "./batch-norm-paper.ts";
import { positionsByChannel } from "./batch-norm-paper.ts";

export interface LayoutProblem extends BatchNormProblem {
  readonly layout: Layout;
}

const STEPS = 2 ** 20;

/** Numbers from -limit to limit, in steps that a float64 holds exactly. */
export const numbers = (limit: number): fc.Arbitrary<number> =>
  fc.integer({ min: -STEPS, max: STEPS }).map((k) => (k / STEPS) * limit);

/** `count` of them. */
export const vectors = (count: number, limit: number): fc.Arbitrary<Float64Array> =>
  fc
    .array(numbers(limit), { minLength: count, maxLength: count })
    .map((values) => Float64Array.from(values));

/** `count` values of one channel; see the file comment. */
const channels = (count: number): fc.Arbitrary<readonly number[]> =>
  fc
    .record({
      center: numbers(500),
      spread: fc.constantFrom(0, 1e-9, 1e-5, 1e-2, 1, 1, 1, 30, 500),
      noise: fc.array(fc.oneof({ weight: 3, arbitrary: numbers(1) }, fc.constantFrom(-1, 0, 1)), {
        minLength: count,
        maxLength: count,
      }),
    })
    .map(({ center, spread, noise }) => noise.map((value) => center + spread * value));

/** Batches of the given shape. */
export function problemsOf(layout: Layout, shape: readonly number[]): fc.Arbitrary<LayoutProblem> {
  const channelAxis = layout.indexOf("C");
  const positions = positionsByChannel(shape, channelAxis);
  const size = shape.reduce((product, n) => product * n, 1);
  return fc
    .record({
      columns: fc.tuple(...positions.map((batch) => channels(batch.length))),
      gamma: vectors(positions.length, 3),
      beta: vectors(positions.length, 3),
      yBar: vectors(size, 1), // random on purpose: a constant one is blind
    })
    .map(({ columns, ...rest }) => {
      const x = new Float64Array(size);
      positions.forEach((batch, c) => {
        batch.forEach((at, i) => {
          x[at] = columns[c]![i]!;
        });
      });
      return { layout, shape, channelAxis, x, ...rest };
    });
}

const lengths = (min: number, max: number) => fc.integer({ min, max });

/** [N, C] with N from 2 to 6 and C from 1 to 4. */
export const rowProblems = (): fc.Arbitrary<LayoutProblem> =>
  fc.tuple(lengths(2, 6), lengths(1, 4)).chain((shape) => problemsOf("NC", shape));

/** NCL, NCHW and NHWC with N from 1 to 3, up to 3 channels and from 2 to 6 places. */
export const convolutionProblems = (): fc.Arbitrary<LayoutProblem> =>
  fc
    .tuple(
      fc.constantFrom<Layout>("NCL", "NCHW", "NHWC"),
      fc.record({
        N: lengths(1, 3),
        C: lengths(1, 3),
        L: lengths(2, 4),
        H: lengths(1, 2),
        W: lengths(2, 3),
      }),
    )
    .chain(([layout, length]) => {
      const shape = Array.from(layout, (axis) => length[axis as keyof typeof length]);
      return problemsOf(layout, shape);
    });

/** The problem as float64 tensors. */
export function tensorsOf({ shape, x, gamma, beta, yBar }: BatchNormProblem): {
  readonly x: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly yBar: Tensor;
} {
  return {
    x: tensor(x, { shape }),
    gamma: tensor(gamma),
    beta: tensor(beta),
    yBar: tensor(yBar, { shape }),
  };
}
