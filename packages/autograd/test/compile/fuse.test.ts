import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fuse } from "../../src/compile/fuse.ts";
import type { Program, Value } from "../../src/compile/program.ts";
import {
  matMul,
  oneHot,
  record,
  softmax,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import { batchNorm, optimized, summary } from "./plans.ts";
import { programOf, words } from "./random-programs.ts";
import { float32, of, traced } from "./traces.ts";

describe("one group is", () => {
  it("batch normalisation, forward and backward", () => {
    const program = traced(
      (x, gamma, beta, cotangent) => {
        const tape = record(batchNorm, x, gamma, beta);
        return [tape.output, ...tape.gradient(tape.inputs, { cotangent })];
      },
      ...[float32(8, 4), float32(4), float32(4), float32(8, 4)],
    );

    expect(summary(optimized(program))).toMatchInlineSnapshot(
      `"group[8,4] over 0: 39 values, 3 passes"`,
    );
  });

  it("a softmax", () => {
    expect(summary(optimized(traced((x) => softmax(x), float32(8, 10))))).toMatchInlineSnapshot(
      `"group[8,10] over 1: 6 values, 3 passes"`,
    );
  });

  it("a chain of operations, and several that read the same", () => {
    const program = traced((x) => [x.exp().neg(), x.sin(), x.mul(2).tanh()], float32(8, 10));

    expect(summary(optimized(program))).toMatchInlineSnapshot(`"group[8,10]: 5 values, 1 passes"`);
  });
});

describe("groups of their own are", () => {
  it("sums over different axes", () => {
    const program = traced((x) => [x.sum({ axes: 0 }), x.sum({ axes: 1 })], float32(8, 10));

    expect(summary(optimized(program))).toMatchInlineSnapshot(`
      "group[8,10] over 0: 1 values, 1 passes
      group[8,10] over 1: 1 values, 1 passes"
    `);
  });

  it("what comes before and after a matrix product, for the path through it leaves and returns", () => {
    const f = (x: Tensor): Tensor => {
      const y = x.exp();
      return matMul(y, transpose(y)).add(y);
    };

    expect(summary(optimized(traced((x) => f(x), float32(4, 4))))).toMatchInlineSnapshot(`
      "group[4,4]: 1 values, 1 passes
      matMul
      group[4,4]: 1 values, 1 passes"
    `);
  });

  it("the loss of a classifier, around the labels' routine", () => {
    const f = (x: Tensor, labels: Tensor): Tensor =>
      softmax(x).log().mul(oneHot(labels, 10)).sum().neg();
    const program = traced((x, labels) => f(x, labels), float32(8, 10), of("int32", 8));

    expect(summary(optimized(program))).toMatchInlineSnapshot(`
      "gather
      group[8,10] over 1: 8 values, 3 passes
      group[8,10] over 0,1: 2 values, 1 passes"
    `);
  });
});

/** A member that reads, through values outside of its group, another member of it. */
function pathThatReturns(program: Program): Value | undefined {
  for (const unit of fuse(program)) {
    if (unit.kind === "routine") continue;
    const own = new Set(unit.members);
    /** Values outside of the group that depend on it. */
    const outside = new Set<Value>();
    for (const value of program.values) {
      const depends = value.operands.some(
        (operand) => outside.has(operand) || (own.has(operand) && !own.has(value)),
      );
      if (depends && own.has(value)) {
        if (value.operands.some((operand) => outside.has(operand))) return value;
      } else if (depends) outside.add(value);
    }
  }
  return undefined;
}

/** A value that a unit reads and no earlier unit computes. */
function readTooEarly(program: Program): Value | undefined {
  const computed = new Set(
    program.values.filter(({ op }) =>
      ["argument", "variable", "literal", "constant"].includes(op.kind),
    ),
  );
  const isThere = (value: Value): boolean =>
    computed.has(value) ||
    // a view of what is there, or one of the results of a routine that is
    ((value.op.kind === "view" || value.op.kind === "part") && isThere(value.operands[0]));
  for (const unit of fuse(program)) {
    const members = unit.kind === "group" ? unit.members : [unit.value];
    for (const value of members) {
      const missing = value.operands.find((x) => !isThere(x) && !members.includes(x));
      if (missing !== undefined) return missing;
      if (unit.kind === "group") computed.add(value);
    }
    for (const value of members) computed.add(value);
  }
  return undefined;
}

describe("of a random program", () => {
  const randomProgram = words.map((list) => {
    const { inputs, run } = programOf(list, { numbers: "exact" });
    return optimized(traced((...args) => run(...args), ...inputs.map(({ aval }) => aval)));
  });

  it("no group has a path that leaves it and returns", () => {
    fc.assert(fc.property(randomProgram, (program) => pathThatReturns(program) === undefined));
  });

  it("the units run in an order in which everything is there when it is read", () => {
    fc.assert(fc.property(randomProgram, (program) => readTooEarly(program) === undefined));
  });

  it("every value that computes something is in one unit", () => {
    fc.assert(
      fc.property(randomProgram, (program) => {
        const units = fuse(program).flatMap((unit) =>
          unit.kind === "group" ? unit.members : [unit.value],
        );
        const computing = program.values.filter(({ op }) =>
          ["scalar", "reduce", "routine"].includes(op.kind),
        );

        expect(units).toHaveLength(new Set(units).size);
        expect(new Set(units)).toEqual(new Set(computing));
      }),
    );
  });
});

it("a literal is no unit", () => {
  expect(fuse(traced((x) => x.add(tensor([1, 2])), float32(2)))).toHaveLength(1);
});
