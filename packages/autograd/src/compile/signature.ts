/**
 * @file Arguments of a compiled function: tensors at any depth, and static values that are part of the signature.
 */
import { formatAval } from "../array/aval.ts";
import { type FlatTree, flattenTree } from "../array/trees.ts";
import { settle, Tensor } from "../core/tensor.ts";
import { CompileError } from "../errors.ts";

type Static = string | number | boolean | bigint | null | undefined;

export interface Signature {
  /** Equal for calls that one program serves. */
  readonly key: string;
  readonly tensors: readonly Tensor[];
  /** The arguments with other tensors in their places. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

export function signatureOf(args: readonly unknown[]): Signature {
  const flat: FlatTree<Tensor | Static> = flattenTree(args, isLeaf, (value, path) => {
    const found =
      typeof value === "function"
        ? "a function"
        : `an object of class ${value?.constructor?.name ?? "null"}`;
    return new CompileError("compile", { path, found }, (d) => {
      return `argument ${d.path} is ${d.found}, which has no signature. Close over it, or pass tensors, numbers, texts, in arrays and plain objects.`;
    });
  });
  const tensors = flat.leaves.filter((leaf) => leaf instanceof Tensor).map(settle);
  return {
    key: JSON.stringify(flat.rebuild(flat.leaves.map(describe))),
    tensors,
    rebuild: (replacements) => {
      let next = 0;
      return flat.rebuild(
        flat.leaves.map((leaf) => (leaf instanceof Tensor ? replacements[next++] : leaf)),
      );
    },
  };
}

/** A text that differs wherever another program is needed. */
function describe(leaf: Tensor | Static): string {
  if (leaf instanceof Tensor) return formatAval(leaf);
  return `${typeof leaf} ${Object.is(leaf, -0) ? "-0" : String(leaf)}`;
}

function isLeaf(value: unknown): value is Tensor | Static {
  return (
    value instanceof Tensor ||
    value === null ||
    (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")
  );
}
