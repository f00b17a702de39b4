import { fromTorchName, fromTorchNames, toTorchName, toTorchNames } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

/** Names of PyTorch's layers, and what they are here. */
const NAMES: readonly (readonly [torch: string, ours: string])[] = [
  ["weight", "weight"],
  ["0.weight", "0.weight"],
  ["1.running_mean", "1.runningMean"],
  ["bn1.running_var", "bn1.runningVariance"],
  ["bn1.num_batches_tracked", "bn1.numBatchesTracked"],
  ["rnn.weight_ih_l0", "rnn.weightIhL0"],
  ["rnn.weight_ih_l10_reverse", "rnn.weightIhL10Reverse"],
  ["rnn.weight_hr_l0", "rnn.weightHrL0"],
  ["cell.bias_hh", "cell.biasHh"],
  ["encoder.layers.3.self_attn.in_proj_weight", "encoder.layers.3.selfAttn.inProjWeight"],
  ["encoder.layers.3.self_attn.out_proj.bias", "encoder.layers.3.selfAttn.outProj.bias"],
  ["attn.bias_k", "attn.biasK"],
  ["fc.weight_orig", "fc.weightOrig"],
  ["fc.parametrizations.weight.original0", "fc.parametrizations.weight.original0"],
  ["Conv2d_1a_3x3.conv.weight", "Conv2d_1a_3x3.conv.weight"],
  ["fc_1.weight", "fc_1.weight"],
  ["_private.weight", "_private.weight"],
  ["running_var_scale", "runningVarScale"],
];

describe("fromTorchName and toTorchName", () => {
  it.each(NAMES)("%s is %s", (torch, ours) => {
    expect(fromTorchName(torch)).toBe(ours);
    expect(toTorchName(ours)).toBe(torch);
  });

  it("are the ways there and back for every name whose capitals stand first", () => {
    const part = fc.stringMatching(/^[A-Za-z0-9_][a-z0-9_]{0,8}$/);
    const names = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."));
    fc.assert(
      fc.property(names, (name) => {
        expect(toTorchName(fromTorchName(name))).toBe(name);
      }),
      { numRuns: 200 },
    );
  });

  it("leave names of this library as they are", () => {
    for (const [, ours] of NAMES) expect(fromTorchName(ours)).toBe(ours);
  });
});

describe("fromTorchNames and toTorchNames", () => {
  it("rename a whole state dict, as an object or a Map", () => {
    const torch = Object.fromEntries(NAMES.map(([name], i) => [name, i]));
    const ours = Object.fromEntries(NAMES.map(([, name], i) => [name, i]));

    expect(fromTorchNames(torch)).toEqual(ours);
    expect(toTorchNames(new Map(Object.entries(ours)))).toEqual(torch);
  });

  it("refuse names that become one", () => {
    expect(messageOf(() => fromTorchNames({ "fc.a_b": 1, "fc.aB": 2 }))).toMatchInlineSnapshot(
      `"ValueError: fromTorchNames: fc.a_b and fc.aB both become fc.aB. Rename one of them first."`,
    );
    expect(messageOf(() => toTorchNames({ aB: 1, a_b: 2 }))).toMatchInlineSnapshot(
      `"ValueError: toTorchNames: aB and a_b both become a_b. Rename one of them first."`,
    );
  });
});
