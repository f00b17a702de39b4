/** What a checkpoint is in a program: operations that are repeated late, so that their results need not wait. */
import {
  checkpoint,
  compile,
  exp,
  grad,
  matMul,
  normal,
  randomKey,
  sin,
  sum,
  tanh,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { shareCommonSubexpressions } from "../../src/compile/passes/common-subexpressions.ts";
import { foldViews } from "../../src/compile/passes/fold-views.ts";
import { after as waitFor } from "../../src/primitives/after.ts";
import { after, float32, traced } from "./traces.ts";

describe("what comes after something else", () => {
  it("is not taken for the same value, and is read from the same memory", () => {
    const program = traced(
      (x, y) =>
        exp(x)
          .add(exp(waitFor(x, y)))
          .mul(exp(waitFor(x, y))),
      float32(3),
      float32(2),
    );

    expect(after(program, foldViews, shareCommonSubexpressions)).toBe(
      `
%0 = argument 0 : float32[3]
%1 = argument 1 : float32[2]
%2 = exp(%0) : float32[3]
%3 = same(%0, %1) : float32[3]
%4 = exp(%3) : float32[3]
%5 = add(%2, %4) : float32[3]
%6 = mul(%5, %4) : float32[3]
return %6`.trim(),
    );
  });
});

describe("what is waited for", () => {
  it("is something that is needed: where the passes take a product apart, what it was made of", () => {
    const f = (x: Tensor, y: Tensor): Tensor => {
      const weight = sum(y).mul(x);
      return exp(waitFor(x, weight)).mul(sum(y).mul(2));
    };
    const run = compile(f);
    const [x, y] = [tensor([1, 2]), tensor([0.25, 0.5])];

    expect(String(run.programFor(x, y))).toContain("%3 = same(%0, %2) : float32[2]");
    expect(run(x, y).toArray()).toEqual(f(x, y).toArray());
  });
});

type Block = (x: Tensor, w: Tensor) => Tensor;

describe("a checkpoint in a program", () => {
  it("takes a third of the memory of eight blocks, for the same bits", () => {
    const size = 64;
    const square = normal(randomKey(1), [size, size]).mul(0.1);
    const eight = (kind: (f: Block) => Block) =>
      // without reassociation, which orders the factors of a product by when they were made
      compile(
        (a: Tensor, b: Tensor) => {
          const block = kind((y, w) => {
            const z = tanh(matMul(y, w));
            return sin(z).mul(exp(z));
          });
          return grad((w: Tensor) => {
            let y = a;
            for (let i = 0; i < 8; i++) y = block(y, w);
            return sum(y);
          })(b);
        },
        { reassociate: false },
      );
    const [kept, repeated] = [eight((f) => f), eight(checkpoint)];
    const bytesOf = (f: typeof kept): number => f.programFor(square, square).memory.liveBytes;

    expect(repeated(square, square).toTypedArray()).toEqual(kept(square, square).toTypedArray());
    expect([kept, repeated].map(bytesOf)).toEqual([673_792, 215_040]);
  });
});
