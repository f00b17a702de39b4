/**
 * @file What one pass of gradcheck over one point has found so far.
 */
import type { Comparison, GradcheckFailure, Kink } from "./report.ts";

export class Findings {
  readonly failures: GradcheckFailure[] = [];
  readonly #kinks = new Map<string, Kink>();
  checked = 0;
  worst: Comparison | null = null;

  get kinks(): readonly Kink[] {
    return [...this.#kinks.values()];
  }

  /** Remembers an entry without derivative, once. */
  kink(kink: Kink): void {
    const key = `${kink.input} ${kink.index.join(" ")}`;
    if (!this.#kinks.has(key)) this.#kinks.set(key, kink);
  }

  /** Whether nothing stands against this point. */
  get isClean(): boolean {
    return this.failures.length === 0 && this.#kinks.size === 0;
  }

  /** Takes over what another stage of the same pass has found. */
  absorb(other: Findings): void {
    this.failures.push(...other.failures);
    this.checked += other.checked;
    for (const kink of other.kinks) this.kink(kink);
    if (other.worst !== null) this.#noteWorst(other.worst);
  }

  #noteWorst(one: Comparison): void {
    if (this.worst === null || severity(one) > severity(this.worst)) this.worst = one;
  }

  /** Judges the comparisons of one input: at most one failure, for the worst of those out of tolerance. */
  compare(comparisons: readonly Comparison[]): void {
    this.checked += comparisons.length;
    let [worst] = comparisons;
    if (worst === undefined) return;
    for (const one of comparisons) if (severity(one) > severity(worst)) worst = one;
    this.#noteWorst(worst);
    const count = comparisons.filter(isOut).length;
    if (count > 0) this.failures.push({ kind: "mismatch", ...worst, count });
  }
}

export function isOut({ error, tolerance }: Comparison): boolean {
  return !(error <= tolerance);
}

/** How many times its tolerance the error is. */
function severity({ error, tolerance }: Comparison): number {
  if (Number.isNaN(error)) return Number.POSITIVE_INFINITY;
  return error === 0 ? 0 : error / tolerance;
}
