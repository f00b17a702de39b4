import { randomKey } from "@tapegrad/autograd";
import {
  fromTorchName,
  loadTorchStateDict,
  parseSafetensors,
  serializeSafetensors,
  torchStateDict,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { layerCases } from "../layers/contract/cases/index.ts";

// Every layer that has a case of the contract: its state goes to a PyTorch file and comes back.

const built = layerCases.flatMap(({ name, build }) => {
  const module = build({ key: randomKey(1), dtype: "float32" });
  return module.state().size === 0 ? [] : [{ name, build, module }];
});

describe("the state of every layer", () => {
  it.each(built)("of $name comes back from a PyTorch file", ({ build, module }) => {
    const loaded = build({ key: randomKey(2), dtype: "float32" });

    const state = torchStateDict(module);
    const { tensors } = parseSafetensors(serializeSafetensors(state), { name: "memory" });
    loadTorchStateDict(loaded, tensors);

    const text = (values: Readonly<Record<string, unknown>>): string =>
      JSON.stringify(Object.entries(values).map(([path, value]) => `${path}: ${String(value)}`));
    expect(text(loaded.stateDict())).toBe(text(module.stateDict()));
    expect([...state.keys()].map(fromTorchName)).toEqual([...module.state().keys()]);
    expect([...state.keys()].filter((name) => /[A-Z]/.test(name))).toEqual([]);
  });

  it("is that of many layers", () => {
    expect(built.length).toBeGreaterThan(30);
  });
});
