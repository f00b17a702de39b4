import { describe, expect, it } from "vitest";
import { mayOverwrite } from "../../../src/compile/passes/in-place.ts";
import { compile, slice, type Tensor, tensor, transpose } from "../../../src/index.ts";
import { layouts, optimized, stepsOf } from "../plans.ts";
import { float32, traced } from "../traces.ts";

/** Whether the last result of `f` may be written over its argument. */
function overArgument(f: (x: Tensor) => Tensor | readonly Tensor[], ...shape: number[]): boolean {
  const program = optimized(traced((x) => f(x), float32(...shape)));
  const target = layouts(program.results[program.results.length - 1]).base;
  const old = program.values.find(({ op }) => op.kind === "argument");
  const plan = stepsOf(program).find(({ plan }) => plan?.group.members.includes(target))?.plan;
  if (old === undefined || !plan) throw new Error("there is a group with the result");
  return mayOverwrite(plan, target, old, layouts);
}

describe("a value may be written over an operand", () => {
  it("of the same shape and dtype that is read at the same index", () => {
    expect(overArgument((x) => x.exp().mul(x), 4, 3)).toBe(true);
  });

  it("that reductions of earlier passes have read", () => {
    expect(overArgument((x) => x.sub(x.mean({ axes: 0, keepDims: true })), 4, 3)).toBe(true);
  });

  it("through a view in the same order", () => {
    expect(overArgument((x) => x.reshape([12]).exp(), 4, 3)).toBe(true);
  });
});

describe("a value may not be written over an operand", () => {
  it("that is read at another index", () => {
    expect(overArgument((x) => x.add(transpose(x)), 3, 3)).toBe(false);
    const reversed = (x: Tensor): Tensor =>
      x.add(slice(x, { starts: [3, 0], sizes: [4, 3], steps: [-1, 1] }));
    expect(overArgument(reversed, 4, 3)).toBe(false);
  });

  it("of another dtype", () => {
    expect(overArgument((x) => x.cast("int32"), 4, 3)).toBe(false);
  });

  it("that is repeated", () => {
    expect(overArgument((x) => x.add(tensor([[1], [2]])), 1, 3)).toBe(false);
  });

  it("where it is stored in a pass before the last, which reads the operand again", () => {
    const f = (x: Tensor): Tensor[] => {
      const costly = x.exp();
      return [x.mul(costly.sum({ axes: 0, keepDims: true }).add(x)), costly];
    };
    const program = optimized(traced((x) => f(x), float32(4, 3)));
    const [{ plan }] = stepsOf(program);
    const [, target] = program.results;
    const [old] = program.values;

    expect(plan?.passes.map(({ stores }) => stores.includes(target))).toEqual([true, false]);
    expect(plan && mayOverwrite(plan, target, old, layouts)).toBe(false);
  });
});

describe("what runs in place is right", () => {
  it.each([
    ["a chain", (x: Tensor) => x.exp().mul(x)],
    ["a transpose added", (x: Tensor) => x.mul(2).add(transpose(x.mul(2)))],
    [
      "a sum over rows, then columns",
      (x: Tensor) => {
        const y = x.sub(x.mean({ axes: 0, keepDims: true }));
        return y.sub(y.mean({ axes: 1, keepDims: true })).mul(y);
      },
    ],
  ])("%s", (_, f) => {
    const x = tensor([[1, 2, 3], [4, 5, 7], [0, -1, 0.5]]); // biome-ignore format: a matrix
    const [eager, compiled] = [f(x), compile(f)(x)];

    const largest = eager.abs().max().item();
    expect(compiled.sub(eager).abs().max().item()).toBeLessThan(1e-6 * largest);
  });
});
