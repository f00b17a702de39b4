import { describe, expect, it } from "vitest";
import { EXPERIMENTS } from "../../src/experiments/index.ts";

describe("the experiments", () => {
  it.each(EXPERIMENTS.map((experiment) => [experiment.name, experiment] as const))(
    "%s has a name for files, a question, a claim with its source, and help for every setting",
    (name, { title, claim, source, settings, quick, help }) => {
      expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(title).toMatch(/\?$/);
      expect(claim).toMatch(/\.$/);
      expect(source).toMatch(/\d{4}/);
      expect(Object.keys(help).toSorted()).toEqual(
        Object.keys(settings)
          .filter((key) => key !== "seeds")
          .toSorted(),
      );
      expect(Object.keys(settings)).toEqual(expect.arrayContaining(Object.keys(quick)));
    },
  );

  it("have names of their own", () => {
    const names = EXPERIMENTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
