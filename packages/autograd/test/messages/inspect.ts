/** @file Messages of the tools that look at tapes. */
import {
  diffRuns,
  profileWith,
  record,
  type Tensor,
  tapeToDot,
  tapeToSvg,
  tensor,
} from "@tapegrad/autograd";

const f = (x: Tensor): Tensor => x.mul(2);
const long = record((x: Tensor) => {
  let y = x;
  for (let i = 0; i <= 300; i++) y = y.neg();
  return y;
}, tensor(1));

export const calls: readonly (() => unknown)[] = [
  () => profileWith({ runs: 0 }, f, tensor(1)),
  () => diffRuns(f, [tensor(1)], [tensor(2)], { relative: -1 }),
  () => tapeToSvg(long),
  () => tapeToDot(long, { from: 5, to: 302 }),
];

export const text = `
ValueError: profile: runs is 0, which is no number of runs. Use an integer of 1 or more.
ValueError: diffRuns: the option relative is -1, which is no distance. Use a number of at least 0.
ValueError: tapeToSvg: a picture of 301 operations could not be read, and the most is 300. Draw a part with the options \`from\` and \`to\`, which are numbers of the printed tape.
ValueError: tapeToDot: there are no values from %5 to %302 on this tape, which has 302. Use numbers of the printed tape, the smaller one as \`from\`.
`;
