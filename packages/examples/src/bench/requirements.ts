/**
 * @file What must be reached: limits of our times relative to those of other systems in the same run, and
 * a few absolute ones. All of it is data; whether it holds is decided from the rows alone.
 */
import { isTimed, type Row, type TimedRow, type Unit } from "./measure.ts";
import { JAX_JS, PYTORCH, PYTORCH_TUNED, TFJS, TFJS_CPU } from "./peers.ts";
import { COLD_START, FIRST_STEPS, MEMORY, MEMORY_ERROR } from "./start-up.ts";
import { OURS, oursWith } from "./systems.ts";
import type { WorkloadName } from "./workload.ts";

/** The row of a system, named by system and variant. */
export interface Side {
  readonly system: string;
  readonly variant: string;
}

export interface Requirement {
  readonly workload: WorkloadName;
  readonly problem: string;
  readonly ours: Side;
  /** Against the fastest of these; none where the limit is absolute. */
  readonly theirs: readonly Side[];
  /** Of our median divided by theirs, of our median, or of our rate. */
  readonly limit: number;
  readonly kind: "at most" | "at least";
  /** Of an absolute limit "at most"; milliseconds by default. */
  readonly unit?: Unit;
}

/** A requirement and what was found; null where a row is missing. */
export interface Verdict {
  readonly requirement: Requirement;
  readonly ours: TimedRow | null;
  readonly theirs: TimedRow | null;
  readonly value: number | null;
  readonly met: boolean | null;
}

const ours = (variant: string, threads = 1): Side => ({ system: oursWith(threads), variant });
const torch = (variant: string): readonly Side[] => [{ system: PYTORCH, variant }];
/** With the memory allocator as it comes and tuned. */
const torchEither = (variant: string): readonly Side[] => [
  ...torch(variant),
  { system: PYTORCH_TUNED, variant },
];
const jax = (variant: string): readonly Side[] => [{ system: JAX_JS, variant }];
const tfjs = (variant: string): readonly Side[] => [{ system: TFJS, variant }];

type Against = readonly [theirs: readonly Side[], limit: number];

const atMost = (
  workload: WorkloadName,
  problem: string,
  side: Side,
  against: readonly Against[],
): readonly Requirement[] =>
  against.map(([theirs, limit]) => {
    return { workload, problem, ours: side, theirs, limit, kind: "at most" };
  });

const SQUARES = [256, 512, 1024].flatMap((n) => {
  const plain = `${n}×${n}`;
  return [`${plain} · ${plain}`, `(${plain})ᵀ · ${plain}`, `${plain} · (${plain})ᵀ`];
});
const LAYER = ["60×784 · 784×100", "(60×784)ᵀ · 60×100", "60×100 · (784×100)ᵀ"];

function products(): readonly Requirement[] {
  return [...SQUARES, ...LAYER].flatMap((problem): Requirement[] => {
    const side = ours("compiled");
    const rate = problem === LAYER[0] ? 40 : SQUARES.includes(problem) ? 45 : null;
    const shared = { workload: "W1", problem, ours: side } as const;
    return [
      ...(rate === null ? [] : [{ ...shared, theirs: [], limit: rate, kind: "at least" } as const]),
      ...atMost("W1", problem, side, [
        [tfjs("matMul"), 1 / 1.1],
        [jax("matmul"), 1 / 1.6],
      ]),
    ];
  });
}

function chains(): readonly Requirement[] {
  return ["full", "scalar"].flatMap((kind) =>
    ["forward", "forward + gradient"].flatMap((what) =>
      atMost("W2", `${kind} a, b: ${what}`, ours("compiled"), [
        [torchEither("eager"), 0.7],
        [jax("jit"), 0.25],
      ]),
    ),
  );
}

function batchNorms(): readonly Requirement[] {
  const dense = "[256, 512]";
  const images = "NCHW [32, 64, 28, 28]";
  const last = "NHWC (W4b) [32, 28, 28, 64]";
  return [
    ...atMost("W3", dense, ours("compiled"), [
      [torch("fused"), 0.65],
      [jax("jit"), 0.12],
    ]),
    ...atMost("W3", dense, ours("compiled, two programs"), [[torch("fused"), 0.7]]),
    ...atMost("W4", images, ours("compiled"), [
      [torchEither("fused"), 0.4],
      [jax("jit"), 0.1],
    ]),
    ...atMost("W4", last, ours("compiled"), [[torchEither("fused"), 0.85]]),
  ];
}

/** With several threads also what they must bring. */
function steps(threads: number): readonly Requirement[] {
  return [
    ...atMost("W5", "batch norm", ours("compiled"), [
      [torch("composite"), 1],
      [jax("jit"), 0.4],
      [tfjs("composite"), 0.12],
    ]),
    ...atMost("W5", "plain", ours("compiled"), [[torch("eager"), 1.6]]),
    ...(threads === 2
      ? atMost("W5", "batch norm", ours("compiled", 2), [[torch("composite"), 0.65]])
      : []),
    ...atMost("W6", "conv net", ours("compiled"), [
      [torchEither("composite"), 2],
      [jax("jit"), 1 / 200],
      [tfjs("composite, user-written kernel"), 1 / 8],
    ]),
  ];
}

function startUps(): readonly Requirement[] {
  const tfjsStarts = [TFJS_CPU, TFJS].map((system) => ({ system, variant: "eager" }));
  const own = { workload: "W8", theirs: [], kind: "at most" } as const;
  return [
    ...atMost("W8", COLD_START, ours("eager"), [[tfjsStarts, 0.7]]),
    { ...own, problem: FIRST_STEPS, ours: ours("compile"), limit: 50 },
    { ...own, problem: MEMORY, ours: ours(MEMORY_ERROR), limit: 1, unit: "%" },
  ];
}

/** The table of docs/performance.md, as far as this number of threads has to do with it. */
export function requirements(threads: number): readonly Requirement[] {
  const twice = SQUARES[3];
  return [
    ...products(),
    ...(threads === 2
      ? atMost("W1", twice, ours("compiled", 2), [[[ours("compiled")], 1 / 1.8]])
      : []),
    ...chains(),
    ...batchNorms(),
    ...steps(threads),
    ...["plain", "recording"].flatMap((variant) =>
      atMost("W7", "add [10]", ours(variant), [[torch(variant), 1]]),
    ),
    ...startUps(),
  ];
}

/** Decides the requirements of the workloads that were measured. */
export function decide(list: readonly Requirement[], rows: readonly Row[]): readonly Verdict[] {
  const measured = new Set(rows.map(({ workload }) => workload));
  return list
    .filter(({ workload }) => measured.has(workload))
    .map((requirement) => verdictOn(requirement, rows.filter(isTimed)));
}

function verdictOn(requirement: Requirement, rows: readonly TimedRow[]): Verdict {
  const { workload, problem, limit, kind, theirs: sides } = requirement;
  const find = ({ system, variant }: Side): TimedRow | null =>
    rows.find((row) => {
      const sameProblem = row.workload === workload && row.problem === problem;
      return sameProblem && row.system === system && row.variant === variant;
    }) ?? null;
  const mine = find(requirement.ours);
  const theirs = sides
    .map(find)
    .filter((row) => row !== null)
    .sort((a, b) => a.median - b.median)
    .at(0);
  const found = { requirement, ours: mine, theirs: theirs ?? null };
  const value = valueOf(requirement, mine, theirs ?? null);
  const met = value === null ? null : kind === "at most" ? value <= limit : value >= limit;
  return { ...found, value, met };
}

function valueOf(
  { kind, theirs: sides }: Requirement,
  mine: TimedRow | null,
  theirs: TimedRow | null,
): number | null {
  if (mine === null) return null;
  if (sides.length === 0) return kind === "at least" ? mine.gflops : mine.median;
  return theirs === null ? null : mine.median / theirs.median;
}

/** Our variant that the others are compared with: compiled where there is such a row, else the same variant. */
export function ratioOf(row: TimedRow, rows: readonly Row[]): number | null {
  if (row.system === OURS) return null;
  const own = rows.filter(isTimed).filter(({ workload, problem, system }) => {
    return workload === row.workload && problem === row.problem && system === OURS;
  });
  const chosen =
    own.find(({ variant }) => variant === "compiled") ??
    own.find(({ variant }) => variant === row.variant) ??
    own.find(({ variant }) => variant === "eager");
  return chosen === undefined ? null : chosen.median / row.median;
}
