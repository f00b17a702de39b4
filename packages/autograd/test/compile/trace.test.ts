import { describe, expect, it } from "vitest";
import { printProgram } from "../../src/compile/program.ts";
import { programOf, trace } from "../../src/compile/trace.ts";
import {
  bernoulli,
  broadcastTo,
  cast,
  equal,
  normal,
  record,
  randomKey,
  splitKey,
  Tensor,
  tensor,
  Variable,
  zeros,
} from "../../src/index.ts";
import { float32, of, traced } from "./traces.ts";

const print = (
  f: (...args: readonly Tensor[]) => unknown,
  ...avals: Parameters<typeof of>[]
): string => printProgram(traced(f, ...avals.map((aval) => of(...aval))));

describe("a traced program", () => {
  it("has an argument, a variable and a literal as its sources, and constants in its lines", () => {
    const v = new Variable(tensor([1, 2, 3]), { name: "weight" });

    expect(
      print(
        (x) =>
          x
            .mul(v.value)
            .add(tensor([1, 2, 3]))
            .sub(4),
        ["float32", 3],
      ),
    ).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[3]
      %1 = variable weight : float32[3]
      %2 = mul(%0, %1) : float32[3]
      %3 = literal : float32[3]
      %4 = add(%2, %3) : float32[3]
      %6 = sub(%4, 4) : float32[3]
      return %6"
    `);
  });

  it("does not stretch: a value holds each number once", () => {
    expect(
      print((x, y) => broadcastTo(x, [4, 3]).mul(y), ["float32", 1, 3], ["float32", 4, 3]),
    ).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[1,3]
      %1 = argument 1 : float32[4,3]
      %2 = mul(%0, %1) : float32[4,3]
      return %2"
    `);
  });

  it("counts what is repeated along an axis that is summed", () => {
    expect(print((x) => broadcastTo(x, [4, 3]).sum(), ["float32", 1, 3])).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[1,3]
      %1 = sum(%0, axes=[1]) : float32[1,1]
      %3 = mul(%1, 4) : float32[]
      return %3"
    `);
  });

  it("computes integers as integers, and converts where a primitive does", () => {
    expect(print((x) => [x.mul(x), x.pow(3)], ["int32", 3])).toMatchInlineSnapshot(`
      "%0 = argument 0 : int32[3]
      %1 = mul(%0, %0) : int32[3]
      %2 = cast(%0) : float32[3]
      %4 = pow(%2, 3) : float32[3]
      return %1, %4"
    `);
  });

  it("compares in the dtype that both share, and bool as numbers", () => {
    expect(
      print((x, y) => [x.less(y), equal(cast(x, "bool"), y)], ["int32", 3], ["float32", 3]),
    ).toMatchInlineSnapshot(`
      "%0 = argument 0 : int32[3]
      %1 = argument 1 : float32[3]
      %2 = cast(%0) : float32[3]
      %3 = less(%2, %1) : bool[3]
      %5 = notEqual(%0, 0) : bool[3]
      %6 = cast(%5) : float32[3]
      %7 = equal(%6, %1) : bool[3]
      return %3, %7"
    `);
  });

  it("has nothing of size 0: sums over it are 0", () => {
    expect(
      print((x, y) => [x.mul(2), x.sum({ axes: 1 }), y.add(1)], ["float32", 2, 0], ["float32", 2]),
    ).toMatchInlineSnapshot(`
      "%0 = argument 1 : float32[2]
      %3 = add(%0, 1) : float32[2]
      %4 = cast(0) : float32[2]
      return %4, %3"
    `);
  });

  it("holds the backward walk and the assignments of a step", () => {
    const w = new Variable(tensor([1, 2]), { name: "w" });
    const f = (x: Tensor): Tensor => {
      const tape = record(() => w.value.mul(x).sum());
      w.assign(w.value.sub(tape.gradient(w)));
      return tape.output;
    };

    expect(print((x) => f(x), ["float32", 2])).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[2]
      %1 = variable w : float32[2]
      %2 = mul(%1, %0) : float32[2]
      %3 = sum(%2, axes=[0]) : float32[1]
      %5 = mul(1, %0) : float32[2]
      %6 = sub(%1, %5) : float32[2]
      %7 = reshape(%3, shape=[]) : float32[]
      w := %6
      return %7"
    `);
  });

  it("draws from a key that is an argument; from one that it closes over, numbers are literals", () => {
    const key = randomKey(1);

    expect(print((k) => bernoulli(k, [2]), ["int32", 2])).toMatchInlineSnapshot(`
      "%0 = argument 0 : int32[2]
      %1 = randomBits(%0, stream=0) : int32[2]
      %2 = cast(%1) : float64[2]
      %4 = add(%2, 2147483648) : float64[2]
      %6 = div(%4, 4294967296) : float64[2]
      %8 = less(%6, 0.5) : bool[2]
      return %8"
    `);
    expect(print(() => normal(key, [2]))).toMatchInlineSnapshot(`
      "%0 = literal : float32[2]
      return %0"
    `);
    expect(print(() => splitKey(key)[0])).toMatchInlineSnapshot(`
      "%0 = literal : int32[2]
      return %0"
    `);
  });

  it("knows a value of an inner transform that has ended, also where it is assigned", () => {
    const v = new Variable(tensor(0), { name: "v" });
    const f = (x: Tensor): Tensor => {
      let inside = x;
      record(() => {
        inside = x.mul(2);
        return inside;
      });
      v.assign(inside);
      return inside;
    };

    expect(print((x) => f(x), ["float32"])).toMatchInlineSnapshot(`
      "%0 = argument 0 : float32[]
      %2 = mul(%0, 2) : float32[]
      v := %2
      return %2"
    `);
  });
});

describe("tracing", () => {
  it("assigns nothing, and keeps the tensors that it returns apart from those with numbers", () => {
    const v = new Variable(tensor(1), { name: "v" });

    const { outputs, writes } = trace([float32(2)], ([x]) => {
      v.assign(v.value.add(1));
      return { x, empty: zeros([0]) };
    });

    expect(v.value.item()).toBe(1);
    expect([...writes.keys()]).toEqual([v]);
    expect(outputs?.paths).toEqual([".x", ".empty"]);
  });

  it("has no outputs where the function returns undefined", () => {
    const { outputs } = trace([], () => undefined);

    expect(outputs).toBeNull();
    expect(programOf(trace([], () => undefined)).program.results).toEqual([]);
  });

  it("gives the function tensors without numbers", () => {
    trace([float32(2)], ([x]) => {
      expect(x).toBeInstanceOf(Tensor);
      expect(String(x)).toBe("tensor(abstract, float32[2])");
    });
  });
});
