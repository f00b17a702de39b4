/**
 * @file Draws one digit: a path of the pen, varied as hands vary it, becomes 28 × 28 grey values.
 *
 * The variation is, in this order: where strokes begin and end, a smooth displacement of the plane,
 * an affine map (size, slant, rotation, shift), and the pen (width, pressure, softness, grain).
 * Invariant: the arithmetic is + - * / and sqrt, which IEEE 754 rounds the same way everywhere, so the
 * pixels are bit-identical on every machine. Rotations take the tangent of the half angle and bell
 * curves are sums of uniform numbers, because sin, log and pow are not fixed by the language.
 * This module does not know which digit it draws: see digit-styles.ts.
 */
import type { DigitStyle, Piece, Stroke } from "./digit-styles.ts";
import type { RandomIntegers } from "./xoshiro128.ts";

/** Height and width of the picture in pixels. */
export const DIGIT_SIDE = 28;

/** Strength of each variation: half widths of uniform ranges, or standard deviations where it says so. */
const VARIATION = {
  heightPixels: [16, 22],
  aspect: [0.7, 1.15],
  slantDeviation: 0.22,
  halfAngleTangent: 0.11,
  shiftPixels: 1.8,
  displacementDeviation: 10,
  strokeStart: [-0.15, 0.35],
  strokeEnd: [-0.15, 0.4],
  penRadius: [0.7, 1.9],
  pressure: [0.7, 1.15],
  softness: [0.7, 1.5],
  peak: [0.78, 1],
  grain: 0.12,
} as const;

/** Cells of the displacement grid along each axis, and the control values that a cubic spline over them needs. */
const CELLS = 3;
const CONTROLS = CELLS + 3;
/** Straight segments that stand for one curve between two points. */
const STEPS = 4;

interface Point {
  readonly x: number;
  readonly y: number;
}

type PlaneMap = (point: Point) => Point;

/** Draws `style` into `pixels`, which holds 784 bytes and is overwritten: 0 is paper, 255 full ink. */
export function drawDigit(style: DigitStyle, next: RandomIntegers, pixels: Uint8Array): void {
  const displace = displacement(next);
  const place = placement(next);
  const radius = uniform(next, VARIATION.penRadius);
  const softness = uniform(next, VARIATION.softness);
  const ink = new Float64Array(DIGIT_SIDE * DIGIT_SIDE);
  for (const stroke of style) {
    const path = strokePath(stroke, next).map((point) => place(displace(point)));
    const first = radius * uniform(next, VARIATION.pressure);
    const last = radius * uniform(next, VARIATION.pressure);
    const radiusAt = (index: number): number => first + ((last - first) * index) / path.length;
    for (let index = 1; index < path.length; index++) {
      inkSegment(ink, path[index - 1], path[index], { radius: radiusAt(index), softness });
    }
  }
  const peak = 255 * uniform(next, VARIATION.peak);
  for (let index = 0; index < ink.length; index++) {
    if (ink[index] === 0) pixels[index] = 0;
    else pixels[index] = Math.round(peak * ink[index] * (1 - VARIATION.grain * unit(next)));
  }
}

const unit = (next: RandomIntegers): number => next() / 0x1_0000_0000;

const uniform = (next: RandomIntegers, [low, high]: readonly [number, number]): number =>
  low + (high - low) * unit(next);

const symmetric = (next: RandomIntegers, half: number): number => half * (2 * unit(next) - 1);

/** Nearly normal with mean 0 and deviation 1: the sum of three numbers of variance 1/3 each, at most 3. */
const bell = (next: RandomIntegers): number =>
  symmetric(next, 1) + symmetric(next, 1) + symmetric(next, 1);

/** The points of one stroke, begun and ended a little early or late. */
function strokePath(stroke: Stroke, next: RandomIntegers): Point[] {
  const start = uniform(next, VARIATION.strokeStart);
  const end = uniform(next, VARIATION.strokeEnd);
  return stroke.flatMap((piece, index) => {
    const spans = piece.length / 2 - 1;
    const from = index === 0 ? start : 0;
    const to = index === stroke.length - 1 ? spans - end : spans;
    const steps = spans * STEPS;
    return Array.from({ length: steps + 1 }, (_, step) =>
      curveAt(piece, from + ((to - from) * step) / steps),
    );
  });
}

/** The Catmull-Rom spline through the points of `piece` at `time`, counted in spans. */
function curveAt(piece: Piece, time: number): Point {
  const lastSpan = piece.length / 2 - 2;
  const span = Math.min(lastSpan, Math.max(0, Math.floor(time)));
  const t = time - span;
  return { x: coordinateAt(piece, 2 * span, t), y: coordinateAt(piece, 2 * span + 1, t) };
}

/** One coordinate between the points at `index` and `index + 2`; a missing neighbour is a mirrored one. */
function coordinateAt(piece: Piece, index: number, t: number): number {
  const p1 = piece[index];
  const p2 = piece[index + 2];
  const p0 = index >= 2 ? piece[index - 2] : 2 * p1 - p2;
  const p3 = index + 4 < piece.length ? piece[index + 4] : 2 * p2 - p1;
  const cubic = 3 * (p1 - p2) + p3 - p0;
  const quadratic = 2 * p0 - 5 * p1 + 4 * p2 - p3;
  return p1 + 0.5 * t * (p2 - p0 + t * (quadratic + t * cubic));
}

/** A random smooth displacement of the square [0, 100]²: a uniform cubic B-spline over a coarse grid. */
function displacement(next: RandomIntegers): PlaneMap {
  const controls = Array.from(
    { length: 2 * CONTROLS * CONTROLS },
    () => VARIATION.displacementDeviation * bell(next),
  );
  return ({ x, y }) => {
    const column = splineWeights(x);
    const row = splineWeights(y);
    let dx = 0;
    let dy = 0;
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 4; j++) {
        const weight = row.weights[i] * column.weights[j];
        const control = 2 * ((row.cell + i) * CONTROLS + column.cell + j);
        dx += weight * controls[control];
        dy += weight * controls[control + 1];
      }
    }
    return { x: x + dx, y: y + dy };
  };
}

/** The cell of a coordinate and the four values of the cubic B-spline basis there, which add up to 1. */
function splineWeights(coordinate: number): { cell: number; weights: readonly number[] } {
  const position = Math.min(CELLS, Math.max(0, (coordinate * CELLS) / 100));
  const cell = Math.min(CELLS - 1, Math.floor(position));
  const t = position - cell;
  const s = 1 - t;
  const cube = t * t * t;
  return {
    cell,
    weights: [
      (s * s * s) / 6,
      (3 * cube - 6 * t * t + 4) / 6,
      (1 + 3 * t + 3 * t * t - 3 * cube) / 6,
      cube / 6,
    ],
  };
}

/** A random affine map from the square [0, 100]² to pixels. */
function placement(next: RandomIntegers): PlaneMap {
  const height = uniform(next, VARIATION.heightPixels) / 100;
  const width = height * uniform(next, VARIATION.aspect);
  const slant = VARIATION.slantDeviation * bell(next);
  const tangent = symmetric(next, VARIATION.halfAngleTangent);
  const cosine = (1 - tangent * tangent) / (1 + tangent * tangent);
  const sine = (2 * tangent) / (1 + tangent * tangent);
  const centreX = DIGIT_SIDE / 2 + symmetric(next, VARIATION.shiftPixels);
  const centreY = DIGIT_SIDE / 2 + symmetric(next, VARIATION.shiftPixels);
  return ({ x, y }) => {
    const down = (y - 50) * height;
    const right = (x - 50) * width - slant * down;
    return { x: centreX + cosine * right - sine * down, y: centreY + sine * right + cosine * down };
  };
}

/** Inks the pixels near one straight segment; where segments overlap the darker one counts. */
function inkSegment(
  ink: Float64Array,
  from: Point,
  to: Point,
  { radius, softness }: { readonly radius: number; readonly softness: number },
): void {
  const reach = radius + softness / 2;
  const clip = (value: number): number => Math.min(DIGIT_SIDE, Math.max(0, value));
  const left = clip(Math.floor(Math.min(from.x, to.x) - reach));
  const right = clip(Math.ceil(Math.max(from.x, to.x) + reach));
  const top = clip(Math.floor(Math.min(from.y, to.y) - reach));
  const bottom = clip(Math.ceil(Math.max(from.y, to.y) + reach));
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const squared = dx * dx + dy * dy;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const px = column + 0.5 - from.x;
      const py = row + 0.5 - from.y;
      const along = squared > 0 ? Math.min(1, Math.max(0, (px * dx + py * dy) / squared)) : 0;
      const ex = px - along * dx;
      const ey = py - along * dy;
      const coverage = Math.min(1, (radius - Math.sqrt(ex * ex + ey * ey)) / softness + 0.5);
      const index = row * DIGIT_SIDE + column;
      if (coverage > ink[index]) ink[index] = coverage;
    }
  }
}
