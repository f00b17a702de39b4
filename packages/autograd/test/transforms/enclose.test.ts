/**
 * What a function is as one node, whatever is made of it: the tapes around see one operation, its repetition has the
 * same bits, and nothing leaks. Its derivative here is "none".
 */
import {
  compile,
  grad,
  GradientError,
  record,
  stopGradient,
  type Tensor,
  tensor,
  Variable,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { bindEnclosed, enclose } from "../../src/transforms/enclose.ts";
import { refusalOf } from "../refusal.ts";

const x = tensor([1, 2], { dtype: "float64" });
const noRules = { residuals: [], derivative: { kind: "none" } } as const;

/** `f` of `x`, as one node. */
function asNode(f: (x: Tensor) => Tensor, given: Tensor): Tensor {
  return bindEnclosed(
    enclose("block", ([a]) => f(a), [given]),
    noRules,
  ) as Tensor;
}

describe("an enclosed function", () => {
  it("is one node on the tapes around it", () => {
    const tape = record((a: Tensor) => asNode((b) => b.mul(b).exp(), a.add(1)).sum(), x);

    expect(String(tape)).toBe(
      `
%0 = input : float64[2]
%1 = add(%0, 1) : float64[2]
%2 = block(%1) : float64[2]
%3 = sum(%2, axes=[0]) : float64[1]
%4 = reshape(%3, shape=[]) : float64[]`.trim(),
    );
    expect(tape.output.item()).toBe(Math.exp(4) + Math.exp(9));
  });

  it("has the values that it meets as further inputs, each once", () => {
    const tape = record(
      (a: Tensor, b: Tensor) => asNode((c) => c.mul(b).add(b.mul(a)).add(a), a),
      x,
      tensor([3, 5], { dtype: "float64" }),
    );

    expect(String(tape).split("\n").slice(2)).toEqual(["%2 = block(%0, %1, %0) : float64[2]"]);
    expect(tape.output.toArray()).toEqual([3 + 3 + 1, 10 + 10 + 2]);
    expect(tape.replay(tensor([1, 1], { dtype: "float64" }), x).toArray()).toEqual([3, 5]);
  });

  it("meets values of every tape around it, in transforms inside of it as well", () => {
    const cube = (a: Tensor, b: Tensor): Tensor =>
      asNode((c) => grad((d: Tensor) => d.mul(d).mul(a).mul(b).sum())(c).mul(a), b);
    const outer = record((a: Tensor) => {
      const inner = record((b: Tensor) => cube(a, b), a.mul(2));
      expect(String(inner)).toMatch(/= block\(%0, const float64\[2\], %0\)/);
      return inner.output;
    }, x);

    // 2 c · a · b, times a, at b = c = 2 a
    expect(outer.output.toArray()).toEqual([8, 2 * 16 * 8 / 2]); // biome-ignore format: 2 · 4² · 2 · 2
    expect(String(outer)).toMatch(/%2 = block\(%1, %0, %1\)/);
  });

  it("runs once, and is repeated by its operations", () => {
    let runs = 0;
    const tape = record(
      (a: Tensor) =>
        asNode((b) => {
          runs++;
          return b.exp();
        }, a),
      x,
    );

    expect(tape.replay(tensor([0, 1], { dtype: "float64" })).toArray()).toEqual([1, Math.E]);
    expect(runs).toBe(1);
  });

  it("computes nothing twice when it is bound", () => {
    let made: Tensor | null = null;
    const bound = asNode((b) => {
      made = b.exp();
      return made;
    }, x);

    expect(bound.array).toBe((made as unknown as Tensor).below?.array);
  });

  it("may return what it is given, what it meets, and constants", () => {
    const five = tensor(5);
    const tape = record((a: Tensor, b: Tensor) => {
      const enclosed = enclose("block", ([c]) => ({ given: c, met: b, constant: five }), [a]);
      return bindEnclosed(enclosed, noRules) as Record<string, Tensor>;
    }, x, tensor(7)); // biome-ignore format: the arguments

    expect(String(tape)).toContain("%2, %3, %4 = block(%0, %1) : float64[2], float32[], float32[]");
    expect(tape.output["given"].toArray()).toEqual([1, 2]);
    expect(tape.output["met"].item()).toBe(7);
    expect(tape.output["constant"].item()).toBe(5);
  });

  it("nests", () => {
    const tape = record(
      (a: Tensor) => asNode((b) => asNode((c) => c.mul(a).add(b), b.exp()).mul(a), a.neg()),
      x,
    );

    const [p, q] = x.toArray() as number[];
    expect(tape.output.toArray()).toEqual([p, q].map((n) => (Math.exp(-n) * n - n) * n));
    expect(String(tape).split("\n")).toHaveLength(3);
    expect(tape.replay(x).toArray()).toEqual(tape.output.toArray());
  });

  it("has the variables that it reads as inputs, and assigns once", () => {
    const scale = new Variable(tensor(3, { dtype: "float64" }), { name: "scale" });
    const count = new Variable(tensor(0), { name: "count" });
    const tape = record((a: Tensor) => {
      const y = asNode((b) => {
        count.assign(count.value.add(1));
        return b.mul(scale.value).mul(count.value);
      }, a);
      return { y, z: y.add(count.value) };
    }, x);

    expect(tape.variables.map(({ name }) => name)).toEqual(["count", "scale"]);
    expect(String(tape)).toContain("%3, %4 = block(%0, %1, %2) : float64[2], float32[]");
    expect(tape.output.z.toArray()).toEqual([4, 7]);
    expect(count.value.item()).toBe(1);
    tape.replay(x);
    expect(count.value.item()).toBe(1);
  });

  it("assigns nothing where it throws, and leaves the tapes around it open", () => {
    const count = new Variable(tensor(0), { name: "count" });
    const tape = record((a: Tensor) => {
      const thrown = (): Tensor =>
        asNode(() => {
          count.assign(a.sum().cast("float32"));
          throw new RangeError("no");
        }, a);
      expect(thrown).toThrow(RangeError);
      return a.mul(2).add(count.value);
    }, x);

    expect(count.value.item()).toBe(0);
    expect(tape.nodes.map(({ primitive }) => primitive.name)).toContain("mul");
  });

  it("keeps what it made to itself: used outside, it would have no derivative", () => {
    const leaked: Tensor[] = [];
    const f = (a: Tensor): Tensor => {
      asNode((b) => {
        leaked.push(b.exp());
        return b;
      }, a);
      return leaked[0].mul(a);
    };

    expect(refusalOf(() => record(f, x))).toBeInstanceOf(GradientError);
    expect(leaked[0].toArray()).toEqual([Math.E, Math.exp(2)]);
  });

  it("is no node of a compiled program: its operations are", () => {
    const total = new Variable(tensor([0, 0], { dtype: "float64" }), { name: "total" });
    const f = (a: Tensor): Tensor => {
      const y = asNode((b) => {
        total.assign(total.value.add(b));
        return asNode((c) => c.mul(a), b.add(1));
      }, a.mul(2));
      return y.mul(stopGradient(y));
    };
    const compiled = compile(f);

    expect(compiled(x).toArray()).toEqual([9, 100]);
    expect(total.value.toArray()).toEqual([2, 4]);
    expect(f(x).toArray()).toEqual([9, 100]);
    expect(String(compiled.programFor(x))).toContain("add");
  });
});
