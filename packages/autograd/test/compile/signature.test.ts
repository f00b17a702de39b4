import { describe, expect, it } from "vitest";
import { signatureOf } from "../../src/compile/signature.ts";
import { CompileError, compile, tensor, Variable, zeros } from "../../src/index.ts";
import { refusalOf } from "../refusal.ts";

const x = tensor([1, 2]);
const key = (...args: readonly unknown[]): string => signatureOf(args).key;

describe("calls have one signature", () => {
  it("whatever their numbers", () => {
    expect(key({ a: [x, 3] })).toBe(key({ a: [tensor([5, 6]), 3] }));
  });

  it("however their tensors lie in memory", () => {
    const [dense, strided] = [zeros([2, 3]).add(1), zeros([3, 2]).add(1).transpose()];

    expect(key(dense)).toBe(key(strided));
  });
});

describe("calls have different signatures where they differ in", () => {
  it.each<[string, readonly unknown[], readonly unknown[]]>([
    ["shape", [x], [zeros([3])]],
    ["rank", [x], [zeros([1, 2])]],
    ["dtype", [x], [tensor([1, 2], { dtype: "int32" })]],
    ["the number of arguments", [x], [x, x]],
    ["an argument that is undefined", [x], [x, undefined]],
    ["nesting", [[x]], [x]],
    ["keys", [{ a: x }], [{ b: x }]],
    ["keys that look like nesting", [{ "a.b": x }], [{ a: { b: x } }]],
    ["keys that look like values", [{ 'a=number 1;[0].b': x, c: 1 }], [{ a: 1, b: x, c: 1 }]], // biome-ignore format: one line
    ["an empty list", [x, []], [x]],
    ["an empty list or object", [x, []], [x, {}]],
    ["an object without a key", [{ a: x, b: {} }], [{ a: x }]],
    ["a number", [x, 1], [x, 2]],
    ["the sign of a zero", [x, 0], [x, -0]],
    ["a text", [x, "1"], [x, 1]],
    ["null and undefined", [x, null], [x, undefined]],
    ["null and its name", [x, null], [x, "null"]],
    ["a truth value", [x, true], [x, 1]],
    ["a big integer", [x, 1n], [x, 1]],
    ["a number that JSON does not have", [x, Number.NaN], [x, Infinity]],
  ])("%s", (_, a, b) => {
    expect(key(...a)).not.toBe(key(...b));
  });
});

describe("a compiled function", () => {
  it("has one program for each signature", () => {
    let traces = 0;
    const f = compile((y: typeof x, scale: number) => {
      traces++;
      return y.mul(scale);
    });

    const results = [f(x, 2), f(x, 3), f(tensor([3, 4]), 2), f(zeros([3]), 2)];

    expect(traces).toBe(3);
    expect(results.map((y) => y.toArray())).toEqual([[2, 4], [3, 6], [6, 8], [0, 0, 0]]); // biome-ignore format: rows
    expect(f.programFor(x, 2)).toBe(f.programFor(tensor([0, 0]), 2));
    expect(f.programFor(x, 2)).not.toBe(f.programFor(x, 3));
    expect(traces).toBe(3);
  });

  it("gives its function the nesting of its arguments", () => {
    const seen: unknown[] = [];
    const f = compile((...args: readonly unknown[]) => {
      seen.push(args.map((arg) => (arg === x ? "x" : arg)));
      return x;
    });

    f({ list: [], options: { text: "t", missing: undefined } }, null);

    expect(seen).toEqual([[{ list: [], options: { text: "t", missing: undefined } }, null]]);
  });

  it.each([
    ["a function", () => 1],
    ["an object of class Variable", new Variable(x)],
    ["an object of class Map", new Map()],
    ["an object of class Float32Array", new Float32Array(2)],
  ])("refuses %s as an argument", (found, argument) => {
    const error = refusalOf(() => compile((..._args: readonly unknown[]) => x)(x, { argument }));

    expect(error).toBeInstanceOf(CompileError);
    expect(error.details).toEqual({ path: "[1].argument", found });
  });
});
