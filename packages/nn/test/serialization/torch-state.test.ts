import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { full, ones, type Tensor } from "@tapegrad/autograd";
import {
  BatchNorm,
  Conv2d,
  Linear,
  loadTorchStateDict,
  parseSafetensors,
  ReLU,
  Sequential,
  type StoredTensor,
  serializeSafetensors,
  torchStateDict,
} from "@tapegrad/nn";
import { readSafetensors } from "@tapegrad/nn/node";
import { describe, expect, it } from "vitest";
import { messageOf, refusalOf } from "../oracles/refusal.ts";

const build = (dtype: "float32" | "float64" = "float32"): Sequential =>
  new Sequential(new Linear(2, 3, { dtype }), new BatchNorm(3, { dtype }), new ReLU());

/** What PyTorch would have saved for `build()`. */
const torchState = (): Record<string, Tensor | StoredTensor> => ({
  "0.weight": full([3, 2], 0.1),
  "0.bias": full([3], 1),
  "1.weight": full([3], 2),
  "1.bias": full([3], 3),
  "1.running_mean": full([3], 4),
  "1.running_var": full([3], 5),
  "1.num_batches_tracked": { dtype: "int64", shape: [], data: BigInt64Array.of(7n) },
});

const without = (name: string): Record<string, Tensor | StoredTensor> => {
  const { [name]: _, ...rest } = torchState();
  return rest;
};

const valuesOf = (model: Sequential): string[] =>
  [...model.state()].map(([path, { value }]) => `${path} ${String(value)}`);

describe("loadTorchStateDict", () => {
  it("assigns every entry under its name here, int64 as int32", () => {
    const model = build();

    const names = loadTorchStateDict(model, torchState());

    expect(names).toEqual({ missing: [], unexpected: [] });
    const state = model.stateDict();
    expect(state["1.runningVariance"].toArray()).toEqual([5, 5, 5]);
    expect(String(state["1.numBatchesTracked"])).toBe("tensor(7, int32[])");
  });

  it("widens to float64 exactly, and rounds float64 only where that is allowed", () => {
    const wide = build("float64");
    loadTorchStateDict(wide, torchState());
    const narrow = build();
    const [weight] = [wide.stateDict()["0.weight"]];

    expect(weight.toTypedArray()[0]).toBe(Math.fround(0.1));
    expect(messageOf(() => loadTorchStateDict(narrow, wide.stateDict()))).toMatchInlineSnapshot(
      `"ShapeError: loadTorchStateDict: 0.weight is float64[3,2] instead of float32[3,2], 0.bias is float64[3] instead of float32[3], 1.weight is float64[3] instead of float32[3], 1.bias is float64[3] instead of float32[3], 1.runningMean is float64[3] instead of float32[3], 1.runningVariance is float64[3] instead of float32[3]. Build the model that the entries belong to. \`round: true\` rounds float64 to float32."`,
    );
    loadTorchStateDict(narrow, wide.stateDict(), { round: true });
    expect(narrow.stateDict()["0.weight"].toArray()).toEqual(weight.toArray());
  });

  it("takes names of this library, too", () => {
    const [from, to] = [build(), build()];

    loadTorchStateDict(to, from.stateDict());

    expect(valuesOf(to)).toEqual(valuesOf(from));
  });

  it("renames before it looks, and leaves out what is renamed to null", () => {
    const entries = Object.entries({ ...torchState(), optimizer: ones([1]) });
    const prefixed = new Map(entries.map(([name, value]) => [`module.${name}`, value]));

    const { unexpected } = loadTorchStateDict(build(), prefixed, {
      rename: (name) => (name === "module.optimizer" ? null : name.replace(/^module\./, "")),
    });

    expect(unexpected).toEqual([]);
  });

  it("says what is missing and unexpected, and keeps it, where that is allowed", () => {
    const model = build();
    const before = model.stateDict()["0.bias"];

    const names = loadTorchStateDict(
      model,
      { ...without("0.bias"), "2.weight": ones([1]) },
      { strict: false },
    );

    expect(names).toEqual({ missing: ["0.bias"], unexpected: ["2.weight"] });
    expect(model.stateDict()["0.bias"]).toBe(before);
    expect(model.stateDict()["1.bias"].toArray()).toEqual([3, 3, 3]);
  });

  it("assigns nothing where it refuses", () => {
    const model = build();
    const before = valuesOf(model);

    for (const entries of [
      without("1.num_batches_tracked"),
      { ...torchState(), "1.num_batches_tracked": ones([]) },
      { ...torchState(), "1.bias": ones([4]) },
    ]) {
      expect(() => loadTorchStateDict(model, entries)).toThrow("loadTorchStateDict");
      expect(valuesOf(model)).toEqual(before);
    }
  });
});

describe("torchStateDict", () => {
  it("is what loadTorchStateDict takes, also by way of a file", () => {
    const [from, to] = [build(), build()];
    from.forward(ones([4, 2]), { mode: "train" });

    const state = torchStateDict(from);
    const bytes = serializeSafetensors(state, { metadata: { format: "pt" } });
    loadTorchStateDict(to, parseSafetensors(bytes, { name: "memory" }).tensors);

    expect([...state.keys()]).toEqual(Object.keys(torchState()));
    expect(state.get("1.num_batches_tracked")).toEqual({
      dtype: "int64",
      shape: [],
      data: BigInt64Array.of(1n),
    });
    expect(valuesOf(to)).toEqual(valuesOf(from));
  });
});

describe("a model of PyTorch", () => {
  const beside = fileURLToPath(new URL("../../../../../shared/oracle", import.meta.url));
  const file = join(process.env["ORACLE_DIR"] ?? beside, "safetensors/cnn.safetensors");
  const present = existsSync(file);
  if (!present) console.info(`skipped: no file ${file}`);

  it.skipIf(!present)("is the same file, byte for byte, by way of a model here", () => {
    const { tensors, metadata } = readSafetensors(file);
    const [, inChannels, ...kernel1] = tensors.get("conv1.weight")?.shape ?? [];
    const [middle, , ...kernel2] = tensors.get("conv2.weight")?.shape ?? [];
    const [channels] = tensors.get("conv1.weight")?.shape ?? [];
    const [classes, features] = tensors.get("fc.weight")?.shape ?? [];
    const model = Sequential.named({
      conv1: new Conv2d(inChannels, channels, kernel1),
      bn1: new BatchNorm(channels, { layout: "NCHW" }),
      conv2: new Conv2d(channels, middle, kernel2, { bias: false }),
      bn2: new BatchNorm(middle, { layout: "NCHW" }),
      fc: new Linear(features, classes),
    });

    loadTorchStateDict(model, tensors);

    const again = serializeSafetensors(torchStateDict(model), { metadata });
    expect(again).toEqual(new Uint8Array(readFileSync(file)));
  });
});

describe("the messages of loadTorchStateDict", () => {
  it("names what is missing and unexpected, with the nearest names", () => {
    const renamed = { ...without("0.weight"), "0.wieght": ones([3, 2]), ema: ones([]) };

    const { message, details } = refusalOf(() => loadTorchStateDict(build(), renamed));

    expect(message).toMatchInlineSnapshot(
      `"loadTorchStateDict: the names do not fit the model: missing 0.weight (is it 0.wieght?); unexpected 0.wieght, ema. Correct them with \`rename\`, or allow it with \`strict: false\`."`,
    );
    expect(details).toEqual({ missing: ["0.weight"], unexpected: ["0.wieght", "ema"] });
    expect(messageOf(() => loadTorchStateDict(build(), {}))).toMatchInlineSnapshot(
      `"ValueError: loadTorchStateDict: the names do not fit the model: missing 0.weight, 0.bias, 1.weight, 1.bias, 1.running_mean, 1.running_var, 1.num_batches_tracked. Correct them with \`rename\`, or allow it with \`strict: false\`."`,
    );
    const many = Array.from({ length: 12 }, (_, i) => [`extra.${i}`, ones([])] as const);
    expect(
      messageOf(() =>
        loadTorchStateDict(build(), { ...torchState(), ...Object.fromEntries(many) }),
      ),
    ).toMatchInlineSnapshot(
      `"ValueError: loadTorchStateDict: the names do not fit the model: unexpected extra.0, extra.1, extra.2, extra.3, extra.4, extra.5, extra.6, extra.7 and 4 more. Correct them with \`rename\`, or allow it with \`strict: false\`."`,
    );
  });

  it("names every shape and dtype that differs", () => {
    const wrong = { ...torchState(), "0.bias": ones([4]), "1.bias": ones([3], { dtype: "int32" }) };

    expect(messageOf(() => loadTorchStateDict(build(), wrong))).toMatchInlineSnapshot(
      `"ShapeError: loadTorchStateDict: 0.bias is float32[4] instead of float32[3], 1.bias is int32[3] instead of float32[3]. Build the model that the entries belong to."`,
    );
  });

  it("refuses two entries for one variable", () => {
    const both = { ...torchState(), "1.runningMean": ones([3]) };

    expect(messageOf(() => loadTorchStateDict(build(), both))).toMatchInlineSnapshot(
      `"ValueError: loadTorchStateDict: 1.running_mean and 1.runningMean both become 1.runningMean. Rename one of them first."`,
    );
  });

  it("names an integer that int32 does not hold", () => {
    const steps = { dtype: "int64", shape: [], data: BigInt64Array.of(2n ** 40n) } as const;
    const entries = { ...torchState(), "1.num_batches_tracked": steps };

    expect(messageOf(() => loadTorchStateDict(build(), entries))).toMatchInlineSnapshot(
      `"ValueError: toTensor: 1.num_batches_tracked has the int64 1099511627776 at index 0, which int32 does not hold. Read its \`data\`, where it is exact."`,
    );
  });
});
