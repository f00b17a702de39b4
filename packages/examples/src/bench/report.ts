/**
 * @file The results as tables for people and as JSON for programs, both with the environment.
 */
import { cpus } from "node:os";
import { isTimed, type Row, type TimedRow } from "./measure.ts";
import { ratioOf, type Verdict } from "./requirements.ts";

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
  /** Of compiled functions, in the rows that say so; all others have one. */
  readonly threads: number;
  /** Systems that were asked for and are not there. */
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  /** What makes a system slower than it has to be. */
  readonly warnings: readonly string[];
}

/** The content of the file that `--json` writes. */
export interface Report {
  readonly environment: Environment;
  readonly rows: readonly (Row & { readonly ratio: number | null })[];
  readonly requirements: readonly object[];
}

export function describeEnvironment(
  how: Pick<Environment, "quick" | "threads" | "missing" | "warnings">,
): Environment {
  const processors = cpus();
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    platform: `${process.platform} ${process.arch}`,
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    date: new Date().toISOString(),
    ...how,
  };
}

export function reportOf(
  environment: Environment,
  rows: readonly Row[],
  verdicts: readonly Verdict[],
): Report {
  return {
    environment,
    // our time divided by that of another system's row
    rows: rows.map((row) => ({ ...row, ratio: isTimed(row) ? ratioOf(row, rows) : null })),
    requirements: verdicts.map(({ requirement, theirs, value, met }) => {
      return { ...requirement, against: theirs?.system ?? null, value, met };
    }),
  };
}

/** Some lines above the table. */
export function renderEnvironment(environment: Environment): string {
  const { node, v8, platform, cpu, cores, date, quick, threads, missing, warnings } = environment;
  const runs = quick ? "; short runs (--quick)" : "";
  const many = threads === 1 ? "" : `; compiled functions also with ${threads} threads`;
  return [
    `Node ${node}, V8 ${v8}, ${platform}`,
    `${cpu}, ${cores} cores, ${date}${runs}${many}`,
    ...missing.map(({ name, reason }) => `missing: ${name}: ${reason}`),
    ...warnings.map((text) => `warning: ${text}`),
  ].join("\n");
}

type Columns = readonly { readonly title: string; readonly width: number; readonly left?: true }[];

const COLUMNS: Columns = [
  { title: "problem", width: 42, left: true },
  { title: "system", width: 48, left: true },
  { title: "median", width: 9 },
  { title: "p10", width: 9 },
  { title: "p90", width: 9 },
  { title: "n", width: 6 },
  { title: "GFLOP/s", width: 8 },
];

const VERDICT_COLUMNS: Columns = [
  { title: "problem", width: 42, left: true },
  { title: "ours", width: 42, left: true },
  { title: "time", width: 12 },
  { title: "against", width: 46, left: true },
  { title: "time", width: 12 },
  { title: "found", width: 9 },
  { title: "required", width: 12 },
];

const line = (columns: Columns, cells: readonly string[]): string =>
  columns
    .map(({ width, left }, i) => {
      const cell = cells[i] ?? "";
      return left === true ? cell.padEnd(width) : cell.padStart(width);
    })
    .join(" ")
    .trimEnd();

const headingOf = (columns: Columns): string =>
  line(
    columns,
    columns.map(({ title }) => title),
  );

export function renderHeading(): string {
  return headingOf(COLUMNS);
}

/** One line, under the columns of the heading. */
export function renderRow(row: Row): string {
  const { workload, problem, system, variant } = row;
  const who = variant === "" ? system : `${system}: ${variant}`;
  const place = `${workload} ${problem}`.trim();
  if (!isTimed(row)) {
    const failure = row.wrong ? `WRONG: ${row.failure}` : `not measured: ${row.failure}`;
    return `${line(COLUMNS, [place, who])}  ${failure}`;
  }
  const { unit, median, p10, p90, n, gflops } = row;
  const rate = gflops === null ? "" : threeDigits(gflops);
  const times = [median, p10, p90].map(threeDigits);
  return line(COLUMNS, [`${place}, ${unit}`, who, ...times, String(n), rate]);
}

/** What was required and what was found, one line each; empty if nothing was. */
export function renderVerdicts(verdicts: readonly Verdict[]): string {
  return [headingOf(VERDICT_COLUMNS), ...verdicts.map(renderVerdict), summaryOf(verdicts)].join(
    "\n",
  );
}

function renderVerdict({ requirement, ours, theirs, value, met }: Verdict): string {
  const {
    workload,
    problem,
    ours: side,
    theirs: sides,
    limit,
    kind,
    unit: own = "ms",
  } = requirement;
  const against = theirs ?? sides[0];
  const isRate = kind === "at least";
  const unit = isRate ? " GFLOP/s" : sides.length > 0 ? " ×" : ` ${own}`;
  const bound = `${isRate ? "≥" : "≤"} ${threeDigits(limit)}${unit}`;
  const mark = met === null ? "  not measured" : met ? "  ✓" : "  ✗";
  return `${line(VERDICT_COLUMNS, [
    `${workload} ${problem}`,
    `${side.system}: ${side.variant}`,
    timeOf(ours),
    against === undefined ? "" : `${against.system}: ${against.variant}`,
    sides.length === 0 ? "" : timeOf(theirs),
    value === null ? "" : threeDigits(value),
    bound,
  ])}${mark}`;
}

const timeOf = (row: TimedRow | null): string =>
  row === null ? "-" : `${threeDigits(row.median)} ${row.unit}`;

function summaryOf(verdicts: readonly Verdict[]): string {
  const count = (met: boolean | null): number => verdicts.filter((one) => one.met === met).length;
  return `${count(true)} reached, ${count(false)} not reached, ${count(null)} not measured`;
}

/** Three significant digits, never in exponential notation: 0.0123, 1.23, 123, 1234. */
function threeDigits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 6));
}
