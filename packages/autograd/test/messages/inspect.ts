/** @file Messages of the tools that look at tapes. */
import { diffRuns, profileWith, type Tensor, tensor } from "@tapegrad/autograd";

const f = (x: Tensor): Tensor => x.mul(2);

export const calls: readonly (() => unknown)[] = [
  () => profileWith({ runs: 0 }, f, tensor(1)),
  () => diffRuns(f, [tensor(1)], [tensor(2)], { relative: -1 }),
];

export const text = `
ValueError: profile: runs is 0, which is no number of runs. Use an integer of 1 or more.
ValueError: diffRuns: the option relative is -1, which is no distance. Use a number of at least 0.
`;
