import { ShapeError } from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignRank, broadcastShapes, stretchedAxes } from "../../src/array/broadcast.ts";
import { refusalOf } from "../refusal.ts";
import { broadcastOf } from "./index-oracle.ts";
import { shapes } from "./strided-arrays.ts";

describe("broadcastShapes", () => {
  it.each([
    [[], [], []],
    [[3], [], [3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[3], [2, 3], [2, 3]],
    [[1], [0], [0]],
    [
      [4, 1, 5],
      [3, 1],
      [4, 3, 5],
    ],
  ])("of %j and %j is %j", (a, b, expected) => {
    expect(broadcastShapes("add", a, b)).toEqual(expected);
  });

  it("follows NumPy's rule, or refuses where the rule has no answer", () => {
    fc.assert(
      fc.property(shapes(4, 3), shapes(4, 3), (a, b) => {
        const expected = broadcastOf(a, b);

        if (expected !== null) expect(broadcastShapes("add", a, b)).toEqual(expected);
        else expect(refusalOf(() => broadcastShapes("add", a, b))).toBeInstanceOf(ShapeError);
      }),
      { numRuns: 300 },
    );
  });

  it("names both shapes where they do not meet", () => {
    const error = refusalOf(() => broadcastShapes("add", [32, 10], [32]));

    expect(error).toMatchObject({ op: "add", details: { a: [32, 10], b: [32] } });
  });
});

describe("alignRank", () => {
  it("puts axes of size 1 in front", () => {
    expect(alignRank([3], 3)).toEqual([1, 1, 3]);
    expect(alignRank([2, 3], 2)).toEqual([2, 3]);
  });
});

describe("stretchedAxes", () => {
  it("lists the axes that grow from 1, to 0 as well", () => {
    expect(stretchedAxes([1, 3, 1, 1], [2, 3, 1, 0])).toEqual([0, 3]);
  });
});
