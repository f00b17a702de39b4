/**
 * @file Operators as PyTorch computed them: a reader of stored samples, one JSON object a line.
 *
 * The samples are no part of this repository. They are looked for in the folder that ORACLE_DIR names, or
 * beside the repository in `shared/oracle`; without them the tests that need them are skipped, and say so.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Tensor, tensor } from "@tapegrad/autograd";

/** A tensor as it is stored: row-major, NaN and infinities as strings. */
export interface StoredTensor {
  readonly tensor: "float64" | "float32" | "int64" | "int32" | "uint8" | "bool";
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
}

/** One call of an operator, its results, and derivatives of Σ ⟨out, cotangent⟩ by the arguments at paths. */
export interface Sample {
  readonly id: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly out: readonly StoredTensor[];
  readonly cotangents: Readonly<Record<string, StoredTensor>>;
  readonly grads: Readonly<Record<string, StoredTensor>>;
  /** The second order: the gradient of Σ ⟨grads[p], r[p]⟩, where null is zero. */
  readonly r?: Readonly<Record<string, StoredTensor>>;
  readonly grads2?: Readonly<Record<string, StoredTensor | null>>;
}

/** The samples of one operator, or null where they are missing. */
export function pytorchSamples(operator: string): readonly Sample[] | null {
  const beside = fileURLToPath(new URL("../../../../shared/oracle", import.meta.url));
  const file = `${process.env["ORACLE_DIR"] ?? beside}/ops/${operator}.jsonl`;
  if (!existsSync(file)) {
    console.info(
      `skipped: PyTorch's ${operator} (no samples beside the repository or in ORACLE_DIR)`,
    );
    return null;
  }
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Sample);
}

/** As float64, float32 (every number rounded) or, for all integers, int32. */
export function stored({ tensor: dtype, shape, data }: StoredTensor): Tensor {
  const floating = dtype === "float64" || dtype === "float32";
  return tensor(Float64Array.from(data, Number), { shape, dtype: floating ? dtype : "int32" });
}

export function isStored(value: unknown): value is StoredTensor {
  return typeof value === "object" && value !== null && "tensor" in value;
}
