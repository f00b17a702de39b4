/**
 * @file Copies where a view will not do: a reshape that strides cannot express, an operand that a routine
 * reads in row-major order, and results that would otherwise lie in the memory of something else.
 */
import { isSingle, reshapeValue, rewrite, spreadValue } from "../builder.ts";
import { needsDense } from "../emit/routine.ts";
import { isDense, layoutOf } from "../layout.ts";
import type { Program, Value } from "../program.ts";

export function copyViews(program: Program): Program {
  const copied = rewrite(program, (value) => {
    const { op, operands } = value;
    // the operand became a number after the view was made
    if (op.kind === "view" && operands[0].op.kind === "constant") {
      return spreadValue(operands[0], value.shape);
    }
    if (op.kind === "view" && op.transform.type === "stretch") {
      const ones = value.shape.map(() => 1);
      if (isSingle(operands[0])) return { ...value, operands: [reshapeValue(operands[0], ones)] };
    }
    if (op.kind === "view" && layoutOf(value) === null) {
      return { ...value, operands: [copyOf(operands[0])] };
    }
    if (op.kind === "routine") {
      const needs = needsDense(op.kernel);
      const placed = operands.map((x, i) => {
        if (x.op.kind === "constant") return spreadValue(x, op.shapes[i]);
        // a single number may have lost or gained axes
        const shaped =
          isSingle(x) && isSingle({ shape: op.shapes[i] }) ? reshapeValue(x, op.shapes[i]) : x;
        return needs && !isInOrder(shaped) ? copyOf(shaped) : shaped;
      });
      return { ...value, operands: placed };
    }
    return value;
  });
  const assigned = new Set(copied.writes.map(({ variable }) => variable));
  const own = (value: Value): Value => {
    if (value.op.kind === "constant" || !isInOrder(value)) return copyOf(value);
    const base = layoutOf(value)?.base.op;
    // the variable will have changed by the time its old value is read out
    return base?.kind === "variable" && assigned.has(base.index) ? copyOf(value) : value;
  };
  const computed = (value: Value): Value => {
    const kind = layoutOf(value)?.base.op.kind;
    const isSource = kind === "argument" || kind === "literal" || kind === "variable";
    return isSource ? copyOf(value) : own(value);
  };
  const results = copied.results.map(own);
  const writes = copied.writes.map(({ variable, value }) => ({ variable, value: computed(value) }));
  const added = [...results, ...writes.map(({ value }) => value)];
  const values = [...copied.values];
  for (const value of added) if (!values.includes(value)) values.push(value);
  return { ...copied, values, results, writes };
}

function copyOf(value: Value): Value {
  return spreadValue(value, value.shape);
}

function isInOrder(value: Value): boolean {
  const layout = layoutOf(value);
  return layout !== null && isDense(value, layout);
}
