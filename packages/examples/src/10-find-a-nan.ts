/**
 * @file `explainNonFinite` names the line that made the first NaN of a training step, and a step that is
 * compiled with `commit: "finite"` refuses to train on it.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  compile,
  explainNonFinite,
  NonFiniteError,
  record,
  type Tensor,
  tensor,
  Variable,
} from "@tapegrad/autograd";
import { runWhenMain } from "./run-when-main.ts";

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const weight = new Variable(tensor([0.5, 0.25]), { name: "weight" });

  // The mistake: nothing keeps the prediction above 0, where the logarithm ends.
  const loss = (x: Tensor): Tensor => {
    const prediction = x.mul(weight.value).sum({ axes: 1 });
    return prediction.log().neg().mean();
  };
  const step = (x: Tensor): Tensor => {
    const tape = record(() => loss(x));
    weight.assign(weight.value.sub(tape.gradient(weight).mul(0.1)));
    return tape.output;
  };
  const harmless = tensor([
    [1, 2],
    [3, 1],
  ]);
  const harmful = tensor([
    [1, 2],
    [3, -8],
  ]);

  // Which operation of finite numbers gave a NaN, on which line, and what its operand was like.
  assert.equal(explainNonFinite(step, harmless), null);
  const report = explainNonFinite(step, harmful);
  print(String(report));
  assert.equal(report?.name, "log");
  const [, line] = /10-find-a-nan\.ts:(\d+)/.exec(report.line ?? "") ?? [];
  const source = readFileSync(new URL(import.meta.url), "utf8").split("\n");
  print(`line ${line}:${source[Number(line) - 1]}`);
  assert.ok(source[Number(line) - 1].includes("prediction.log()"));

  // Guarded, the step throws and assigns nothing, and the next batch can be trained on.
  const guarded = compile(step, { commit: "finite" });
  guarded(harmless);
  const before = weight.value.toArray();
  assert.throws(() => guarded(harmful), NonFiniteError);
  assert.deepEqual(weight.value.toArray(), before);
  print("still", weight.value, "with loss", guarded(harmless));
}

runWhenMain(import.meta.url, lesson);
