/**
 * @file A compiled training step gives the numbers of the eager one up to rounding, is one program for
 * each signature of its arguments, and leaves its variables to be read and assigned as before.
 */
import assert from "node:assert/strict";
import { compile, normal, randomKey, record, type Tensor, tensor } from "@tapegrad/autograd";
import { Linear, mseLoss, SGD } from "@tapegrad/nn";
import { runWhenMain } from "./run-when-main.ts";

/** A model, and the step that trains it; `runs` counts how often the function itself is called. */
function newStep() {
  const model = new Linear(3, 1, { key: randomKey(9) });
  const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
  const counted = { runs: 0 };
  const step = (x: Tensor, y: Tensor): Tensor => {
    counted.runs++;
    const tape = record(() => mseLoss(model.forward(x), y));
    optimizer.step(tape.gradient(model.parameters()));
    return tape.output;
  };
  return { model, step, counted };
}

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  const [eager, compiled] = [newStep(), newStep()];
  const step = compile(compiled.step);

  // y = x₀ - 2 x₁ + x₂: the same batch, twenty times.
  const x = normal(randomKey(1), [16, 3]);
  const y = x.matMul(tensor([[1], [-2], [1]]));
  for (let i = 0; i < 20; i++) {
    const [expected, loss] = [eager.step(x, y).item(), step(x, y).item()];
    if (i % 5 === 4) print(`step ${i + 1}: eager ${expected}, compiled ${loss}`);
  }
  const difference = eager.model.weight.value.sub(compiled.model.weight.value).abs().max();
  print("largest difference of a weight:", difference.item());
  assert.ok(difference.item() < 1e-6);

  // The function ran once, without numbers. Another batch size is another signature.
  assert.deepEqual([eager.counted.runs, compiled.counted.runs], [20, 1]);
  step(tensor([[0, 0, 0]]), tensor([[0]]));
  assert.equal(compiled.counted.runs, 2);

  // What was traced, what computes it now (fused loops and routines), and what that does.
  const program = step.programFor(x, y);
  const [traced] = program.stages;
  print(`traced: ${traced.program.values.length} values, now in ${program.unitCount} functions:`);
  print(String(program));

  // Assigned from outside: the right weights, whose loss is 0 but for rounding, and which stay.
  const [right, { weight, bias }] = [tensor([[1, -2, 1]]), compiled.model];
  weight.assign(right);
  bias?.assign(tensor([0]));
  assert.ok(step(x, y).item() < 1e-12);
  assert.ok(weight.value.sub(right).abs().max().item() < 1e-6);
}

runWhenMain(import.meta.url, lesson);
