/**
 * @file The tests that `npm run test:compiled` leaves out, and those in which no compiled program runs, each with
 * its reason.
 */
type Entry = readonly [pattern: RegExp, reason: string];

export const EAGER_ONLY: readonly Entry[] = [
  [/test\/compile\//, "compares programs with what runs eagerly, or counts their memory"],
  [/backends\/simd\.test/, "is about the eager SIMD kernels"],
  [
    /backends\/reduce\.test.*do not lose digits/,
    "compiled sums of float32 have the bound of docs/compile.md",
  ],
  [
    /conv2d\.test.*accumulates float32 in float64/,
    "compiled sums of float32 have the bound of docs/compile.md",
  ],
  [
    /ops\/reductions\.test.*of many equal float32 numbers/,
    "compiled sums of float32 have the bound of docs/compile.md",
  ],
  [
    /array\/ndarray\.test.*on the memory of the original/,
    "a view of a result that is waited for is a copy",
  ],
  [
    /core\/tape\.test.*is collected while the tape is alive/,
    "what is waited for keeps its operands",
  ],
  [/(testing\/growth|optim\/memory)\.test/, "what is waited for keeps its operands"],
  [
    /testing\/laws\.test.*of avals finds a prediction/,
    "a program is compiled for the avals, so it makes them true",
  ],
  [
    /tapes\.test.*(no product for the data|a convolution and a pooling)/,
    "a constant that was computed prints as an array",
  ],
  [
    /batch-norm-state\.test.*a frozen BatchNorm.*evaluates/,
    "compares bits of programs that are fused differently",
  ],
];

const WITHOUT_PROGRAMS: readonly Entry[] = [
  [/test\/(array|types|dtypes)/, "shapes, views and conversions run no kernel"],
  [/(messages|failures|refusal)/, "it is refused before a kernel runs"],
  [/nn\/test\/(serialization|data|node|oracles)/, "files and plain arrays run no kernel"],
  [/nn\/test\/(layers|optim|statistics)/, "it is refused, or is about structure"],
  [/test\/backends\//, "calls a backend itself"],
  [/test\/testing\//, "draws, differences and reports run no kernel"],
  [/inspect\/pictures/, "a picture of a tape shows no numbers"],
  [/contract\.test/, "the law is about avals or refusals, or drew only what needs no kernel"],
  [
    /test\/(core|random|transforms|ops|primitives)\//,
    "it is refused, abstract, or its result is a constant",
  ],
  [/(fluent|tapes|checker)\.test/, "it is about names or text"],
];

/** Why no program runs in a test; null where one should. */
export function withoutPrograms(name: string): string | null {
  return WITHOUT_PROGRAMS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}
