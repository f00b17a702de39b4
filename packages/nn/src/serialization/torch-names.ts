/**
 * @file Names of PyTorch's state dicts in the names of this library, and back: `1.running_mean` ↔ `1.runningMean`.
 *
 * Invariant: for a name in which no capital stands behind the first letter of a part, the way there and back is
 * the name itself. PyTorch's own layers have only such names.
 */
import { ValueError } from "@tapegrad/autograd";
import { entriesOf, type Named } from "./named.ts";

/** Parts of a name that are not spelled alike. */
const SPELLINGS: readonly (readonly [torch: string, ours: string])[] = [
  ["running_var", "runningVariance"],
];

/**
 * The name that a variable has here.
 *
 * @example
 * fromTorchName("rnn.weight_ih_l0_reverse");   // "rnn.weightIhL0Reverse"
 */
export function fromTorchName(name: string): string {
  return mapParts(name, (part) => {
    const spelled = SPELLINGS.find(([torch]) => torch === part);
    return (
      spelled?.[1] ?? part.replace(/(?!^)_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    );
  });
}

/**
 * The name that a variable has in PyTorch.
 *
 * @example
 * toTorchName("bn1.runningVariance");   // "bn1.running_var"
 */
export function toTorchName(name: string): string {
  return mapParts(name, (part) => {
    const spelled = SPELLINGS.find(([, ours]) => ours === part);
    return spelled?.[0] ?? part.replace(/(?!^)[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  });
}

/**
 * A state dict of PyTorch under the names of this library; the values stay what they are.
 *
 * @throws ValueError if two names become one.
 */
export const fromTorchNames = <T>(state: Named<T>): Record<string, T> =>
  renamed("fromTorchNames", state, fromTorchName);

/**
 * A state dict of this library under PyTorch's names; the values stay what they are.
 *
 * @throws ValueError if two names become one.
 */
export const toTorchNames = <T>(state: Named<T>): Record<string, T> =>
  renamed("toTorchNames", state, toTorchName);

const mapParts = (name: string, change: (part: string) => string): string =>
  name.split(".").map(change).join(".");

function renamed<T>(
  op: string,
  state: Named<T>,
  rename: (name: string) => string,
): Record<string, T> {
  const values = new Map<string, T>();
  const names = new Map<string, string>();
  for (const [name, value] of entriesOf(state)) {
    const target = rename(name);
    requireFree(op, name, names.get(target), target);
    names.set(target, name);
    values.set(target, value);
  }
  return Object.fromEntries(values);
}

/** @throws ValueError if another name has become the same. */
export function requireFree(
  op: string,
  name: string,
  other: string | undefined,
  target: string,
): void {
  if (other === undefined) return;
  throw new ValueError(op, { names: [other, name], target }, (d) => {
    return `${d.names.join(" and ")} both become ${d.target}. Rename one of them first.`;
  });
}
