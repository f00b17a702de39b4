/**
 * @file What a profile measured: as data for programs, as a table for people, as a trace for a viewer of traces.
 */
import type { Aval } from "../array/aval.ts";
import type { Kernel } from "../kernel/kernel.ts";

export interface ProfiledNode {
  /** The name of the primitive. */
  readonly name: string;
  /** As on the printed tape: `%3 = matMul(%0, %2) : float32[64,10]`. */
  readonly text: string;
  readonly kind: Kernel["kind"];
  readonly operandAvals: readonly Aval[];
  readonly resultAvals: readonly Aval[];
  /** The median of all runs. */
  readonly milliseconds: number;
  /** What is stored of the operands, and of the results; 0 for a view, which touches no element. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** null for an opaque routine. */
  readonly flops: number | null;
  readonly line: string | null;
  readonly derivativeOf: string | null;
}

/** A complete event of the Trace Event Format: times are microseconds. */
export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: "X";
  readonly ts: number;
  readonly dur: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface ChromeTrace {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: "ms";
}

const ROWS = 40;

/** Times of all operations of a tape. `String(profile)` is a table, the slowest first. */
export class Profile {
  /** In the order of the tape. */
  readonly nodes: readonly ProfiledNode[];
  readonly runs: number;

  constructor(nodes: readonly ProfiledNode[], runs: number) {
    this.nodes = nodes;
    this.runs = runs;
  }

  /** The sum over all operations. */
  get milliseconds(): number {
    return this.nodes.reduce((sum, node) => sum + node.milliseconds, 0);
  }

  /** A table of the operations, the slowest first. */
  toString(): string {
    const total = this.milliseconds;
    const sorted = this.nodes.toSorted((a, b) => b.milliseconds - a.milliseconds);
    const shown = sorted.slice(0, ROWS);
    const rest = sorted.slice(ROWS);
    const rows = [
      ["ms", "%", "GFLOP/s", "GB/s", "operation"],
      ...shown.map((node) => rowOf(node, total)),
      ...(rest.length === 0 ? [] : [sumRow(rest, total, `${rest.length} more operations`)]),
      sumRow(this.nodes, total, `${this.nodes.length} operations, median of ${this.runs} runs`),
    ];
    return aligned(rows);
  }

  /**
   * The operations one after another in the Trace Event Format, as an object for `JSON.stringify`: chrome://tracing
   * and ui.perfetto.dev open such files.
   */
  toChromeTrace(): ChromeTrace {
    let ts = 0;
    const traceEvents = this.nodes.map((node) => {
      const { name, kind, text, milliseconds, bytesRead, bytesWritten, flops, line } = node;
      const dur = 1000 * milliseconds;
      const args = { text, bytesRead, bytesWritten, flops, line };
      const event = { name, cat: kind, ph: "X", ts, dur, pid: 1, tid: 1, args } as const;
      ts += dur;
      return event;
    });
    return { traceEvents, displayTimeUnit: "ms" };
  }
}

function rowOf(node: ProfiledNode, total: number): readonly string[] {
  const { milliseconds, flops, bytesRead, bytesWritten, text, line, derivativeOf } = node;
  const rate = (amount: number | null): string => {
    // per millisecond, in units of 1e6: per second, in units of 1e9
    return amount === null || amount === 0 || milliseconds === 0
      ? ""
      : (amount / milliseconds / 1e6).toFixed(2);
  };
  const origin =
    derivativeOf === null
      ? line
      : `derivative of ${derivativeOf}${line === null ? "" : ` at ${line}`}`;
  const operation = origin === null ? text : `${text} # ${origin}`;
  return [...times(milliseconds, total), rate(flops), rate(bytesRead + bytesWritten), operation];
}

function sumRow(nodes: readonly ProfiledNode[], total: number, text: string): readonly string[] {
  const milliseconds = nodes.reduce((sum, node) => sum + node.milliseconds, 0);
  return [...times(milliseconds, total), "", "", text];
}

function times(milliseconds: number, total: number): readonly string[] {
  const share = total === 0 ? 0 : (100 * milliseconds) / total;
  return [milliseconds.toFixed(4), share.toFixed(1)];
}

/** Columns aligned at the right, the last one at the left. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => {
      return row
        .map((cell, column) => (column === row.length - 1 ? cell : cell.padStart(widths[column])))
        .join("  ")
        .trimEnd();
    })
    .join("\n");
}
