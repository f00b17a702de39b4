import { describe, expect, it } from "vitest";
import { flattenTree } from "../../src/array/trees.ts";

const isNumber = (value: unknown): value is number => typeof value === "number";
const refuse = (value: unknown, path: string): Error => new Error(`${typeof value} at ${path}`);

describe("a tree", () => {
  it("is its leaves in the order of indices and keys, each with its path", () => {
    const tree = { layers: [{ w: 1, b: 2 }, { w: 3 }], scale: 4 };

    const flat = flattenTree(tree, isNumber, refuse);

    expect(flat.leaves).toEqual([1, 2, 3, 4]);
    expect(flat.paths).toEqual([".layers[0].w", ".layers[0].b", ".layers[1].w", ".scale"]);
  });

  it("may be a single leaf, or have none", () => {
    expect(flattenTree(5, isNumber, refuse)).toMatchObject({ leaves: [5], paths: [""] });
    expect(flattenTree([{}, []], isNumber, refuse).leaves).toEqual([]);
  });

  it("is rebuilt around new leaves, as often as wanted", () => {
    const flat = flattenTree([1, { a: 2, b: [3] }], isNumber, refuse);

    expect(flat.rebuild(["x", "y", "z"])).toEqual(["x", { a: "y", b: ["z"] }]);
    expect(flat.rebuild([7, 8, 9])).toEqual([7, { a: 8, b: [9] }]);
  });

  it("does not give a leaf to the prototype, whatever its key", () => {
    const tree = JSON.parse('{ "__proto__": 1, "constructor": 2 }') as unknown;

    const rebuilt = flattenTree(tree, isNumber, refuse).rebuild([3, 4]);

    expect(Object.entries(rebuilt as object)).toEqual([
      ["__proto__", 3],
      ["constructor", 4],
    ]);
    expect(Object.getPrototypeOf(rebuilt)).toBe(Object.prototype);
  });

  it.each([
    [[1, "a"], "string at [1]"],
    [{ a: { b: null } }, "object at .a.b"],
    [[new Map()], "object at [0]"],
    [{ f: Number }, "function at .f"],
  ])("refuses anything else, with its place: %o", (tree, message) => {
    expect(() => flattenTree(tree, isNumber, refuse)).toThrow(message);
  });
});
