/**
 * @file The laws of layers (laws.ts) for every case of cases/index.ts, and a case for every layer.
 *
 * To add a layer, add a case. A law that is a property is checked for more seeds in the nightly run.
 */
import * as library from "@tapegrad/nn";
import { Module } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { layerCases } from "./cases/index.ts";
import { layerLaws } from "./laws.ts";
import { Subject } from "./subject.ts";

describe.each(layerCases)("$name", (of) => {
  const laws = layerLaws.filter((law) => law.applies?.(of) ?? true);

  it.for(laws.map((law) => [law.name, law] as const))("%s", ([, law]) => {
    if (law.isProperty !== true) return law.check(of, 1);
    fc.assert(
      fc.property(fc.nat(), (seed) => law.check(of, seed)),
      { numRuns: 1 },
    );
  });
});

describe("the cases", () => {
  it("have names of their own", () => {
    const names = layerCases.map(({ name }) => name);

    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  it("cover every layer that is exported; a base, by a case of what extends it", () => {
    const covered = layerCases.map((of) => new Subject(of, 1).module);
    const classes = Object.entries<unknown>(library).filter(([, value]) => isLayerClass(value));

    const missing = classes.filter(([, value]) => {
      return !covered.some((module) => module instanceof (value as typeof Module));
    });

    expect(classes.length).toBeGreaterThan(3);
    expect(missing.map(([name]) => name)).toEqual([]);
  });
});

function isLayerClass(value: unknown): boolean {
  return typeof value === "function" && value.prototype instanceof Module;
}
