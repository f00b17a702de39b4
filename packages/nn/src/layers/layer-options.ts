/** @file The checks of constructor options that layers share. */
import { type DType, DTypeError, ValueError } from "@tapegrad/autograd";
import type { Mode } from "../module.ts";

/** A number of features or channels. @throws ValueError if it is not an integer above 0. */
export function requireCount(op: string, name: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new ValueError(op, { name, value }, (d) => {
    return `${d.name} is ${d.value}. Use an integer above 0.`;
  });
}

/** The dtype of parameters. @throws DTypeError if it is not floating. */
export function requireFloatingDType(op: string, dtype: DType): DType {
  if (dtype === "float32" || dtype === "float64") return dtype;
  throw new DTypeError(op, { dtype }, (d) => {
    return `dtype is ${d.dtype}, in which nothing can be trained. Use float32 or float64.`;
  });
}

/** The mode of a layer that depends on it. @throws ValueError if it is missing or none. */
export function requireMode(op: string, mode: Mode | undefined): Mode {
  if (mode === "train" || mode === "eval") return mode;
  throw new ValueError(op, { mode }, (d) => {
    const fact =
      d.mode === undefined ? "the mode is missing" : `${JSON.stringify(d.mode)} is no mode`;
    return `${fact}, and this layer computes different things in training and evaluation. Call \`model.forward(x, { mode: "train" })\` or \`{ mode: "eval" }\`.`;
  });
}
