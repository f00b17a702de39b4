import {
  batchNorm,
  bernoulli,
  compile,
  concatenate,
  diffRuns,
  diffTapes,
  grad,
  GradientError,
  matMul,
  normal,
  randomKey,
  record,
  recordWith,
  type Tape,
  type Tensor,
  type TapeDifference,
  tapeFromJSON,
  tensor,
  ValueError,
  Variable,
  vjp,
  where,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";
import { here, lineNumber } from "../source-line.ts";

const single = (...values: readonly number[]): Tensor => tensor(values);
const double = (...values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });

/** Without the folders of files, and without lines. */
const textOf = (difference: TapeDifference | null): string =>
  String(difference)
    .replaceAll(/\/\S*\/(?=[\w-]+(\.test)?\.ts:)/g, "")
    .replaceAll(/(\.ts):[\d:]+/g, "$1");

const lineOf = ({ line }: { readonly line: string | null } = { line: null }): number =>
  lineNumber({ line, derivativeOf: null });

describe("two tapes of the same operations", () => {
  it("do not differ where all numbers are the same", () => {
    const f = (x: Tensor): Tensor => matMul(x, x.transpose()).exp().sum();
    const x = normal(randomKey(0), [3, 4]);
    const tape = record(f, x);

    expect(diffTapes(tape, record(f, x))).toBeNull();
    expect(diffTapes(tape, tapeFromJSON(JSON.stringify(tape)))).toBeNull();
    expect(diffRuns(f, [x], [x])).toBeNull();
    expect(diffRuns(tape, [x], [x])).toBeNull();
    expect(diffRuns(f, [single().reshape([0, 4])], [single().reshape([0, 4])])).toBeNull();
  });

  it("differ in the first operation that computes other numbers, by so much", () => {
    let line = 0;
    const f = (x: Tensor): Tensor => {
      const y = x.greater(1);
      line = here() + 1;
      const z = where(y, x, 8);
      return z.mul(2);
    };

    const difference = diffRuns(f, [single(-1, 2, 4, 0)], [single(-3, 2, 5, 1)]);

    expect(difference?.fact).toBe("numbers");
    expect(difference?.a.position).toBe(1);
    expect([difference?.a, difference?.b].map(lineOf)).toEqual([line, line]);
    expect(difference?.difference).toEqual({
      count: 4,
      differing: 1,
      absolute: 1,
      relative: 0.2,
      ulps: 2 ** 21, // of a number from 4 to 8
      index: [2],
      a: 4,
      b: 5,
    });
    expect(textOf(difference)).toMatchInlineSnapshot(`
      "The first numbers that differ:
        %2 = where(%1, %0, 8) : float32[4] # diff-tapes.test.ts
      1 of 4 elements differ, by up to 1 (relative 0.2, 2.1e+6 ulp): 4 and 5 at [2].
      Its operands:
        %1: the same
        %0, argument 0: 3 of 4 elements differ, by up to 2 (relative 1, 8.4e+6 ulp): -1 and -3 at [0]
        8: the same"
    `);
  });

  it("tells in which variables and constants they differ", () => {
    const tapeOf = (seed: number): Tape => {
      const w = new Variable(normal(randomKey(seed), [2, 2]), { name: "weight" });
      return record((x: Tensor) => matMul(x, w.value).add(1), tensor([[1, 2]]));
    };

    expect(textOf(diffTapes(tapeOf(1), tapeOf(2)))).toMatchInlineSnapshot(`
      "The first numbers that differ:
        %2 = matMul(%0, %1) : float32[1,2]
      2 of 2 elements differ, by up to 7.5 (relative 1.9, 2.4e+7 ulp): -1.656534 and 5.813404 at [0, 1].
      Its operands:
        %0, argument 0: the same
        %1, variable weight: 4 of 4 elements differ, by up to 3.3 (relative 2, 1.9e+7 ulp): -1.0448167 and 2.2699685 at [1, 1]"
    `);
  });

  it("finds the mask that another seed draws", () => {
    const dropout = (key: Tensor, x: Tensor): Tensor => {
      return x
        .mul(2)
        .mul(bernoulli(key, [4]))
        .sum();
    };
    const x = single(1, 2, 3, 4);

    const difference = diffRuns(dropout, [randomKey(1), x], [randomKey(2), x]);

    expect(difference?.a.text).toMatch(/randomBits/);
    expect(difference?.operands[0]).toMatchObject({
      name: "%0, argument 0",
      difference: { differing: 1, count: 2, a: 1, b: 2, ulps: null },
    });
  });

  it("finds where float32 loses the digits of float64", () => {
    let line = 0;
    const variance = (x: Tensor): Tensor => {
      const meanOfSquares = x.mul(x).mean();
      const squareOfMean = x.mean().square();
      line = here() + 1;
      return meanOfSquares.sub(squareOfMean);
    };
    const values = [1000.5, 1001, 1002];

    const arrays = [[single(...values)], [double(...values)]] as const;
    const difference = diffRuns(variance, ...arrays, { relative: 1e-5 });

    expect(lineOf(difference?.a)).toBe(line);
    expect(difference?.a.text).toMatch(/ = sub.* : float32\[\]$/);
    expect(difference?.b.text).toMatch(/ = sub.* : float64\[\]$/);
    // what it was given is right to half a unit in the last place or so: the loss is its own
    for (const operand of difference?.operands ?? []) {
      expect(operand.difference?.relative).toBeLessThan(1e-7);
      expect(operand.difference?.ulps).toBeLessThan(1);
    }
    expect(difference?.difference?.relative).toBeGreaterThan(1e-2);
    const [b, a] = arrays;
    const reversed = diffRuns(variance, a, b, { relative: 1e-5 });
    expect(reversed?.difference?.ulps).toBe(difference?.difference?.ulps);
  });

  it("are the same within a tolerance, absolute, relative or in units in the last place", () => {
    const f = (x: Tensor): Tensor => x.neg();
    const [a, b] = [single(1, 1000), single(1 + 2 ** -23, 1000 + 2 ** -12)];

    expect(diffRuns(f, [a], [b])?.difference).toMatchObject({ differing: 2, ulps: 4 });
    expect(diffRuns(f, [a], [b], { ulps: 4 })).toBeNull();
    expect(diffRuns(f, [a], [b], { ulps: 3.9 })?.difference?.index).toEqual([1]);
    expect(diffRuns(f, [a], [b], { absolute: 2 ** -12 })).toBeNull();
    expect(diffRuns(f, [a], [b], { absolute: 2 ** -13 })?.difference?.differing).toBe(1);
    expect(diffRuns(f, [a], [b], { relative: 2.5e-7 })).toBeNull();
    expect(diffRuns(f, [a], [b], { relative: 2 ** -23 })?.difference?.index).toEqual([1]);
  });

  it("differ in the sign of 0 without a tolerance, and not in one NaN from another", () => {
    const f = (x: Tensor): Tensor => x.mul(1);

    expect(diffRuns(f, [single(0)], [single(-0)])?.difference).toMatchObject({
      absolute: 0,
      relative: 0,
      ulps: 0,
      a: 0,
      b: -0,
    });
    expect(diffRuns(f, [single(0)], [single(-0)], { absolute: 0 })).toBeNull();
    expect(diffRuns(f, [single(Number.NaN)], [single(Number.NaN)])).toBeNull();
    const pairs = [[Number.NaN, 1], [Infinity, -Infinity], [1, Infinity]]; // biome-ignore format: pairs
    for (const [x, y] of pairs) {
      const { difference } = diffRuns(f, [double(x)], [double(y)], { relative: 1 }) ?? {};
      expect(difference).toMatchObject({ absolute: Infinity, relative: Infinity, ulps: Infinity });
    }
  });

  it("tell the place where they are furthest apart, the first of several", () => {
    const f = (x: Tensor): Tensor => x.reshape([2, 2]).neg();
    const [a, b] = [single(1, 2, 3, 4), single(1.5, 3, 2, 4)];

    expect(diffRuns(f, [a], [b])?.difference).toMatchObject({ index: [0, 1], a: 2, b: 3 });
  });

  it("counts in units of the smallest numbers where these are meant", () => {
    const f = (x: Tensor): Tensor => x.reshape([1]);

    expect(diffRuns(f, [single(3e-45)], [single(0)])?.difference?.ulps).toBe(2);
    expect(diffRuns(f, [double(5e-324)], [double(0)])?.difference?.ulps).toBe(1);
    expect(diffRuns(f, [double(1)], [double(1 + 2 ** -52)])?.difference?.ulps).toBe(1);
  });

  it("differ in what they return, where no operation made it", () => {
    const w = new Variable(single(1, 2), { name: "w" });
    const returned = (): Tape => record(() => ({ w: w.value }));
    const before = returned();
    w.assign(single(1, 4));

    expect(textOf(diffTapes(before, returned()))).toMatchInlineSnapshot(`
      "The first numbers that differ:
        the result at .w is %0
      1 of 2 elements differ, by up to 2 (relative 0.5, 4.2e+6 ulp): 2 and 4 at [1]."
    `);
  });
});

describe("comparing", () => {
  const f = (x: Tensor): Tensor => x.exp().sum();

  it("assigns no variable and changes no derivative; a recording around it sees each run once", () => {
    const w = new Variable(single(1));
    const step = (x: Tensor): Tensor => {
      w.assign(w.value.add(x));
      return w.value;
    };
    const around = (x: Tensor): Tensor => {
      expect(diffRuns(step, [x], [x.add(1)])?.fact).toBe("numbers");
      return f(x);
    };

    const outer = record(around, single(3));

    expect(outer.nodes.map(({ primitive }) => primitive.name)).toEqual([
      "add",
      "add",
      "add",
      ...record(f, single(3)).nodes.map(({ primitive }) => primitive.name),
    ]);
    expect(grad(around)(single(0)).toArray()).toEqual([1]);
    expect(w.value.toArray()).toEqual([1]);
  });

  it("is refused where there are no numbers, or the arguments do not fit a tape", () => {
    const tape = record(f, single(1, 2));
    const inside = compile((x: Tensor) => {
      diffRuns(f, [x], [x.mul(2)]);
      return x;
    });

    expect(refusalOf(() => inside(single(1)))).toBeInstanceOf(ValueError);
    expect(refusalOf(() => diffRuns(tape, [single(1, 2)], [double(1, 2)]))).toBeInstanceOf(
      GradientError,
    );
  });
});

describe("a program with one change in it", () => {
  type Step = (values: readonly Tensor[], at: readonly [number, number]) => Tensor;
  const read = (values: readonly Tensor[], n: number): Tensor => values[n % values.length];
  const STEPS: readonly Step[] = [
    (values, [i, k]) => read(values, i).mul(read(values, k)),
    (values, [i, k]) => read(values, i).add(read(values, k)),
    (values, [i]) => read(values, i).tanh(),
    (values, [i]) => read(values, i).sin().reshape([3]),
  ];
  // one node each: reshapes to the same shape are none
  const program = fc.array(fc.tuple(fc.nat(STEPS.length - 1), fc.tuple(fc.nat(), fc.nat())), {
    minLength: 1,
    maxLength: 12,
  });
  type Program = readonly (readonly [number, readonly [number, number]])[];

  const tapeOf = (steps: Program, changed = -1, change: (y: Tensor) => Tensor = (y) => y): Tape =>
    record(
      (x: Tensor) => {
        const values = [x];
        steps.forEach(([step, at], i) => {
          const y = STEPS[step](values, at);
          values.push(i === changed ? change(y) : y);
        });
        return values;
      },
      single(0.5, -1, 2),
    );

  it("is told from the same without it at the very operation", () => {
    fc.assert(
      fc.property(program, fc.nat(), (steps, n) => {
        const at = n % steps.length;
        const one = tapeOf(steps);
        const other = steps.map(([step, places], i): Program[number] => [
          i === at ? (step + 1) % STEPS.length : step,
          places,
        ]);
        const scaled = (factor: number): Tape => tapeOf(steps, at, (y) => y.mul(factor));

        expect(diffTapes(one, tapeOf(steps))).toBeNull();
        expect(diffTapes(one, tapeOf(other))).toMatchObject({
          fact: "primitive",
          a: { position: at },
          b: { position: at },
        });
        // the product follows the operation
        expect(diffTapes(scaled(2), scaled(3))).toMatchObject({
          fact: "numbers",
          a: { position: at + 1 },
        });
      }),
      { numRuns: 40 },
    );
  });
});

describe("two tapes of other operations", () => {
  const tape = (f: (x: Tensor) => unknown): Tape =>
    recordWith({ sourceLines: true }, f as (x: Tensor) => Tensor, single(1, 2)) as Tape;

  it("differ in the first of them", () => {
    let line = 0;
    const a = tape((x) => x.exp().sum());
    const b = tape((x) => {
      line = here() + 1;
      return x.exp().sub(1).sum();
    });

    const difference = diffTapes(a, b);

    expect([difference?.fact, difference?.a.position, difference?.difference]).toEqual([
      "primitive",
      1,
      null,
    ]);
    expect(lineOf(difference?.b)).toBe(line);
    expect(textOf(difference)).toMatchInlineSnapshot(`
      "The first operation that differs is another one:
        a: %2 = sum(%1, axes=[0]) : float32[1] # diff-tapes.test.ts
        b: %2 = sub(%1, 1) : float32[2] # diff-tapes.test.ts"
    `);
  });

  it.each<readonly [string, (x: Tensor) => unknown, (x: Tensor) => unknown]>([
    [
      "params",
      (x) => x.reshape([2, 1]).sum({ axes: 0 }),
      (x) => x.reshape([2, 1]).sum({ axes: 1 }),
    ],
    ["operands", (x) => x.exp().mul(x), (x) => { const y = x.exp(); return y.mul(y); }], // biome-ignore format: a pair
    ["operands", (x) => x.exp().mul(x), (x) => x.exp().mul(single(1, 2))],
    ["shape", (x) => concatenate([x, single(1)]), (x) => concatenate([x, single(1, 2)])],
    ["shape", (x) => concatenate([x, x]), (x) => concatenate([x, x, x])],
    ["length", (x) => x.exp(), (x) => x.exp().log()],
    ["result", (x) => [x.exp(), x], (x) => [x, x.exp()]],
    ["result", (x) => ({ a: x.exp() }), (x) => ({ b: x.exp() })],
  ] as const)("differ in %s", (fact, f, g) => {
    const [a, b] = [f, g].map(tape);

    expect(diffTapes(a, b)?.fact).toBe(fact);
    expect(diffTapes(a, a)).toBeNull();
  });

  it("differ between training and evaluation where batch norm reads its running statistics", () => {
    const [mean, variance] = ["mean", "variance"].map(
      (name) => new Variable(single(0, 1), { name }),
    );
    let line = 0;
    const network = (training: boolean) => (x: Tensor) => {
      const y = x.mul(2);
      const running = { runningMean: mean.value, runningVariance: variance.value };
      line = here() + 1;
      return batchNorm(y, { training, ...running }).output;
    };
    const images = normal(randomKey(0), [4, 2]);
    const [a, b] = [true, false].map((training) =>
      recordWith({ sourceLines: true }, network(training), images),
    );

    const difference = diffTapes(a, b);

    expect([difference?.a, difference?.b].map(lineOf)).toEqual([line, line]);
    expect(textOf(difference)).toMatchInlineSnapshot(`
      "The first operation that differs is another one:
        a: %4 = slice(%1, starts=[0,0], sizes=[1,2], steps=[1,1]) : float32[1,2] # diff-tapes.test.ts
        b: %4 = reshape(%2, shape=[1,2]) : float32[1,2] # diff-tapes.test.ts"
    `);
  });

  it("say of which derivative they are", () => {
    const pulled = (by: (x: Tensor) => Tensor): Tape =>
      tape((x) => vjp((y: Tensor) => y.exp(), x).pullback(by(x)));

    expect(
      textOf(
        diffTapes(
          pulled((x) => x),
          pulled(() => single(1, 2)),
        ),
      ),
    ).toMatchInlineSnapshot(`
      "The first operation that differs has other operands:
        a: %2 = mul(%0, %1) : float32[2] # derivative of exp at diff-tapes.test.ts
        b: %2 = mul(const float32[2], %1) : float32[2] # derivative of exp at diff-tapes.test.ts"
    `);
  });
});

describe("variables of two tapes", () => {
  it("correspond by identity, though they are read in another order", () => {
    const [u, v] = ["w", "w"].map((name, i) => new Variable(single(i + 1), { name }));
    const a = record(() => u.value.sub(v.value));
    const b = record(() => {
      const subtrahend = v.value;
      return u.value.sub(subtrahend);
    });
    const c = record(() => v.value.sub(u.value));

    expect(diffTapes(a, b)).toBeNull();
    expect(diffTapes(a, c)?.fact).toBe("operands");
  });

  it("correspond by name where they are others", () => {
    const model = (first: string, second: string): Tape => {
      const [u, v] = [first, second].map((name) => new Variable(single(3), { name }));
      return record(() => {
        const [x, y] = [u.value, v.value];
        return first === "bias" ? y.sub(x) : x.sub(y);
      });
    };

    expect(diffTapes(model("weight", "bias"), model("bias", "weight"))).toBeNull();
    expect(diffTapes(model("weight", "bias"), model("weight", "scale"))?.fact).toBe("operands");
  });
});
