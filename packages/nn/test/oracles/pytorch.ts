/**
 * @file Layers as PyTorch computed them: a reader of stored vectors, one JSON case a line.
 *
 * The vectors are no part of this repository. They are looked for in the folder that ORACLE_DIR names, or
 * beside the repository in `shared/oracle`; without them the tests that need them are skipped, and say so.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "@tapegrad/autograd";
import { fromTorchNames } from "@tapegrad/nn";

/** A tensor as it is stored: row-major, NaN and infinities as strings. */
export interface StoredTensor {
  readonly tensor: "float64" | "float32" | "int64" | "int32" | "uint8" | "bool";
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

export type StoredState = Readonly<Record<string, StoredTensor>>;

/** The cases of one family, or null where the vectors are missing. */
export function pytorchCases<Case>(family: string): readonly Case[] | null {
  const beside = fileURLToPath(new URL("../../../../../shared/oracle", import.meta.url));
  const file = `${process.env["ORACLE_DIR"] ?? beside}/modules/${family}.jsonl`;
  if (!existsSync(file)) {
    console.info(
      `skipped: PyTorch's ${family} (no vectors beside the repository or in ORACLE_DIR)`,
    );
    return null;
  }
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Case);
}

/** As float64, float32 (every number rounded) or, for all integers, int32. */
export function stored({ tensor: dtype, shape, data }: StoredTensor): Tensor {
  const floating = dtype === "float64" || dtype === "float32";
  const values = Float64Array.from(data, Number);
  return tensor(values, { shape, dtype: floating ? dtype : "int32" });
}

/** A state dict under the names of this library; `rename` turns the path of a layer into ours. */
export function storedState(
  state: StoredState,
  rename: (path: string) => string = (path) => path,
): Record<string, Tensor> {
  const entries = Object.entries(fromTorchNames(state)).map(([name, value]) => {
    const end = name.lastIndexOf(".");
    const layer = end < 0 ? "" : `${rename(name.slice(0, end))}.`;
    return [`${layer}${name.slice(end + 1)}`, stored(value)];
  });
  return Object.fromEntries(entries) as Record<string, Tensor>;
}
