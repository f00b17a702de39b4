/** @file The table of operators, by the categories of the fixtures. */
import { binary } from "./binary.ts";
import { forward } from "./forward.ts";
import { linearAlgebra } from "./linalg.ts";
import { nn } from "./nn.ts";
import { type Operation, type Operations, parseSignature, type Signature } from "./operation.ts";
import { order } from "./order.ts";
import { reduction } from "./reduction.ts";
import { shape } from "./shape.ts";
import { unary } from "./unary.ts";

/** Operators that are left out, and why. */
export const OMITTED: Readonly<Record<string, string>> = {};

export const CATEGORIES: Readonly<Record<string, Operations>> = {
  unary,
  binary,
  reduction,
  shape,
  order,
  nn,
  forward,
  linalg: linearAlgebra,
};

export interface Entry extends Operation {
  readonly signature: Signature;
}

const ENTRIES: ReadonlyMap<string, Entry> = new Map(
  Object.values(CATEGORIES)
    .flatMap((operations) => Object.entries(operations))
    .map(([text, operation]) => {
      const signature = parseSignature(text);
      return [signature.name, { ...operation, signature }] as const;
    }),
);

/** The line for a fixture's operator: `max.binary` is a case of `max` unless it has its own. */
export function operationFor(name: string): Entry | null {
  return ENTRIES.get(name) ?? ENTRIES.get(name.replace(/\.[^.]*$/, "")) ?? null;
}
