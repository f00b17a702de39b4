import { describe, expect, it } from "vitest";
import type { GroupPlan } from "../../src/compile/plan-group.ts";
import { printProgram, type Program, type Value } from "../../src/compile/program.ts";
import { record, softmax, type Tensor } from "../../src/index.ts";
import { batchNorm, optimized, stepsOf } from "./plans.ts";
import { float32, traced } from "./traces.ts";

/** Pass by pass: what is computed before it, reduced, stored and loaded. */
function printPlan(program: Program): string {
  const lines = printProgram(program).split("\n");
  const numbers = new Map(program.values.map((value, i) => [value, `%${i}`]));
  const list = (values: Iterable<Value>): string =>
    [...values].map((value) => numbers.get(value)).join(" ");
  const plans = stepsOf(program).flatMap(({ plan }): GroupPlan[] => (plan === null ? [] : [plan]));
  for (const { passes, after, stored } of plans) {
    passes.forEach(({ before, reductions, stores, loads }, i) => {
      const parts = { before, reductions, stores, loads };
      const texts = Object.entries(parts).flatMap(([name, values]) => {
        const text = list(values);
        return text === "" ? [] : [`${name} ${text}`];
      });
      lines.push(`pass ${i}: ${texts.join("; ")}`);
    });
    if (after.length > 0) lines.push(`after: ${list(after)}`);
    lines.push(`in memory: ${list(stored)}`);
  }
  return lines.join("\n");
}

describe("the passes over the domain", () => {
  it("of batch normalisation, forward: two sums, then the result", () => {
    const program = traced(batchNorm as never, float32(8, 4), float32(4), float32(4));

    expect(printPlan(optimized(program))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[8,4]
      %1 = argument 1 : float32[4]
      %2 = argument 2 : float32[4]
      %3 = sum(%0, axes=[0]) : float32[1,4]
      %5 = mul(%3, 0.125) : float32[1,4]
      %6 = sub(%0, %5) : float32[8,4]
      %7 = mul(%6, %6) : float32[8,4]
      %8 = sum(%7, axes=[0]) : float32[1,4]
      %9 = mul(%8, 0.125) : float32[1,4]
      %11 = add(%9, 0.000009999999747378752) : float32[1,4]
      %12 = sqrt(%11) : float32[1,4]
      %13 = reshape(%1, shape=[1,4]) : float32[1,4]
      %14 = div(%13, %12) : float32[1,4]
      %15 = mul(%6, %14) : float32[8,4]
      %16 = reshape(%2, shape=[1,4]) : float32[1,4]
      %17 = add(%15, %16) : float32[8,4]
      return %17
      pass 0: reductions %3
      pass 1: before %5; reductions %8
      pass 2: before %9 %11 %12 %14; stores %17
      in memory: %17 %3 %8 %5 %14"
    `);
  });

  const both = (x: Tensor, gamma: Tensor, beta: Tensor, cotangent: Tensor): Tensor[] => {
    const tape = record(batchNorm, x, gamma, beta);
    return [tape.output, ...tape.gradient(tape.inputs, { cotangent })];
  };
  const program = traced(both as never, float32(8, 4), float32(4), float32(4), float32(8, 4));
  const passesOf = (given: Program): number[] =>
    stepsOf(given).flatMap(({ plan }) => (plan === null ? [] : [plan.passes.length]));

  it("of batch normalisation, forward and backward, are three", () => {
    expect(passesOf(optimized(program))).toEqual([3]);
  });

  it("are more without reassociation: sums wait for factors that they do not vary with", () => {
    expect(passesOf(optimized(program, false))).toEqual([5]);
  });

  it("of a softmax store the costly exp in one, and load it in the next", () => {
    expect(printPlan(optimized(traced((x) => softmax(x), float32(8, 10))))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[8,10]
      %1 = max(%0, axes=[1]) : float32[8,1]
      %2 = sub(%0, %1) : float32[8,10]
      %3 = exp(%2) : float32[8,10]
      %4 = sum(%3, axes=[1]) : float32[8,1]
      %6 = div(1, %4) : float32[8,1]
      %7 = mul(%3, %6) : float32[8,10]
      return %7
      pass 0: reductions %1
      pass 1: reductions %4; stores %3
      pass 2: before %6; stores %7; loads %3
      in memory: %7 %3 %1 %4 %6"
    `);
  });

  it("compute cheap values again, and costly ones once", () => {
    const f = (x: Tensor): Tensor[] => {
      const cheap = x.mul(x).add(1);
      const costly = x.exp();
      const over = { axes: 0, keepDims: true };
      return [cheap.sub(cheap.sum(over)), costly.sub(costly.sum(over))];
    };
    expect(printPlan(optimized(traced((x) => f(x), float32(8, 4))))).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[8,4]
      %1 = mul(%0, %0) : float32[8,4]
      %3 = add(%1, 1) : float32[8,4]
      %4 = exp(%0) : float32[8,4]
      %5 = sum(%3, axes=[0]) : float32[1,4]
      %6 = sub(%3, %5) : float32[8,4]
      %7 = sum(%4, axes=[0]) : float32[1,4]
      %8 = sub(%4, %7) : float32[8,4]
      return %6, %8
      pass 0: reductions %5 %7; stores %4
      pass 1: stores %6 %8; loads %4
      in memory: %6 %8 %4 %5 %7"
    `);
  });

  it("take a sum that nothing waits for as late as they can: with the others that read the same", () => {
    const f = (x: Tensor, y: Tensor): Tensor[] => {
      const over = { axes: 0, keepDims: true };
      const centered = x.sub(x.mean(over));
      return [y.sum(over), y.mul(centered).mul(centered).sum(over)];
    };
    const plan = optimized(traced((x, y) => f(x, y), float32(8, 4), float32(8, 4)));
    expect(printPlan(plan)).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[8,4]
      %1 = argument 1 : float32[8,4]
      %2 = sum(%0, axes=[0]) : float32[1,4]
      %4 = mul(%2, 0.125) : float32[1,4]
      %5 = sub(%0, %4) : float32[8,4]
      %6 = sum(%1, axes=[0]) : float32[1,4]
      %7 = mul(%1, %5) : float32[8,4]
      %8 = mul(%7, %5) : float32[8,4]
      %9 = sum(%8, axes=[0]) : float32[1,4]
      return %6, %9
      pass 0: reductions %2
      pass 1: before %4; reductions %6 %9
      in memory: %2 %6 %9 %4"
    `);
  });
});
