/**
 * @file A fused group as one function: its passes, and what is computed on the kept axes between them.
 */
import { bytesPerElement } from "../../array/dtype.ts";
import { keptShape, sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { GroupPlan, Pass } from "../plan-group.ts";
import type { Value } from "../program.ts";
import type { Lanes } from "./elements.ts";
import {
  type Accumulator,
  BLOCK_ROWS,
  emitFill,
  emitNest,
  identityOf,
  isInnermostReduced,
  type NestContext,
  type Places,
} from "./nest.ts";
import { constant } from "./words.ts";

/** Two where float64 takes part, else four. */
function lanesOf(plan: GroupPlan): Lanes {
  const isDouble = ({ dtype }: Value): boolean => dtype === "float64";
  const { members } = plan.group;
  return members.some((value) => isDouble(value) || value.operands.some(isDouble)) ? 2 : 4;
}

/** Bytes of scratch memory that the function of `plan` uses. */
export function scratchBytes(plan: GroupPlan): number {
  return accumulators(plan, 0).end;
}

/** Where each reduction accumulates, given the start of the scratch memory. */
function accumulators(
  { group }: GroupPlan,
  scratch: number,
  places?: Places,
): { readonly of: ReadonlyMap<Value, Accumulator>; readonly end: number } {
  const { domain, reduced } = group;
  const kept = sizeOf(keptShape(domain, reduced));
  const innerReduced = isInnermostReduced(domain, reduced);
  const row = domain.findLast((n) => n > 1) ?? 1;
  const isBlocked = !innerReduced && sizeOf(domain) / kept > BLOCK_ROWS;
  const of = new Map<Value, Accumulator>();
  let end = scratch;
  for (const value of group.members) {
    if (value.op.kind !== "reduce") continue;
    if (innerReduced) {
      of.set(value, { value, address: end, blockRow: null });
      end += 16 * kept;
      continue;
    }
    const isSum = value.op.combine === "add";
    const address = places?.address(value) ?? 0;
    of.set(value, { value, address, blockRow: isBlocked && isSum ? end : null });
    if (isBlocked && isSum) end += padded(row * bytesPerElement(value.dtype));
  }
  return { of, end: end };
}

function padded(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
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
  const { of } = accumulators(plan, scratch, places);
  const kept = keptShape(group.domain, group.reduced);
  for (const pass of plan.passes) {
    emitSmall(context, plan, pass.before, kept);
    const reducing = pass.reductions.flatMap((value) => of.get(value) ?? []);
    for (const accumulator of reducing) clear(code, accumulator, group.domain, group.reduced);
    emitNest(context, {
      domain: group.domain,
      reduced: reducing.length > 0 ? group.reduced : [],
      compute: computedIn(plan, pass),
      accumulators: reducing,
      stores: pass.stores,
    });
    if (isInnermostReduced(group.domain, group.reduced)) {
      for (const accumulator of reducing) finish(context, accumulator);
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

function clear(
  code: Code,
  { value, address }: Accumulator,
  domain: readonly number[],
  reduced: readonly number[],
): void {
  const bytes = isInnermostReduced(domain, reduced) ? 16 : bytesPerElement(value.dtype);
  emitFill(
    code,
    address,
    sizeOf(value.shape) * bytes,
    constant(code, value.dtype, identityOf(value)),
  );
}

/** The lanes of every accumulated vector combined to one number in the value's own memory. */
function finish({ code, places, lanes }: NestContext, { value, address }: Accumulator): void {
  const { dtype } = value;
  const bytes = bytesPerElement(dtype);
  const target = places.address(value);
  const [from, to] = [code.local("i32"), code.local("i32")];
  const [vector, other] = [code.local("v128"), code.local("v128")];
  const isSum = value.op.kind === "reduce" && value.op.combine === "add";
  const combine = (): void => {
    code.get(vector, other);
    if (dtype === "bool") code.op("v128.or");
    else if (dtype === "int32") code.op(isSum ? "i32x4.add" : "i32x4.max_s");
    else code.op(`${dtype === "float32" ? "f32x4" : "f64x2"}.${isSum ? "add" : "max"}`);
    code.set(vector);
  };
  const fold = (shift: number): void => {
    const order = Array.from({ length: 16 }, (_, i) => (i + shift) % 16);
    code.get(vector, vector).shuffle(order).set(other);
    combine();
  };
  code.i32(0).set(from).i32(0).set(to);
  code.doWhile(() => {
    code.get(from).memory("v128.load", address).set(vector);
    // of two lanes of 32 bits, the upper half is the identity's or empty: it was never written
    if (bytes === 8 || lanes === 4) fold(8);
    if (bytes < 8) fold(4);
    code.get(to).get(vector);
    if (dtype === "bool") {
      code
        .get(code.hoist(new Int32Array(4).fill(1)))
        .op("v128.and")
        .set(vector);
      code.get(vector).memoryLane("v128.store8_lane", target, 0);
    } else code.memoryLane(bytes === 8 ? "v128.store64_lane" : "v128.store32_lane", target, 0);
    code.get(to).i32(bytes).op("i32.add").set(to);
    code
      .get(from)
      .i32(16)
      .op("i32.add")
      .tee(from)
      .i32(16 * sizeOf(value.shape))
      .op("i32.lt_u");
  });
}
