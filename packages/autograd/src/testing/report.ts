/**
 * @file What gradcheck found: as data for programs, as text for people.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import { formatShape } from "../array/shape.ts";
import type { Tensor } from "../core/tensor.ts";

/** Which derivatives are checked: by backward walks, by forward walks, or both and against each other. */
export type GradcheckMode = "reverse" | "forward" | "both";

/** One analytic number beside its numerical counterpart. */
export interface Comparison {
  readonly order: number;
  /** How the analytic number was computed, outermost first: `forward over reverse`. */
  readonly mode: string;
  /** The position among the inputs of gradcheck. */
  readonly input: number;
  /** Where in that input; null for the derivative along a random direction over all its entries. */
  readonly index: readonly number[] | null;
  readonly analytic: number;
  readonly numeric: number;
  /** How far they may lie apart, and how far they do. */
  readonly tolerance: number;
  readonly error: number;
}

/** An entry at which the function has no derivative. */
export interface Kink {
  readonly order: number;
  readonly input: number;
  readonly index: readonly number[];
  readonly left: number;
  readonly right: number;
}

/** One thing that gradcheck found wrong, by its `kind`. */
export type GradcheckFailure =
  /** The worst of `count` entries of one input whose derivatives differ from the numerical ones. */
  | (Comparison & { readonly kind: "mismatch"; readonly count: number })
  /** Two ways to compute the same derivative give different numbers; `index` is null along a direction. */
  | (Comparison & { readonly kind: "modes disagree"; readonly reference: string })
  /** <c, J t> by differences or forward mode, and <Jᵀ c, t> by reverse mode, differ. */
  | {
      readonly kind: "inner product";
      readonly mode: string;
      readonly analytic: number;
      readonly numeric: number;
      readonly tolerance: number;
    }
  | { readonly kind: "identicallyZero"; readonly input: number }
  | {
      readonly kind: "kinks";
      readonly count: number;
      readonly total: number;
      readonly left: boolean;
    }
  | {
      readonly kind: "not finite";
      readonly what: string;
      readonly index: readonly number[] | null;
      readonly value: number;
    }
  | {
      readonly kind: "wrong aval";
      readonly what: string;
      readonly found: Aval;
      readonly expected: Aval;
    }
  | { readonly kind: "not deterministic"; readonly first: number; readonly second: number }
  | { readonly kind: "mutated"; readonly input: number };

interface ReportFields {
  readonly order: number;
  readonly from: number;
  readonly mode: GradcheckMode;
  readonly seed: number;
  readonly checked: number;
  readonly resampled: GradcheckReport["resampled"];
  readonly worst: Comparison | null;
  readonly failures: readonly GradcheckFailure[];
  readonly inputs: readonly Tensor[];
}

/** The result of gradcheck. `String(report)` is for people. */
export class GradcheckReport {
  readonly ok: boolean;
  /** The highest order that was checked, and the lowest. */
  readonly order: number;
  readonly from: number;
  readonly mode: GradcheckMode;
  /** Passed as `seed`, it repeats the check exactly. */
  readonly seed: number;
  /** How many analytic numbers were compared with numerical ones. */
  readonly checked: number;
  /** Entries that lay on kinks and were moved, of all entries of all inputs. */
  readonly resampled: {
    readonly count: number;
    readonly total: number;
    readonly kinks: readonly Kink[];
  };
  /** The comparison that came closest to its tolerance, or exceeded it most; null if there was none. */
  readonly worst: Comparison | null;
  readonly failures: readonly GradcheckFailure[];
  readonly #inputs: readonly Tensor[];

  /** @internal */
  constructor(fields: ReportFields) {
    this.ok = fields.failures.length === 0;
    this.order = fields.order;
    this.from = fields.from;
    this.mode = fields.mode;
    this.seed = fields.seed;
    this.checked = fields.checked;
    this.resampled = fields.resampled;
    this.worst = fields.worst;
    this.failures = fields.failures;
    this.#inputs = fields.inputs;
  }

  /** All failures, kinks and the worst comparison, and the call that repeats the check. */
  toString(): string {
    const { count, total, kinks } = this.resampled;
    const { order, from } = this;
    const orders = from === 1 || from === order ? String(order) : `${from} to ${order}`;
    const lowest = from === 1 ? "" : `from: ${from}, `;
    const lines = [
      `gradcheck ${this.ok ? "passed" : "failed"}: order ${orders}, mode ${this.mode}, seed ${this.seed}, ${this.checked} comparisons`,
      ...this.failures.map((failure) => `- ${failure.kind}: ${describeFailure(failure)}`),
    ];
    if (count > 0) lines.push(`resampled ${count} of ${total} entries: ${describeKinks(kinks)}`);
    if (this.worst !== null) lines.push(`worst: ${describeComparison(this.worst)}`);
    const inputs = this.#inputs.map(snippet).join(", ");
    lines.push(
      `replay: gradcheck(f, [${inputs}], { order: ${order}, ${lowest}mode: "${this.mode}", seed: ${this.seed} })`,
    );
    return lines.join("\n");
  }
}

const LONGEST_SNIPPET = 24;

/** `x` as a call that makes it, where that is short. */
function snippet(x: Tensor): string {
  if (x.size > LONGEST_SNIPPET) return formatAval(x.aval);
  return `tensor(${JSON.stringify(x.toArray())}, { dtype: "${x.dtype}" })`;
}

function number(x: number): string {
  return Number.isFinite(x) ? String(Number(x.toPrecision(12))) : String(x);
}

function rough(x: number): string {
  return String(Number(x.toPrecision(3)));
}

function place(input: number, index: readonly number[] | null): string {
  if (index === null) return `input ${input} along a random direction`;
  return `input ${input} at ${formatShape(index)}`;
}

function describeComparison(c: Comparison): string {
  return `the derivative of order ${c.order} of ${place(c.input, c.index)} is ${number(c.analytic)} by ${c.mode} mode and ${number(c.numeric)} by differences (${rough(c.error)} apart, ${rough(c.tolerance)} allowed)`;
}

function describeKinks(kinks: readonly Kink[]): string {
  const shown = kinks.slice(0, 3).map(({ input, index, left, right }) => {
    return `${place(input, index)} with slopes ${rough(left)} and ${rough(right)}`;
  });
  const more = kinks.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** One failure in words, without what to do about it. */
export function describeFailure(failure: GradcheckFailure): string {
  switch (failure.kind) {
    case "mismatch": {
      const others = failure.count - 1;
      const more =
        others === 1 ? ", and 1 more entry differs" : `, and ${others} more entries differ`;
      return describeComparison(failure) + (others > 0 ? more : "");
    }
    case "modes disagree":
      return `the derivative of order ${failure.order} of ${place(failure.input, failure.index)} is ${number(failure.analytic)} by ${failure.mode} mode and ${number(failure.numeric)} by ${failure.reference} mode (${rough(failure.tolerance)} allowed)`;
    case "inner product":
      return `<c, J t> is ${number(failure.numeric)} by differences, but ${failure.mode} mode gives ${number(failure.analytic)} (${rough(failure.tolerance)} allowed)`;
    case "identicallyZero":
      return `the gradient of input ${failure.input} is zero everywhere, so a rule that returns nothing would pass too`;
    case "kinks":
      return failure.left
        ? `some entries lie on kinks wherever they are moved (${failure.count} of ${failure.total} were)`
        : `${failure.count} of ${failure.total} entries lie on kinks, where there is no derivative to check`;
    case "not finite":
      return `${failure.what}${failure.index === null ? "" : ` at ${formatShape(failure.index)}`} is ${failure.value}`;
    case "wrong aval":
      return `${failure.what} is ${formatAval(failure.found)} but must be ${formatAval(failure.expected)}`;
    case "not deterministic":
      return `two runs at the same point give ${number(failure.first)} and ${number(failure.second)}`;
    case "mutated":
      return `the function changed the numbers of input ${failure.input}`;
  }
}

/** What to do about a failure: a clause that begins a sentence. */
export function remedy(failure: GradcheckFailure): string {
  switch (failure.kind) {
    case "mismatch":
    case "modes disagree":
    case "inner product":
    case "wrong aval":
      return "Correct the rule";
    case "identicallyZero":
      return `Weigh the result differently, or declare the input with \`zeroGradient: [${failure.input}]\``;
    case "kinks":
      return "Choose inputs away from the kinks, or raise `maxResampled`";
    case "not finite":
      return "Choose inputs inside the domain of the function";
    case "not deterministic":
      return "Fix what is random in the function, for example its key";
    case "mutated":
      return "Compute new arrays instead";
  }
}
