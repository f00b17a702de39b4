import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Shape, tensor } from "@tapegrad/autograd";
import { writeSafetensors } from "@tapegrad/nn/node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DescribedModel } from "../../src/oracle/described-model.ts";
import { safetensors } from "../../src/oracle/safetensors.ts";
import type { Check } from "../../src/oracle/suite.ts";

const describeModel = (
  model: string,
  shapes: Readonly<Record<string, Shape>>,
  config: Readonly<Record<string, unknown>> = {},
) => new DescribedModel({ model, config, shapes: new Map(Object.entries(shapes)) }, "float32");

describe("a described model", () => {
  it("names the layers of nn.Sequential by position", () => {
    const model = describeModel("nn.Sequential: Linear -> ReLU -> Linear", {
      "0.weight": [4, 3],
      "2.weight": [2, 4],
      "2.bias": [2],
    });

    expect([...model.state().keys()]).toEqual(["0.weight", "2.weight", "2.bias"]);
  });

  it("takes kernel, bias, stride and padding as they are described and stored", () => {
    const model = describeModel("conv1 (pad k//2) -> conv2 (stride 3, no bias) -> flatten; eval", {
      "conv1.weight": [2, 1, 5, 3],
      "conv1.bias": [2],
      "conv2.weight": [4, 2, 2, 2],
    });

    expect([...model.state().keys()]).toEqual(["conv1.weight", "conv1.bias", "conv2.weight"]);
    expect(model.forward(tensor(new Float32Array(63), { shape: [1, 1, 9, 7] })).shape).toEqual([
      1, 24,
    ]);
  });

  it("builds recurrent layers of any depth and direction", () => {
    const config = { num_layers: 2, bidirectional: true, hidden_size: 3 };
    const model = describeModel(
      "emb -> lstm (batch_first, zero initial state) -> last time step -> fc",
      {
        "emb.weight": [7, 4],
        "lstm.weight_ih_l0": [12, 4],
        "lstm.bias_ih_l0": [12],
        "fc.weight": [2, 6],
      },
      config,
    );

    expect(model.state().has("lstm.weightIhL1Reverse")).toBe(true);
    expect(model.forward(tensor([[1, 2, 3]], { dtype: "int32" })).shape).toEqual([1, 2]);
  });

  it("refuses what it does not know", () => {
    expect(() => describeModel("fc -> sorcery(3)", { "fc.weight": [1, 1] })).toThrow(
      'oracle: a model is described with the stage "sorcery(3)", which has no line in the table. Add one.',
    );
    expect(() => describeModel("fc", {})).toThrow("the file holds no fc.weight");
  });
});

describe("the suite safetensors", () => {
  let oracle = "";
  let folder = "";
  beforeEach(() => {
    oracle = mkdtempSync(join(tmpdir(), "tapegrad-oracle-"));
    folder = join(oracle, "safetensors");
    mkdirSync(folder);
    const files = [{ file: "m.safetensors", io: "m.json", tensors: 2 }];
    writeFileSync(join(folder, "MANIFEST.json"), JSON.stringify({ files }));
    const weights = { "0.weight": tensor([[1, -2]]), "0.bias": tensor([0.5]) };
    writeSafetensors(join(folder, "m.safetensors"), weights);
  });
  afterEach(() => {
    rmSync(oracle, { recursive: true });
  });

  const stored = (dtype: string, shape: Shape, ...data: (number | string)[]) => ({
    tensor: dtype,
    shape,
    data,
  });
  const MODEL = {
    model: "nn.Sequential: Linear -> Tanh",
    state_keys: ["0.weight", "0.bias"],
    input: stored("float32", [1, 2], 1, 0.25),
    output: stored("float32", [1, 1], Math.tanh(1)),
    output_float64: stored("float64", [1, 1], Math.tanh(1)),
  };

  function check(beside: object, compiled = false): string[] {
    writeFileSync(join(folder, "m.json"), JSON.stringify(beside));
    const context = { oracle, mnist: "", results: "", compiled, mapped: false };
    const line = (found: Check): string =>
      found.status === "failed" ? `${found.id} ${found.problem}` : found.status;
    return [...safetensors(context)].map(line);
  }

  it.each([false, true])("passes what is right, compiled: %s", (compiled) => {
    expect(check(MODEL, compiled)).toEqual(["passed", "passed", "passed", "passed"]);
  });

  it("fails for a wrong number, a wrong dtype and a name that is missing", () => {
    const wrong = {
      ...MODEL,
      state_keys: ["0.weight"],
      output: stored("float32", [1, 1], 0.7615),
      output_float64: stored("float64", [1], Math.tanh(1)),
    };

    expect(check(wrong)).toEqual([
      "m/names 0.bias,0.weight instead of 0.weight",
      "passed",
      expect.stringMatching(/^m\/float32 output at \[0\]: 0.7615/),
      "m/float64 output float64[1,1] instead of float64[1]",
    ]);
  });

  it("fails for decoded values that differ in a bit, a sign, the dtype or the shape", () => {
    const weight = { dtype: "F32", shape: [1, 2], data: [1, -2] };
    const bias = { dtype: "F32", shape: [1], data: [0.5] };
    const lines = (changed: object): string[] =>
      check({ tensors: { "0.weight": { ...weight, ...changed }, "0.bias": bias } });

    expect(lines({})).toEqual(["passed", "passed", "passed", "passed"]);
    for (const changed of [
      { data: [1, -2.0000000001] },
      { data: ["NaN", -2] },
      { data: [1] },
      { dtype: "BF16" },
      { shape: [2, 1] },
    ]) {
      expect(lines(changed)[2]).toMatch(/^m\/0.weight /);
    }
  });
});
