/**
 * @file What explainNonFinite found: as data for programs, as text for people.
 */
import { formatAval } from "../array/aval.ts";
import type { Origin } from "../core/tape.ts";
import { formatNonFinite, formatStatistics, type Statistics } from "./statistics.ts";

interface ReportFields {
  readonly kind: NonFiniteReport["kind"];
  readonly name: string;
  readonly value: number | null;
  readonly origin: Origin | null;
  readonly result: Statistics;
  readonly operands: NonFiniteReport["operands"];
}

/** Where the first number that is not finite comes from. `String(report)` explains it. */
export class NonFiniteReport {
  /**
   * - "argument", "variable": it was given
   * - "operation": made of finite numbers
   * - "derivative": made of finite numbers in a backward or forward walk
   * - "constant": a result that depends on no argument or variable, so nothing about it was recorded
   */
  readonly kind: "argument" | "variable" | "operation" | "derivative" | "constant";
  /** Of the primitive, or `argument 0 at .w`, `variable weight`. */
  readonly name: string;
  /** Its number on the tape; null where it is no value of that, as in the backward walk. */
  readonly value: number | null;
  /** `/app/train.ts:12:5`; null where it is not known. */
  readonly line: string | null;
  /** The primitive whose derivative it is part of, on that line; null for none. */
  readonly derivativeOf: string | null;
  readonly result: Statistics;
  /** `%3`, a number, or `a derivative` for a value of the backward walk. */
  readonly operands: readonly { readonly name: string; readonly statistics: Statistics }[];

  /** @internal */
  constructor(fields: ReportFields) {
    this.kind = fields.kind;
    this.name = fields.name;
    this.value = fields.value;
    this.line = fields.origin?.line ?? null;
    this.derivativeOf = fields.origin?.derivativeOf ?? null;
    this.result = fields.result;
    this.operands = fields.operands;
  }

  /** The explanation in sentences: where, of what, made of which operands. */
  toString(): string {
    const { result, operands } = this;
    const found = `${formatNonFinite(result)} in ${formatAval(result.aval)}`;
    if (this.kind === "constant") {
      return `The result holds ${found}, and was computed from no argument or variable. Pass the data as arguments to see where it comes from.`;
    }
    if (this.kind === "argument" || this.kind === "variable") {
      return `${this.name} holds ${found}. Nothing was computed to make it so.`;
    }
    const place = this.line === null ? "" : ` at ${this.line}`;
    const what =
      this.derivativeOf === null
        ? `${this.name}${place}`
        : `The derivative of ${this.derivativeOf}${place}, in its ${this.name},`;
    const rows = operands.map(
      ({ name, statistics }) => `  ${name}: ${formatStatistics(statistics)}`,
    );
    return [`${what} made ${found}. Its operands:`, ...rows].join("\n");
  }
}
