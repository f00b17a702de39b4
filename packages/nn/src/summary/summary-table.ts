/** @file Summary: what a model consists of, as data for programs and as a table for people. */
import type { Shape } from "@tapegrad/autograd";

/** One module. Numbers are its own, without those of the modules inside of it: columns add up to the totals. */
export interface SummaryRow {
  /** "" for the model itself. */
  readonly path: string;
  /** The name of its class. */
  readonly type: string;
  /** Of all tensors that its first call gives; none if it is not called. */
  readonly outputShapes: readonly Shape[];
  /** Numbers in its parameters. A shared parameter counts where it is first met. */
  readonly parameters: number;
  /** Those that are not frozen. */
  readonly trainable: number;
  /** Numbers in its buffers and random states. */
  readonly buffers: number;
  /** How often it is called. */
  readonly calls: number;
  /** Of all its calls. */
  readonly flops: number;
  /** How many operations `flops` leaves out: routines into which nobody looks. */
  readonly uncounted: number;
}

/** A model's modules, in the order of `modules()`. `String(summary)` is a table. */
export class Summary {
  readonly inputShapes: readonly Shape[];
  readonly rows: readonly SummaryRow[];

  constructor(inputShapes: readonly Shape[], rows: readonly SummaryRow[]) {
    this.inputShapes = inputShapes;
    this.rows = rows;
  }

  get parameters(): number {
    return this.#sum("parameters");
  }

  get trainable(): number {
    return this.#sum("trainable");
  }

  get buffers(): number {
    return this.#sum("buffers");
  }

  get flops(): number {
    return this.#sum("flops");
  }

  get uncounted(): number {
    return this.#sum("uncounted");
  }

  #sum(column: "parameters" | "trainable" | "buffers" | "flops" | "uncounted"): number {
    return this.rows.reduce((sum, row) => sum + row[column], 0);
  }

  /** The table as text, with its totals. */
  toString(): string {
    const total = [`total for ${shapesText(this.inputShapes)}`, "", "", ...numbersOf(this)];
    const table = [HEADER, ...this.rows.map(cellsOf), total];
    const widths = HEADER.map((_, column) => Math.max(...table.map((row) => row[column].length)));
    const lines = table.map((row) => {
      const cells = row.map((cell, column) => {
        return column < LEFT ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
      });
      return cells.join("  ").trimEnd();
    });
    const rest = this.uncounted === 0 ? [] : [`${this.uncounted} operations are not counted`];
    return [...lines, ...rest].join("\n");
  }
}

const HEADER = ["module", "type", "output", "parameters", "trainable", "buffers", "FLOPs"];
/** So many columns are words. */
const LEFT = 3;

function cellsOf(row: SummaryRow): readonly string[] {
  const output = row.calls === 0 ? "not called" : shapesText(row.outputShapes);
  const times = row.calls > 1 ? ` (${row.calls} calls)` : "";
  return [row.path === "" ? "(model)" : row.path, row.type, output + times, ...numbersOf(row)];
}

type Numbers = Pick<SummaryRow, "parameters" | "trainable" | "buffers" | "flops">;

/** 0 is left out. */
function numbersOf({ parameters, trainable, buffers, flops }: Numbers): readonly string[] {
  return [parameters, trainable, buffers, flops].map((n) => {
    return n === 0 ? "" : n.toLocaleString("en-US");
  });
}

function shapesText(shapes: readonly Shape[]): string {
  return shapes.map((shape) => `[${shape.join(", ")}]`).join(", ");
}
