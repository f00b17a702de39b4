/**
 * @file A state dict of PyTorch in a safetensors file fits a model of the same structure by its names;
 * where a name is wrong, nothing is loaded and the error says which was meant.
 */
import assert from "node:assert/strict";
import { type Tensor, tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  Linear,
  loadTorchStateDict,
  parseSafetensors,
  Sequential,
  serializeSafetensors,
} from "@tapegrad/nn";
import { runWhenMain } from "./run-when-main.ts";

/** What `nn.Sequential(nn.Linear(2, 1), nn.BatchNorm1d(1)).state_dict()` could hold after training. */
const STATE = {
  "0.weight": tensor([[1, 2]]),
  "0.bias": tensor([0.5]),
  "1.weight": tensor([2]),
  "1.bias": tensor([3]),
  "1.running_mean": tensor([0.5]),
  "1.running_var": tensor([4]),
  "1.num_batches_tracked": { dtype: "int64", shape: [], data: BigInt64Array.of(100n) },
} as const;

const newModel = (): Sequential => new Sequential(new Linear(2, 1), new BatchNorm(1));
const evaluate = (model: Sequential, x: Tensor): number =>
  model.forward(x, { mode: "eval" }).item();

export function lesson(print: (...values: unknown[]) => void = console.log): void {
  // In Python: safetensors.torch.save_file(model.state_dict(), "model.safetensors").
  const bytes = serializeSafetensors(STATE, { metadata: { format: "pt" } });
  const { tensors } = parseSafetensors(bytes, { name: "model.safetensors" });
  print(`${bytes.length} bytes: `, [...tensors.keys()].join(" "));

  const model = newModel();
  loadTorchStateDict(model, tensors);
  print("in the model:", Object.keys(model.stateDict()).join(" "));

  // By hand, for x = (1, 3): v = 1 · 1 + 2 · 3 + 0.5, then γ (v - mean) / √(variance + ε) + β.
  const x = tensor([[1, 3]]);
  const byHand = (2 * (7.5 - 0.5)) / Math.sqrt(4 + 1e-5) + 3;
  print("model(x):    ", evaluate(model, x), "by hand:", byHand);
  assert.ok(Math.abs(evaluate(model, x) - byHand) < 1e-5);

  // One name wrong, and the other model keeps all of its own values.
  const other = newModel();
  const before = evaluate(other, x);
  const rename = (name: string): string => name.replace("running_var", "runing_var");
  const load = (): unknown => loadTorchStateDict(other, tensors, { rename });
  assert.throws(load, (error) => {
    print(String(error));
    return String(error).includes("missing 1.running_var (is it 1.runing_var?)");
  });
  assert.equal(evaluate(other, x), before);
}

runWhenMain(import.meta.url, lesson);
