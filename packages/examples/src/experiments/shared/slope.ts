/** @file The slope of a straight line through points: of logarithms, an exponent. */

/** Least squares; NaN where all x are alike. */
export function fittedSlope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: (point: readonly [number, number]) => number): number =>
    points.reduce((total, point) => total + pick(point), 0) / points.length;
  const [centerX, centerY] = [mean(([x]) => x), mean(([, y]) => y)];
  const covariance = mean(([x, y]) => (x - centerX) * (y - centerY));
  return covariance / mean(([x]) => (x - centerX) ** 2);
}
