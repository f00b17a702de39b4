/** @file Messages of where. */
import { where, tensor } from "@tapegrad/autograd";

export const calls: readonly (() => unknown)[] = [() => where(tensor([1, 0]), 1, 0)];

export const text = `
DTypeError: where: the condition must be bool but is float32. Compare first, as in \`notEqual(x, 0)\`.
`;
