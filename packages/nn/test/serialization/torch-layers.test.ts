import { randomKey } from "@tapegrad/autograd";
import {
  fromTorchName,
  loadTorchStateDict,
  parseSafetensors,
  serializeSafetensors,
  torchStateDict,
  toTorchName,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { layerCases } from "../layers/contract/cases/index.ts";

// Every layer that has a case of the contract: its state goes to a PyTorch file and comes back.

const stateful = layerCases.filter(({ build }) => {
  return build({ key: randomKey(1), dtype: "float32" }).state().size > 0;
});

describe("the state of every layer", () => {
  it.each(stateful)("of $name comes back from a PyTorch file", ({ build }) => {
    const saved = build({ key: randomKey(1), dtype: "float32" });
    const loaded = build({ key: randomKey(2), dtype: "float32" });

    const bytes = serializeSafetensors(torchStateDict(saved));
    loadTorchStateDict(loaded, parseSafetensors(bytes, { name: "memory" }).tensors);

    const text = (values: Readonly<Record<string, unknown>>): string =>
      JSON.stringify(Object.entries(values).map(([path, value]) => `${path}: ${String(value)}`));
    expect(text(loaded.stateDict())).toBe(text(saved.stateDict()));
  });

  it.each(stateful)("of $name has names that map both ways", ({ build }) => {
    const paths = [
      ...build({ key: randomKey(1), dtype: "float64" })
        .state()
        .keys(),
    ];

    const names = paths.map(toTorchName);

    expect(names.map(fromTorchName)).toEqual(paths);
    expect(names.filter((name) => /[A-Z]/.test(name))).toEqual([]);
  });

  it("is that of many layers", () => {
    expect(stateful.length).toBeGreaterThan(30);
  });
});
