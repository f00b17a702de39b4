/** @file The units and plans of a program, as `assemble` makes them. */
import { fuse, type Unit } from "../../src/compile/fuse.ts";
import { type Layout, layoutOf } from "../../src/compile/layout.ts";
import { optimize } from "../../src/compile/optimize.ts";
import { type GroupPlan, planGroup } from "../../src/compile/plan-group.ts";
import { type Program, rootsOf, type Value } from "../../src/compile/program.ts";
import { add, mean, mul, sqrt, sub, type Tensor } from "../../src/index.ts";

export function optimized(program: Program, reassociate = true): Program {
  const stages = optimize(program, { reassociate });
  return stages[stages.length - 1].program;
}

export function layouts(value: Value): Layout {
  const layout = layoutOf(value);
  if (layout === null) throw new Error("copies have been made");
  return layout;
}

export function baseOf(value: Value): Value {
  return layouts(value).base;
}

export interface Step {
  readonly unit: Unit;
  readonly plan: GroupPlan | null;
}

/** A value is read outside of its group where others, views or the caller read it. */
export function stepsOf(program: Program): readonly Step[] {
  const roots = new Set(rootsOf(program).map(baseOf));
  return fuse(program).map((unit) => {
    if (unit.kind === "routine") return { unit, plan: null };
    const own = new Set(unit.members);
    const isOutside = (value: Value): boolean =>
      roots.has(value) ||
      program.values.some(
        (user) =>
          !own.has(user) &&
          user.operands.some((operand) => operand === value || baseOf(operand) === value),
      );
    return { unit, plan: planGroup(unit, isOutside) };
  });
}

/** One word for each unit: a routine's kernel, or a group as `group[8,4] sum over 0 in 3 passes`. */
export function summary(program: Program): string {
  return stepsOf(program)
    .map(({ unit, plan }) => {
      if (unit.kind === "routine") return unit.value.label;
      const over = unit.reduced.length === 0 ? "" : ` over ${unit.reduced.join()}`;
      return `group[${unit.domain.join()}]${over}: ${unit.members.length} values, ${plan?.passes.length} passes`;
    })
    .join("\n");
}

/** As in the paper, without a rule for its gradient. */
export function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const over = { axes: 0, keepDims: true };
  const centered = sub(x, mean(x, over));
  const variance = mean(mul(centered, centered), over);
  const xHat = centered.div(sqrt(add(variance, 1e-5)));
  return add(mul(xHat, gamma), beta);
}
