/** @file The tests that `npm run test:compiled` leaves out, each with its reason. */
type Entry = readonly [pattern: RegExp, reason: string];

export const EAGER_ONLY: readonly Entry[] = [
  [/test\/compile\//, "compares programs with what runs eagerly, or counts their memory"],
  [/contract\/layer-contract\.test.*when compiled/, "compares programs with what runs eagerly"],
  [/backends\/simd\.test/, "is about the eager SIMD kernels"],
  [
    /special-values\.test/,
    "is a table of eager operations; compile/bounds.test has special values",
  ],
  [
    /backends\/reduce\.test.*do not lose digits/,
    "compiled sums of float32 have the bound of docs/compile.md",
  ],
  [
    /ops\/(sums\.test|accuracy\.test.*in float)/,
    "the bounds are those of eager sums; docs/compile.md has those of compiled ones",
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
  [
    /((testing\/growth|optim\/memory)\.test|inspect\/memory\.test.*that the process has)/,
    "what is waited for keeps its operands",
  ],
  [
    /transforms\/(checkpoint\.test.*is free while the tape|custom-gradient\.test.*has let go)/,
    "what is waited for keeps its operands",
  ],
  [
    /testing\/laws\.test.*of layouts finds a kernel that ignores strides/,
    "a program gives its routines dense arrays",
  ],
  [
    /checker\.test.*kill every mutant/,
    "plants mistakes in derivatives: a quarter of the run, and the same mistakes whoever computes",
  ],
  [
    /testing\/laws\.test.*of avals finds a prediction/,
    "a program is compiled for the avals, so it makes them true",
  ],
  [
    /inspect\/(memory\.test.*is what eager execution allocates|profile\.test.*none for a view)/,
    "counts the arrays that views share eagerly; what is waited for is an array of its own",
  ],
  [
    /inspect\/tape-from-json\.test.*the same bits in another process/,
    "the other process computes eagerly",
  ],
  [
    /tapes\.test.*(no product for the data|a convolution and a pooling)/,
    "a constant that was computed prints as an array",
  ],
  [
    /nn\/test\/layers\/checkpoint\.test.*to the same bits/,
    "compares bits of programs that are fused differently",
  ],
  [
    /custom-gradient\.test.*is one node, and has the rules of each member/,
    "compares bits of programs that are fused differently",
  ],
  [
    /batch-norm-state\.test.*a frozen BatchNorm.*evaluates/,
    "compares bits of programs that are fused differently",
  ],
  [
    /train\/(resume\.test|fit\.test.*and goes on from there)/,
    "compares bits of programs that are fused differently; compiled steps are among its cases",
  ],
];
