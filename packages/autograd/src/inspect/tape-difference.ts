/**
 * @file What diffTapes found: as data for programs, as text for people.
 */
import type { DType } from "../array/dtype.ts";
import { printOrigin } from "../transforms/print-tape.ts";
import { type Difference, formatDifference } from "./difference.ts";
import type { StructuralFact } from "./structural-difference.ts";

/** One of the two tapes, at the place where they differ. */
export interface DifferingSide {
  /** The position in `tape.nodes`; null where results are compared, or the tape has no more nodes. */
  readonly position: number | null;
  /** As on the printed tape. */
  readonly text: string;
  /** `/app/train.ts:12:5`; null where it is not known. */
  readonly line: string | null;
  /** The primitive whose derivative it is part of, on that line; null for none. */
  readonly derivativeOf: string | null;
}

/** A value that is compared. */
export interface ComparedValue {
  /** `%3`, `%0, argument 0`, `%4, variable weight`, or `a constant` */
  readonly name: string;
  readonly dtypes: readonly [DType, DType];
  /** null where all its numbers are the same bits. */
  readonly difference: Difference | null;
}

interface DifferenceFields {
  readonly fact: TapeDifference["fact"];
  readonly a: DifferingSide;
  readonly b: DifferingSide;
  readonly value?: ComparedValue;
  readonly operands?: readonly ComparedValue[];
}

const FACTS = {
  primitive: "The first operation that differs is another one",
  operands: "The first operation that differs has other operands",
  params: "The first operation that differs has other params",
  shape: "The first operation that differs has other shapes or dtypes",
  length: "All operations of one tape are the same, and the other goes on",
  result: "All operations are the same, and the results are other values of them",
} satisfies { readonly [K in StructuralFact]: string };

/** The first difference of two tapes. `String(difference)` explains it. */
export class TapeDifference {
  /** "numbers" where both do the same with other numbers, else what about the operations differs. */
  readonly fact: StructuralFact | "numbers";
  readonly a: DifferingSide;
  readonly b: DifferingSide;
  /** By how much; null where operations differ. */
  readonly difference: Difference | null;
  /** What the operation was given, where numbers differ: exactly the same numbers or not. */
  readonly operands: readonly ComparedValue[];
  readonly #value: ComparedValue | null;

  /** @internal */
  constructor({ fact, a, b, value, operands = [] }: DifferenceFields) {
    this.fact = fact;
    this.a = a;
    this.b = b;
    this.difference = value?.difference ?? null;
    this.operands = operands;
    this.#value = value ?? null;
  }

  /** The difference in sentences: which operations, by how much, what they were given. */
  toString(): string {
    const [a, b] = [this.a, this.b].map(printSide);
    const sides = a === b ? [`  ${a}`] : [`  a: ${a}`, `  b: ${b}`];
    if (this.fact !== "numbers") return [`${FACTS[this.fact]}:`, ...sides].join("\n");
    const by = this.#value === null ? [] : [`${printValue(this.#value)}.`];
    const rows = this.operands.map((operand) => `  ${operand.name}: ${printValue(operand)}`);
    const given = rows.length === 0 ? [] : ["Its operands:", ...rows];
    return ["The first numbers that differ:", ...sides, ...by, ...given].join("\n");
  }
}

function printSide({ text, line, derivativeOf }: DifferingSide): string {
  const isKnown = line !== null || derivativeOf !== null;
  return isKnown ? `${text} # ${printOrigin({ line, derivativeOf })}` : text;
}

function printValue({ difference, dtypes }: ComparedValue): string {
  return difference === null ? "the same" : formatDifference(difference, dtypes);
}
