/**
 * @file ExactSum: the sum of numbers, rounded once. So it depends on neither their order nor their grouping.
 *
 * The sum is kept as numbers that do not overlap (Shewchuk 1997, "Adaptive precision floating-point arithmetic",
 * section 2.4).
 */

export class ExactSum {
  /** From the smallest to the largest, no two with bits in one place. */
  #parts: number[] = [];
  /** The sum of what is not finite; 0 where everything is. */
  #nonFinite = 0;

  add(x: number): void {
    let high = x;
    let kept = 0;
    for (const part of this.#parts) {
      const sum = high + part;
      const [large, small] = Math.abs(high) < Math.abs(part) ? [part, high] : [high, part];
      const low = small - (sum - large);
      if (low !== 0) this.#parts[kept++] = low;
      high = sum;
    }
    if (Number.isFinite(high)) {
      this.#parts.length = kept;
      this.#parts.push(high);
    } else {
      this.#parts = [];
      this.#nonFinite += high;
    }
  }

  /** The exact sum, rounded to nearest, ties to even. */
  get value(): number {
    if (this.#nonFinite !== 0) return this.#nonFinite;
    let next = this.#parts.length - 1;
    let [high, low] = [this.#parts[next] ?? 0, 0];
    while (next > 0 && low === 0) {
      const [before, part] = [high, this.#parts[--next]];
      high = before + part;
      low = part - (high - before);
    }
    // `low` alone may be just half a unit of `high`; then the sign of what follows decides
    if (next > 0 && low !== 0 && Math.sign(low) === Math.sign(this.#parts[next - 1])) {
      const up = high + 2 * low;
      if (up - high === 2 * low) return up;
    }
    return high;
  }
}
