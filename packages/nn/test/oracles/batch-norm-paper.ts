/**
 * @file Batch normalisation as written in Ioffe & Szegedy (2015): algorithm 1, the backward equations of
 * section 3 as printed (nothing simplified), and the simplified form beside them. Plain loops in float64.
 *
 * Symbols are those of the paper, spelled out; a bar is the derivative of the loss by that symbol, so
 * `xHatBar` is ∂ℓ/∂x̂. This file imports nothing from the library: it is what the library is held to.
 *
 * x - μ is computed as the mean of x - x_j over all j. That is the same number, but a rounded μ would cost
 * a nearly constant channel all its digits.
 */

/** Values of a batch in row-major order. Statistics are taken over all axes but `channelAxis`. */
export interface BatchNormProblem {
  readonly shape: readonly number[];
  readonly channelAxis: number;
  readonly x: Float64Array;
  readonly gamma: Float64Array;
  readonly beta: Float64Array;
  /** ∂ℓ/∂y */
  readonly yBar: Float64Array;
}

export interface PaperForward {
  readonly y: Float64Array;
  readonly xHat: Float64Array;
  /** x - μ */
  readonly centered: Float64Array;
  readonly mu: Float64Array;
  /** The biased variance. */
  readonly sigmaSquared: Float64Array;
  /** Values per channel: m, for convolutions m' = m·p·q. */
  readonly m: number;
}

export interface PaperBackward {
  readonly xBar: Float64Array;
  readonly gammaBar: Float64Array;
  readonly betaBar: Float64Array;
  /** For every entry the sum of the magnitudes of its terms: what its rounding is relative to. */
  readonly magnitudes: {
    readonly xBar: Float64Array;
    readonly gammaBar: Float64Array;
    readonly betaBar: Float64Array;
  };
}

/** For every channel the positions of its values in row-major order. */
export function positionsByChannel(
  shape: readonly number[],
  channelAxis: number,
): readonly (readonly number[])[] {
  const size = shape.reduce((product, n) => product * n, 1);
  const inner = shape.slice(channelAxis + 1).reduce((product, n) => product * n, 1);
  const channels = shape[channelAxis]!;
  const positions: number[][] = Array.from({ length: channels }, () => []);
  for (let i = 0; i < size; i++) positions[Math.floor(i / inner) % channels]!.push(i);
  return positions;
}

/** Algorithm 1, for every channel. */
export function forward(problem: BatchNormProblem, epsilon: number): PaperForward {
  const { shape, channelAxis, x, gamma, beta } = problem;
  const [y, xHat, centered] = [x, x, x].map(({ length }) => new Float64Array(length));
  const [mu, sigmaSquared] = [gamma, gamma].map(({ length }) => new Float64Array(length));
  const batches = positionsByChannel(shape, channelAxis);
  batches.forEach((batch, c) => {
    const m = batch.length;
    for (const i of batch) mu![c]! += x[i]! / m;
    for (const i of batch) for (const j of batch) centered![i]! += (x[i]! - x[j]!) / m;
    for (const i of batch) sigmaSquared![c]! += centered![i]! ** 2 / m;
    for (const i of batch) {
      xHat![i] = centered![i]! / Math.sqrt(sigmaSquared![c]! + epsilon);
      y![i] = gamma[c]! * xHat![i]! + beta[c]!;
    }
  });
  return {
    y: y!,
    xHat: xHat!,
    centered: centered!,
    mu: mu!,
    sigmaSquared: sigmaSquared!,
    m: batches[0]!.length,
  };
}

/** The six backward equations of section 3, in their order. */
export function backward(problem: BatchNormProblem, epsilon: number): PaperBackward {
  const { shape, channelAxis, gamma, yBar } = problem;
  const { xHat, centered, sigmaSquared } = forward(problem, epsilon);
  const ofX = (): Float64Array => new Float64Array(xHat.length);
  const ofGamma = (): Float64Array => new Float64Array(gamma.length);
  const [xBar, gammaBar, betaBar] = [ofX(), ofGamma(), ofGamma()];
  const magnitudes = { xBar: ofX(), gammaBar: ofGamma(), betaBar: ofGamma() };

  positionsByChannel(shape, channelAxis).forEach((batch, c) => {
    const m = batch.length;
    const s = Math.sqrt(sigmaSquared[c]! + epsilon);

    // ∂ℓ/∂x̂ᵢ = ∂ℓ/∂yᵢ · γ
    const xHatBar = (i: number): number => yBar[i]! * gamma[c]!;

    // ∂ℓ/∂σ² = Σ ∂ℓ/∂x̂ᵢ · (xᵢ - μ) · (-1/2) (σ² + ε)^(-3/2)
    const toVariance = (i: number): number => xHatBar(i) * centered[i]! * -0.5 * s ** -3;
    const sigmaSquaredBar = total(batch, toVariance);

    // ∂ℓ/∂μ = Σ ∂ℓ/∂x̂ᵢ · (-1 / √(σ² + ε)) + ∂ℓ/∂σ² · Σ -2 (xᵢ - μ) / m
    const direct = (i: number): number => -xHatBar(i) / s;
    const throughVariance = (i: number): number => (sigmaSquaredBar * -2 * centered[i]!) / m;
    const muBar = total(batch, direct) + total(batch, throughVariance);

    const varianceSize = total(batch, (i) => Math.abs(toVariance(i)));
    const muSize = total(batch, (i) => Math.abs(direct(i)) + Math.abs(throughVariance(i)));
    for (const i of batch) {
      // ∂ℓ/∂xᵢ = ∂ℓ/∂x̂ᵢ / √(σ² + ε) + ∂ℓ/∂σ² · 2 (xᵢ - μ) / m + ∂ℓ/∂μ / m
      xBar[i] = xHatBar(i) / s + (sigmaSquaredBar * 2 * centered[i]!) / m + muBar / m;
      magnitudes.xBar[i] =
        Math.abs(xHatBar(i)) / s + (varianceSize * 2 * Math.abs(centered[i]!)) / m + muSize / m;
    }

    // ∂ℓ/∂γ = Σ ∂ℓ/∂yᵢ · x̂ᵢ and ∂ℓ/∂β = Σ ∂ℓ/∂yᵢ
    gammaBar[c] = total(batch, (i) => yBar[i]! * xHat[i]!);
    betaBar[c] = total(batch, (i) => yBar[i]!);
    magnitudes.gammaBar[c] = total(batch, (i) => Math.abs(yBar[i]! * xHat[i]!));
    magnitudes.betaBar[c] = total(batch, (i) => Math.abs(yBar[i]!));
  });
  return { xBar, gammaBar, betaBar, magnitudes };
}

/** ∂ℓ/∂xᵢ = γ/s · (gᵢ - mean(g) - x̂ᵢ · mean(g x̂)), with g = ∂ℓ/∂y and s = √(σ² + ε). */
export function simplifiedXBar(problem: BatchNormProblem, epsilon: number): Float64Array {
  const { shape, channelAxis, gamma, yBar } = problem;
  const { xHat, sigmaSquared } = forward(problem, epsilon);
  const xBar = new Float64Array(xHat.length);
  positionsByChannel(shape, channelAxis).forEach((batch, c) => {
    const m = batch.length;
    const s = Math.sqrt(sigmaSquared[c]! + epsilon);
    const meanG = total(batch, (i) => yBar[i]!) / m;
    const meanGXHat = total(batch, (i) => yBar[i]! * xHat[i]!) / m;
    for (const i of batch) {
      xBar[i] = (gamma[c]! / s) * (yBar[i]! - meanG - xHat[i]! * meanGXHat);
    }
  });
  return xBar;
}

function total(batch: readonly number[], term: (i: number) => number): number {
  let sum = 0;
  for (const i of batch) sum += term(i);
  return sum;
}
