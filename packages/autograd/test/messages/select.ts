/** @file Messages of select. */
import { select, tensor } from "@tapegrad/autograd";

export const calls: readonly (() => unknown)[] = [() => select(tensor([1, 0]), 1, 0)];

export const text = `
DTypeError: select: the condition must be bool but is float32. Compare first, as in \`notEqual(x, 0)\`.
`;
