/**
 * @file A fused group as one function: its passes, and what is computed on the kept axes between them.
 */
import { keptShape, sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { GroupPlan, Pass } from "../plan-group.ts";
import type { Value } from "../program.ts";
import {
  type AccumulatorPlan,
  emitClear,
  emitFinish,
  isInnermostReduced,
  planAccumulators,
} from "./accumulate.ts";
import type { Lanes } from "./elements.ts";
import { emitNest, type NestContext, type Places } from "./nest.ts";

/** Two where float64 takes part, else four. */
function lanesOf(plan: GroupPlan): Lanes {
  const isDouble = ({ dtype }: Value): boolean => dtype === "float64";
  const { members } = plan.group;
  return members.some((value) => isDouble(value) || value.operands.some(isDouble)) ? 2 : 4;
}

/** Bytes of scratch memory that the function of `plan` uses. */
export function scratchBytes(plan: GroupPlan): number {
  return accumulatorsOf(plan, 0, () => 0).bytes;
}

function accumulatorsOf(
  { group }: GroupPlan,
  scratch: number,
  addressOf: (value: Value) => number,
): AccumulatorPlan {
  const reductions = group.members.filter(({ op }) => op.kind === "reduce");
  return planAccumulators(reductions, group.domain, group.reduced, scratch, addressOf);
}

/** @param scratch byte address of `scratchBytes(plan)` bytes. */
export function emitGroup(
  plan: GroupPlan,
  places: Places,
  scratch: number,
  relaxed: boolean,
): Code {
  const code = new Code();
  const lanes = lanesOf(plan);
  const context: NestContext = { code, places, lanes, relaxed };
  const { group } = plan;
  const { of } = accumulatorsOf(plan, scratch, (value) => places.address(value));
  const innerReduced = isInnermostReduced(group.domain, group.reduced);
  const kept = keptShape(group.domain, group.reduced);
  for (const pass of plan.passes) {
    emitSmall(context, plan, pass.before, kept);
    const reducing = pass.reductions.flatMap((value) => of.get(value) ?? []);
    if (reducing.length + pass.stores.length === 0) continue;
    for (const accumulator of reducing) emitClear(code, accumulator);
    emitNest(context, {
      domain: group.domain,
      reduced: reducing.length > 0 ? group.reduced : [],
      compute: computedIn(plan, pass),
      accumulators: reducing,
      stores: pass.stores,
    });
    for (const accumulator of reducing) {
      emitFinish(code, accumulator, innerReduced, places.address(accumulator.value), lanes);
    }
  }
  emitSmall(context, plan, plan.after, kept);
  return code;
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
): void {
  if (values.length === 0) return;
  const stores = values.filter((value) => stored.has(value));
  // single numbers have the shape []
  const domain = sizeOf(kept) === 1 ? [] : kept;
  emitNest(context, {
    domain,
    reduced: [],
    compute: new Set(values),
    accumulators: [],
    stores,
  });
}
