import {
  avgPool2d,
  bindAll,
  conv2d,
  define,
  gather,
  grad,
  matMul,
  maxPool2d,
  normal,
  Profile,
  type ProfiledNode,
  profile,
  profileWith,
  randomKey,
  record,
  scatterAdd,
  type Tensor,
  tensor,
  transpose,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { here } from "../source-line.ts";

const node = (fields: Partial<ProfiledNode>): ProfiledNode => ({
  name: "mul",
  text: "%1 = mul(%0, %0) : float32[4]",
  kind: "elementwise",
  operandAvals: [],
  resultAvals: [],
  milliseconds: 1,
  bytesRead: 32,
  bytesWritten: 16,
  flops: 4,
  line: null,
  derivativeOf: null,
  ...fields,
});

describe("profile", () => {
  it("has every operation of the tape, in its order, with its line", () => {
    let line = 0;
    const f = (x: Tensor): Tensor => {
      line = here() + 1;
      return matMul(x, transpose(x)).sum();
    };

    const { nodes, milliseconds, runs } = profile(f, normal(randomKey(0), [20, 30]));

    expect(nodes.map(({ name }) => name)).toEqual(["transpose", "matMul", "sum", "reshape"]);
    expect(nodes.map((each) => Number(/:(\d+):\d+$/.exec(each.line ?? "")?.[1]))).toEqual([
      line,
      line,
      line,
      line,
    ]);
    expect(runs).toBe(5);
    for (const each of nodes) expect(each.milliseconds).toBeGreaterThanOrEqual(0);
    expect(milliseconds).toBeGreaterThan(0);
  });

  it("counts the bytes that are stored, and none for a view", () => {
    const { nodes } = profile(
      (x: Tensor) => transpose(x).mul(2).sum({ axes: 0 }),
      zeros([10, 20]).add(normal(randomKey(0), [10, 20])),
    );

    const bytes = nodes.map(({ name, bytesRead, bytesWritten }) => [name, bytesRead, bytesWritten]);

    expect(bytes).toEqual([
      ["transpose", 0, 0],
      ["mul", 804, 800],
      ["sum", 800, 40],
      ["reshape", 0, 0],
    ]);
  });

  it("measures a tape with the arguments of its recording, or with others", () => {
    const tape = record((x: Tensor) => x.exp(), tensor([1, 2]));

    expect(profile(tape).nodes[0].bytesRead).toBe(8);
    expect(profileWith({ runs: 2 }, tape, tensor([5, 6])).runs).toBe(2);
    expect(profile(tape).nodes[0].line).toBeNull();
  });

  it("leaves variables as they were, and a recording around it sees the function once", () => {
    const w = new Variable(tensor(1));
    const tape = record((x: Tensor) => {
      const found = profile((y: Tensor) => {
        w.assign(w.value.add(y));
        return w.value;
      }, x);
      return x.mul(found.nodes.length);
    }, tensor(2));

    expect(w.value.item()).toBe(1);
    expect(tape.nodes.map(({ primitive }) => primitive.name)).toEqual(["add", "mul"]);
  });

  it("may profile a training step, backward walk and all", () => {
    const w = new Variable(normal(randomKey(1), [4, 4]));
    const step = (x: Tensor): Tensor => {
      const tape = record(() => matMul(x, w.value).tanh().square().mean());
      w.assign(w.value.sub(tape.gradient(w)));
      return tape.output;
    };

    const { nodes } = profile(step, normal(randomKey(2), [3, 4]));

    expect(
      nodes.filter(({ derivativeOf }) => derivativeOf === "matMul").map(({ name }) => name),
    ).toEqual(["transpose", "matMul"]);
  });
});

describe("floating-point operations", () => {
  const flops = (f: (...xs: readonly Tensor[]) => Tensor, ...xs: readonly Tensor[]): unknown =>
    profileWith({ runs: 1 }, f, ...xs).nodes.map((each) => [each.name, each.flops]);
  const image = zeros([2, 4, 6, 6]);
  const weight = zeros([8, 2, 3, 3]);

  it("of a matrix product are 2 m n k, in every batch", () => {
    expect(flops((a, b) => matMul(a, b), zeros([5, 2, 3]), zeros([5, 3, 4]))).toEqual([
      ["matMul", 2 * 5 * 2 * 3 * 4],
    ]);
  });

  it("of elementwise kernels are their scalar operations", () => {
    const double = define.flat({
      name: "logistic",
      arity: 1,
      domain: [{ min: 0, max: 1 }],
      cases: [{ params: null }],
      abstractEval: ([x]: readonly [Tensor["aval"]]) => x,
      kernel: () => ({
        kind: "elementwise" as const,
        expression: {
          kind: "apply" as const,
          op: "div" as const,
          operands: [
            { kind: "constant" as const, value: 1 },
            {
              kind: "apply" as const,
              op: "exp" as const,
              operands: [{ kind: "input" as const, index: 0 }],
            },
          ],
        },
      }),
    });

    expect(flops((x) => bindAll(double, [x], null)[0].add(x), zeros([3, 2]))).toEqual([["logistic", 12], ["add", 6]]); // biome-ignore format: a pair
  });

  it("of reductions are the additions, of moves none", () => {
    const f = (x: Tensor): Tensor => transpose(x).sum({ axes: 0, keepDims: true });

    expect(flops(f, zeros([3, 5]))).toEqual([["transpose", 0], ["sum", 12]]); // biome-ignore format: a pair
    const indices = tensor([0, 2], { dtype: "int32" });
    expect(flops((x) => scatterAdd(gather(x, indices), indices, { size: 9 }), zeros([3, 5]))).toEqual([["gather", 0], ["scatterAdd", 10]]); // biome-ignore format: a pair
    expect(flops((x) => x.sum({ axes: 0, keepDims: true }), zeros([0, 2]))).toEqual([["sum", 0]]);
  });

  it("of a convolution and its two transposes are the same", () => {
    const y = 2 * 8 * 4 * 4;
    const gradient = grad(([x, w]: readonly [Tensor, Tensor]) => conv2d(x, w, { groups: 2 }).sum());
    const { nodes } = profileWith(
      { runs: 1 },
      (x: Tensor, w: Tensor) => gradient([x, w]),
      image,
      weight,
    );

    expect(
      nodes.filter(({ kind }) => kind === "convolution").map(({ name, flops: n }) => [name, n]),
    ).toEqual([
      ["conv2d", 2 * y * 2 * 9],
      ["conv2dInput", 2 * y * 2 * 9],
      ["conv2dWeight", 2 * y * 2 * 9],
    ]);
  });

  it("of pooling are one for each element of each window", () => {
    const pooled = 2 * 4 * 3 * 3;

    expect(flops((x) => avgPool2d(x, { kernelSize: 2 }), image)).toContainEqual([
      "sumPool2d",
      pooled * 4,
    ]);
    expect(flops((x) => maxPool2d(x, { kernelSize: 2 }), image)).toContainEqual([
      "maxPool2dIndices",
      pooled * 4,
    ]);
    expect(
      flops((x) => grad((z: Tensor) => avgPool2d(z, { kernelSize: 2 }).square().sum())(x), image),
    ).toContainEqual(["spreadPool2d", pooled * 4]);
  });

  it("of an opaque routine are not known", () => {
    const opaque = define.flat({
      name: "copy",
      arity: 1,
      domain: [{ min: 0, max: 1 }],
      cases: [{ params: null }],
      abstractEval: ([x]: readonly [Tensor["aval"]]) => x,
      kernel: () => ({ kind: "opaque" as const, run: () => undefined }),
    });

    expect(flops((x) => bindAll(opaque, [x], null)[0], zeros([3]))).toEqual([["copy", null]]);
  });
});

describe("a printed profile", () => {
  it("is a table, the slowest operation first", () => {
    const slow = node({
      name: "matMul",
      text: "%3 = matMul(%1, %2) : float32[9,9]",
      milliseconds: 2.5,
      flops: 1e7,
      bytesRead: 4e6,
      bytesWritten: 1e6,
      line: "/app/train.ts:12:5",
    });
    const derived = node({
      milliseconds: 0.25,
      line: "/app/train.ts:3:1",
      derivativeOf: "tanh",
      flops: null,
    });

    expect(
      String(new Profile([node({}), slow, derived, node({ milliseconds: 0 })], 5)),
    ).toMatchInlineSnapshot(`
      "    ms      %  GFLOP/s  GB/s  operation
      2.5000   66.7     4.00  2.00  %3 = matMul(%1, %2) : float32[9,9] # /app/train.ts:12:5
      1.0000   26.7     0.00  0.00  %1 = mul(%0, %0) : float32[4]
      0.2500    6.7           0.00  %1 = mul(%0, %0) : float32[4] # derivative of tanh at /app/train.ts:3:1
      0.0000    0.0                 %1 = mul(%0, %0) : float32[4]
      3.7500  100.0                 4 operations, median of 5 runs"
    `);
  });

  it("sums up what is not shown", () => {
    const nodes = Array.from({ length: 100 }, (_, i) => node({ milliseconds: i + 1 }));

    const lines = String(new Profile(nodes, 5)).split("\n");

    expect(lines).toHaveLength(43);
    expect(lines[41]).toBe("1830.0000   36.2                 60 more operations");
  });

  it("is a line of nothing for a tape without operations", () => {
    expect(String(profile((x: Tensor) => x, tensor(1)))).toMatchInlineSnapshot(`
      "    ms    %  GFLOP/s  GB/s  operation
      0.0000  0.0                 0 operations, median of 5 runs"
    `);
  });
});

describe("a Chrome trace", () => {
  it("has complete events with the fields that the format requires, one after another", () => {
    const { nodes, traced } = ((): { nodes: readonly ProfiledNode[]; traced: unknown } => {
      const measured = profile(
        (x: Tensor) => x.exp().add(1).log().sum(),
        normal(randomKey(0), [1000]),
      );
      return {
        nodes: measured.nodes,
        traced: JSON.parse(JSON.stringify(measured.toChromeTrace())),
      };
    })();

    const { traceEvents } = traced as { readonly traceEvents: readonly Record<string, unknown>[] };

    expect(traceEvents.map(({ name }) => name)).toEqual(nodes.map(({ name }) => name));
    let end = 0;
    traceEvents.forEach(({ name, cat, ph, ts, dur, pid, tid }, i) => {
      expect([typeof name, typeof cat, ph, typeof pid, typeof tid]).toEqual([
        "string",
        "string",
        "X",
        "number",
        "number",
      ]);
      expect(ts).toBe(end);
      expect(dur).toBeCloseTo(1000 * nodes[i].milliseconds, 9);
      end = Number(ts) + Number(dur);
    });
  });
});
