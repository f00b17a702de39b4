/** @file Views: a view of a view is one view where it can be, and a view that moves nothing is gone. */
import { sameShape } from "../../array/shape.ts";
import { makeValue, rewrite } from "../builder.ts";
import type { Program, Value } from "../program.ts";

export function foldViews(program: Program): Program {
  return rewrite(program, fold);
}

function fold(value: Value): Value {
  const { op, operands, shape, dtype, label } = value;
  if (op.kind !== "view") return value;
  const [x] = operands;
  const { transform } = op;
  if (isIdentity(value)) return x;
  if (x.op.kind !== "view") return value;
  const [inner] = x.operands;
  const before = x.op.transform;
  if (transform.type === "reshape" && before.type === "reshape") {
    return fold(makeValue({ kind: "view", transform }, [inner], shape, dtype, label));
  }
  if (transform.type === "transpose" && before.type === "transpose") {
    const permutation = transform.permutation.map((axis) => before.permutation[axis]);
    const folded = { type: "transpose", permutation } as const;
    return fold(makeValue({ kind: "view", transform: folded }, [inner], shape, dtype, label));
  }
  if (transform.type === "slice" && before.type === "slice") {
    const starts = transform.starts.map((n, axis) => before.starts[axis] + n * before.steps[axis]);
    const steps = transform.steps.map((n, axis) => n * before.steps[axis]);
    const folded = { type: "slice", starts, sizes: transform.sizes, steps } as const;
    return makeValue({ kind: "view", transform: folded }, [inner], shape, dtype, label);
  }
  return value;
}

function isIdentity({ op, operands, shape }: Value): boolean {
  if (op.kind !== "view" || !sameShape(operands[0].shape, shape)) return false;
  const { transform } = op;
  // it is there to keep two computations apart
  if (transform.type === "same") return false;
  if (transform.type === "transpose") return transform.permutation.every((axis, i) => axis === i);
  return transform.type !== "slice" || transform.steps.every((step) => step > 0);
}
