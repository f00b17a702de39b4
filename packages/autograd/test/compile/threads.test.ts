import { beforeAll, describe, expect, it } from "vitest";
import { availableThreads } from "../../src/backends/wasm/host.ts";
import { allocate, memoryAs, release } from "../../src/backends/wasm/memory.ts";
import {
  add,
  compile,
  conv2d,
  exp,
  matMul,
  mean,
  mul,
  sqrt,
  sub,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import { refusalOf } from "../refusal.ts";

function draw(
  seed: number,
  shape: readonly number[],
  dtype: "float32" | "float64" = "float32",
): Tensor {
  const size = shape.reduce((product, n) => product * n, 1);
  const numbers = new Float64Array(size);
  for (let i = 0; i < size; i++) numbers[i] = Math.sin(i * 1.7 + seed);
  return tensor(numbers, { shape, dtype });
}

function normalized(x: Tensor, axes: readonly number[]): Tensor[] {
  const over = { axes, keepDims: true };
  const centered = sub(x, mean(x, over));
  const variance = mean(mul(centered, centered), over);
  return [mul(centered, sqrt(add(variance, 1))), variance];
}

/** Calls until the helpers take part. */
async function settled(
  call: () => readonly Tensor[],
  isHelped: () => boolean,
): Promise<readonly Tensor[]> {
  let results = call();
  for (let i = 0; i < 200 && !isHelped(); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    results = call();
  }
  return results;
}

const CASES: readonly [string, (...inputs: readonly Tensor[]) => Tensor[], readonly Tensor[]][] = [
  [
    "a chain over two axes",
    (x, y) => [exp(mul(add(x, y), -0.1))],
    [draw(1, [700, 303]), draw(2, [303])],
  ],
  ["statistics of columns", (x) => normalized(x, [0]), [draw(3, [1001, 208])]],
  ["statistics of rows", (x) => normalized(x, [1]), [draw(4, [260, 515])]],
  ["statistics of channels", (x) => normalized(x, [0, 2]), [draw(5, [9, 32, 301])]],
  ["statistics in float64", (x) => normalized(x, [0]), [draw(6, [501, 208], "float64")]],
  [
    "a product split by columns",
    (a, b) => [matMul(a, b)],
    [draw(7, [60, 300]), draw(8, [300, 108])],
  ],
  [
    "a product split by rows",
    (a, b) => [matMul(transpose(a), b)],
    [draw(9, [90, 601]), draw(10, [90, 11])],
  ],
  ["a batch of products", (a, b) => [matMul(a, b)], [draw(11, [5, 50, 60]), draw(12, [5, 60, 40])]],
  [
    "a convolution",
    (x, w) => [conv2d(x, w, { padding: 1 })],
    [draw(13, [5, 3, 20, 21]), draw(14, [8, 3, 3, 3])],
  ],
];

describe.skipIf(availableThreads() < 2)("two threads", () => {
  // the first program with threads finds memory that others have used and given back
  beforeAll(() => {
    const used = allocate(2 ** 25);
    const numbers = memoryAs("int32").subarray(used.address / 4, (used.address + used.bytes) / 4);
    for (let i = 0; i < numbers.length; i++) numbers[i] = 7 * i + 3;
    release(used);
  });

  it.each(CASES)("compute the same bits as one: %s", async (_, f, inputs) => {
    const [one, two] = [1, 2].map((threads) => compile(f, { threads }));

    const alone = one(...inputs);
    const program = two.programFor(...inputs);
    await settled(
      () => two(...inputs),
      () => program.threads === 2,
    );
    const together = two(...inputs);

    expect(program.threads).toBe(2);
    alone.forEach((value, i) => {
      expect(together[i].toTypedArray()).toEqual(value.toTypedArray());
    });
  });
});

describe("the option threads", () => {
  it("refuses what is no number of threads", () => {
    const messages = [0, 1.5, Number.NaN].map(
      (threads) => refusalOf(() => compile(() => undefined, { threads })).message,
    );

    expect(messages).toMatchInlineSnapshot(`
      [
        "compile: threads is 0, which is no number of threads. Use an integer of 1 or more.",
        "compile: threads is 1.5, which is no number of threads. Use an integer of 1 or more.",
        "compile: threads is NaN, which is no number of threads. Use an integer of 1 or more.",
      ]
    `);
  });
});
