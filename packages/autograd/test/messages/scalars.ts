/** @file Messages of functions that work element by element. */
import { clamp, divide, polygamma, tensor } from "@tapegrad/autograd";

export const calls: readonly (() => unknown)[] = [
  () => polygamma(-1, tensor(1)),
  () => clamp(tensor(1), {}),
  () => divide(tensor(1), 2, { roundingMode: "up" as "floor" }),
];

export const text = `
ValueError: polygamma: there is no derivative of order -1. Use an integer of 0 or more.
ValueError: clamp: neither \`min\` nor \`max\` was given. Give at least one of them.
ValueError: divide: the rounding mode "up" is not known. Use floor or trunc, or leave it out.
`;
