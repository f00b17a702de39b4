/** @file Messages of distributions. */
import { categorical, gamma, gumbel, randomKey, tensor, truncatedNormal } from "@tapegrad/autograd";

const key = randomKey(1);

export const calls: readonly (() => unknown)[] = [
  () => categorical(key, tensor([[1], [2]]), { shape: [3] }),
  () => gumbel(key, [3], { location: Number.POSITIVE_INFINITY }),
  () => gamma(key, [3], { concentration: 0 }),
  () => truncatedNormal(key, [3], { min: 2, max: 1 }),
];

export const text = `
ShapeError: categorical: parameters of shape [2] do not broadcast to the shape [3] that is to be drawn. Draw a shape that ends in theirs.
ValueError: gumbel: the location is Infinity. Use a finite number.
ValueError: gamma: concentration is 0. Use a positive finite number.
ValueError: truncatedNormal: cannot draw between 2 and 1 around 0 with standard deviation 1. Use a finite mean, and bounds in their order, one of them within 1000000 standard deviations.
`;
