/**
 * @file The results as a table for people and as JSON for programs, both with the environment.
 */
import { cpus } from "node:os";
import type { Row } from "./measure.ts";

/** Where and how the rows were measured: times mean nothing without it. */
export interface Environment {
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** ISO 8601, UTC. */
  readonly date: string;
  /** Short runs, for a first look. */
  readonly quick: boolean;
}

/** The content of the file that `--json` writes. */
export interface Report {
  readonly environment: Environment;
  readonly rows: readonly Row[];
}

export function describeEnvironment(quick: boolean): Environment {
  const processors = cpus();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    date: new Date().toISOString(),
    quick,
  };
}

/** Two lines above the table. */
export function renderEnvironment(environment: Environment): string {
  const { node, v8, platform, cpu, cores, date, quick } = environment;
  const runs = quick ? "; short runs (--quick)" : "";
  return `Node ${node}, V8 ${v8}, ${platform}\n${cpu}, ${cores} cores, ${date}${runs}`;
}

const COLUMNS: readonly { readonly title: string; readonly width: number }[] = [
  { title: "case", width: 52 },
  { title: "median", width: 9 },
  { title: "p10", width: 9 },
  { title: "p90", width: 9 },
  { title: "n", width: 6 },
  { title: "GFLOP/s", width: 8 },
];

const line = (cells: readonly string[]): string =>
  COLUMNS.map(({ width }, i) =>
    i === 0 ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width),
  )
    .join(" ")
    .trimEnd();

export function renderHeading(): string {
  return line(COLUMNS.map(({ title }) => title));
}

/** One line, under the columns of the heading. */
export function renderRow({ workload, name, unit, median, p10, p90, n, gflops }: Row): string {
  const rate = gflops === null ? "" : threeDigits(gflops);
  const times = [median, p10, p90].map(threeDigits);
  return line([`${workload} ${name}, ${unit}`, ...times, String(n), rate]);
}

/** Three significant digits, never in exponential notation: 0.0123, 1.23, 123, 1234. */
function threeDigits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
