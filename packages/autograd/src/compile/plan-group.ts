/**
 * @file The plan of a group: how many passes over its domain, and what each pass reduces and stores.
 *
 * - a reduction runs in the pass after the last reduction that its summand needs, or later where nothing waits
 *   for it: its pass is one before the first pass that needs it
 * - values on the kept axes ("small": 1/σ, a mean) are computed between passes
 * - a full-size value is computed again in every pass that needs it, unless it holds a costly operation: then
 *   it is stored in its first pass and loaded later
 */
import { sameShape } from "../array/shape.ts";
import { LIBRARY_WORDS } from "../kernel/scalar.ts";
import type { Group } from "./fuse.ts";
import type { Value, Word } from "./program.ts";

export interface Pass {
  /** Small values to compute before the pass, in order. */
  readonly before: readonly Value[];
  readonly reductions: readonly Value[];
  /** Full-size values that are written to memory. */
  readonly stores: readonly Value[];
  /** Full-size members that earlier passes stored. */
  readonly loads: ReadonlySet<Value>;
}

export interface GroupPlan {
  readonly group: Group;
  readonly passes: readonly Pass[];
  /** Small values to compute after the last pass. */
  readonly after: readonly Value[];
  /** Members that have a place in memory. */
  readonly stored: ReadonlySet<Value>;
}

const COSTLY: ReadonlySet<Word> = new Set<Word>([
  ...LIBRARY_WORDS,
  "exp",
  "log",
  "pow",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "erf",
  "div",
  "sqrt",
]);

/** @param outside whether a member is read outside of the group. */
export function planGroup(group: Group, outside: (value: Value) => boolean): GroupPlan {
  const members = new Set(group.members);
  const isFull = ({ op, shape }: Value): boolean =>
    op.kind === "scalar" && (group.reduced.length === 0 || sameShape(shape, group.domain));
  const levels = earliest(group);
  const fullOutputs = group.members.filter((value) => isFull(value) && outside(value));
  const last = Math.max(
    0,
    ...fullOutputs.map((value) => levels.get(value) ?? 0),
    ...group.members.map((value) =>
      value.op.kind === "reduce" ? (levels.get(value) ?? 0) - 1 : 0,
    ),
  );
  const count = last + 1;
  const deadlines = latest(group, isFull, fullOutputs, count);
  const passOf = (reduction: Value): number => (deadlines.get(reduction) ?? count) - 1;

  // pass by pass, what is needed there; a costly value that returns is stored where it was first computed
  const storedAt = new Map<Value, number>(fullOutputs.map((value) => [value, last]));
  const reductions = group.members.filter(({ op }) => op.kind === "reduce");
  const needed = (pass: number): Set<Value> => {
    const found = new Set<Value>();
    const visit = (value: Value): void => {
      if (!members.has(value) || !isFull(value) || found.has(value)) return;
      found.add(value);
      if ((storedAt.get(value) ?? pass) < pass) return;
      for (const operand of value.operands) visit(operand);
    };
    for (const reduction of reductions)
      if (passOf(reduction) === pass) visit(reduction.operands[0]);
    for (const [value, at] of storedAt) if (at === pass) visit(value);
    return found;
  };
  const first = new Map<Value, number>();
  for (let pass = 0; pass < count; pass++) {
    for (let again = true; again; ) {
      again = false;
      for (const value of needed(pass)) {
        const before = first.get(value) ?? pass;
        if (before < pass && (storedAt.get(value) ?? count) > before && isCostly(value)) {
          storedAt.set(value, before);
          again = true;
        }
      }
    }
    for (const value of needed(pass)) if (!first.has(value)) first.set(value, pass);
  }

  const passes: Pass[] = [];
  const isSmall = (value: Value): boolean => value.op.kind === "scalar" && !isFull(value);
  const known = knownBefore(group, passOf);
  for (let pass = 0; pass < count; pass++) {
    const values = needed(pass);
    passes.push({
      before: group.members.filter((value) => isSmall(value) && known.get(value) === pass),
      reductions: reductions.filter((value) => passOf(value) === pass),
      stores: group.members.filter((value) => storedAt.get(value) === pass),
      loads: new Set([...values].filter((value) => (storedAt.get(value) ?? pass) < pass)),
    });
  }
  const after = group.members.filter((value) => isSmall(value) && known.get(value) === count);
  const stored = new Set([...storedAt.keys(), ...reductions]);
  const keep = (value: Value): void => {
    if (members.has(value) && isSmall(value)) stored.add(value);
  };
  for (const value of group.members) {
    if (outside(value)) keep(value);
    for (const operand of value.operands) {
      // read in a pass, or in another interlude than its own
      if (isFull(value) || value.op.kind === "reduce") keep(operand);
      else if (known.get(operand) !== known.get(value)) keep(operand);
    }
  }
  return { group, passes, after, stored };
}

/** Before which pass a value is known, given the passes of the reductions. */
function knownBefore(
  group: Group,
  passOf: (reduction: Value) => number,
): ReadonlyMap<Value, number> {
  const known = new Map<Value, number>();
  for (const value of group.members) {
    const operands = Math.max(0, ...value.operands.map((x) => known.get(x) ?? 0));
    known.set(value, value.op.kind === "reduce" ? passOf(value) + 1 : operands);
  }
  return known;
}

/** Before which pass a value can be known, at the earliest; a reduction is known after the pass it runs in. */
function earliest(group: Group): ReadonlyMap<Value, number> {
  const levels = new Map<Value, number>();
  for (const value of group.members) {
    const level = Math.max(0, ...value.operands.map((x) => levels.get(x) ?? 0));
    levels.set(value, value.op.kind === "reduce" ? level + 1 : level);
  }
  return levels;
}

/** Before which pass a value must be known, at the latest. */
function latest(
  group: Group,
  isFull: (value: Value) => boolean,
  fullOutputs: readonly Value[],
  count: number,
): ReadonlyMap<Value, number> {
  const deadlines = new Map<Value, number>(group.members.map((value) => [value, count]));
  for (const value of fullOutputs) deadlines.set(value, count - 1);
  for (const value of group.members.toReversed()) {
    const deadline = deadlines.get(value) ?? count;
    const own =
      value.op.kind === "reduce"
        ? deadline - 1
        : isFull(value)
          ? Math.min(deadline, count - 1)
          : deadline;
    for (const operand of value.operands) {
      const known = deadlines.get(operand);
      if (known !== undefined) deadlines.set(operand, Math.min(known, own));
    }
  }
  return deadlines;
}

function isCostly({ op }: Value): boolean {
  return op.kind === "scalar" && COSTLY.has(op.word);
}
