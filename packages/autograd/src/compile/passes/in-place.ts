/** @file In-place updates: when a group may write a value over one of its operands. */
import { sameShape } from "../../array/shape.ts";
import { isDense, type Layout } from "../layout.ts";
import type { GroupPlan } from "../plan-group.ts";
import type { Value } from "../program.ts";

/**
 * Whether `target` can be written over the memory of `old`, an operand that nobody reads after this group.
 *
 * Every number of `old` must have been read for the last time when the number at its place is written: it is
 * read at the same index only, in no later pass, and nothing between the passes reads it.
 */
export function mayOverwrite(
  plan: GroupPlan,
  target: Value,
  old: Value,
  layouts: (value: Value) => Layout,
): boolean {
  const { group, passes } = plan;
  if (target.op.kind !== "scalar" || !sameShape(target.shape, group.domain)) return false;
  const at = passes.findIndex(({ stores }) => stores.includes(target));
  if (at < 0 || at !== passes.length - 1) return false;
  if (target.dtype !== old.dtype) return false;
  for (const member of group.members) {
    for (const operand of member.operands) {
      const layout = layouts(operand);
      if (layout.base !== old) continue;
      const own = isDense(operand, layout) && layout.offset === 0;
      if (!own || !sameShape(operand.shape, group.domain)) return false;
      // a small value or a reduction of another pass is computed before or after, not at the same index
      if (member.op.kind === "scalar" && !sameShape(member.shape, group.domain)) return false;
    }
  }
  return plan.after.every((value) => value.operands.every((x) => layouts(x).base !== old));
}
