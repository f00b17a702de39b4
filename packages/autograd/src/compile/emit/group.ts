/**
 * @file A fused group as one function: its passes, and what is computed on the kept axes between them.
 */
import { keptShape, sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import { isLibraryWord } from "../../kernel/scalar.ts";
import type { HostCalls } from "../host-call.ts";
import type { GroupPlan, Pass } from "../plan-group.ts";
import type { Value } from "../program.ts";
import {
  type AccumulatorPlan,
  emitClear,
  emitFinish,
  isInnermostReduced,
  type KeptRange,
  planAccumulators,
} from "./accumulate.ts";
import type { Lanes } from "./elements.ts";
import { emitNest, type NestContext, type Places, type Slice } from "./nest.ts";

/** Two where float64 takes part, else four. */
function lanesOf(plan: GroupPlan): Lanes {
  const isDouble = ({ dtype }: Value): boolean => dtype === "float64";
  const { members } = plan.group;
  return members.some((value) => isDouble(value) || value.operands.some(isDouble)) ? 2 : 4;
}

/** One of several parts of a group, which threads compute independently. */
export interface GroupPart {
  readonly index: number;
  readonly count: number;
  readonly slice: Slice | null;
}

export const WHOLE: GroupPart = { index: 0, count: 1, slice: null };

/** Bytes of scratch memory that the functions of `plan` use, in `count` parts. */
export function scratchBytes(plan: GroupPlan, count: number): number {
  return accumulatorsOf(plan, 0, () => 0, { index: 0, count, slice: null }).bytes;
}

/**
 * The parts in which `threads` can compute a group: ranges of its outermost axis that is not reduced, so that
 * every number is computed as in one part. One part where there is no such axis, or too little to do.
 */
export function partsOf({ group }: GroupPlan, threads: number): readonly GroupPart[] {
  const { domain, reduced, members } = group;
  const axis = domain.findIndex((n, i) => n > 1 && !reduced.includes(i));
  const callsHost = members.some(({ op }) => op.kind === "scalar" && isLibraryWord(op.word));
  // JavaScript is called by the thread that it runs in
  if (threads === 1 || callsHost || axis < 0 || sizeOf(domain) * members.length < WORTH_SPLITTING)
    return [WHOLE];
  const inner = sizeOf(keptShape(domain, reduced).slice(axis + 1));
  // sums are cleared by vectors of sixteen bytes, which no two threads may share
  let step = 1;
  while ((step * inner) % 16 !== 0) step *= 2;
  const steps = Math.floor(domain[axis] / step);
  const count = Math.min(threads, steps);
  if (count < 2) return [WHOLE];
  return Array.from({ length: count }, (_, index) => {
    const start = Math.floor((steps * index) / count) * step;
    const end =
      index === count - 1 ? domain[axis] : Math.floor((steps * (index + 1)) / count) * step;
    return { index, count, slice: { axis, start, length: end - start } };
  });
}

/** Scalar operations from which a group is split: some tens of microseconds, many times what a round costs. */
const WORTH_SPLITTING = 400_000;

function accumulatorsOf(
  { group }: GroupPlan,
  scratch: number,
  addressOf: (value: Value) => number,
  part: GroupPart,
): AccumulatorPlan {
  const reductions = group.members.filter(({ op }) => op.kind === "reduce");
  return planAccumulators(reductions, group.domain, group.reduced, scratch, addressOf, part);
}

/** What a group is printed with. */
export interface GroupContext {
  readonly places: Places;
  /** Byte address of `scratchBytes(plan, part.count)` bytes. */
  readonly scratch: number;
  readonly relaxed: boolean;
  readonly hosts: HostCalls;
}

export function emitGroup(
  plan: GroupPlan,
  { places, scratch, relaxed, hosts }: GroupContext,
  part: GroupPart = WHOLE,
): Code {
  const code = new Code();
  const lanes = lanesOf(plan);
  const context: NestContext = { code, places, lanes, relaxed, hosts };
  const { group } = plan;
  const { slice } = part;
  const { of } = accumulatorsOf(plan, scratch, (value) => places.address(value), part);
  const innerReduced = isInnermostReduced(group.domain, group.reduced);
  const kept = keptShape(group.domain, group.reduced);
  const range = keptRange(kept, slice);
  for (const pass of plan.passes) {
    emitSmall(context, plan, pass.before, kept, slice);
    const reducing = pass.reductions.flatMap((value) => of.get(value) ?? []);
    if (reducing.length + pass.stores.length === 0) continue;
    for (const accumulator of reducing) emitClear(code, accumulator, range);
    emitNest(context, {
      domain: group.domain,
      slice,
      reduced: reducing.length > 0 ? group.reduced : [],
      compute: computedIn(plan, pass),
      accumulators: reducing,
      stores: pass.stores,
    });
    for (const accumulator of reducing) {
      const target = places.address(accumulator.value);
      emitFinish(code, accumulator, innerReduced, target, lanes, range);
    }
  }
  emitSmall(context, plan, plan.after, kept, slice);
  return code;
}

/** The kept indices of a part: they follow one another, because the axis is the outermost that is kept. */
function keptRange(kept: readonly number[], slice: Slice | null): KeptRange {
  if (slice === null) return { first: 0, count: sizeOf(kept) };
  const inner = sizeOf(kept.slice(slice.axis + 1));
  return { first: slice.start * inner, count: slice.length * inner };
}

/** The full-size members that a pass computes: those that no earlier pass stored. */
function computedIn({ group, stored }: GroupPlan, pass: Pass): ReadonlySet<Value> {
  const isSmallStored = (value: Value): boolean =>
    stored.has(value) && !pass.stores.includes(value);
  return new Set(
    group.members.filter((value) => {
      if (value.op.kind !== "scalar" || pass.loads.has(value)) return false;
      // small values are loaded; a full-size one that a later pass stores is computed here too
      return !isSmallStored(value) || isFullSize(value, group.domain, group.reduced);
    }),
  );
}

function isFullSize(value: Value, domain: readonly number[], reduced: readonly number[]): boolean {
  return reduced.length === 0 || value.shape.join() === domain.join();
}

/** Values on the kept axes, in one loop. */
function emitSmall(
  context: NestContext,
  { stored }: GroupPlan,
  values: readonly Value[],
  kept: readonly number[],
  slice: Slice | null,
): void {
  if (values.length === 0) return;
  const stores = values.filter((value) => stored.has(value));
  // single numbers have the shape []
  const domain = sizeOf(kept) === 1 ? [] : kept;
  emitNest(context, {
    domain,
    slice,
    reduced: [],
    compute: new Set(values),
    accumulators: [],
    stores,
  });
}
