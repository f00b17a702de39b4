import { describe, expect, it } from "vitest";
import { covariateShift } from "../../src/experiments/covariate-shift.ts";
import { runSmall } from "./run-small.ts";

interface Point {
  readonly drift: number | null;
  readonly gradients: readonly object[];
}
interface Run {
  readonly points: readonly Point[];
  readonly shifted: Record<string, { readonly stored: number }>;
}
type Found = Record<"without" | "batch norm" | "noisy batch norm", readonly Run[]>;

const withPoints = (runs: readonly Run[], change: (point: Point) => object): readonly Run[] =>
  runs.map((run) => ({
    ...run,
    points: run.points.map((point) => ({ ...point, ...change(point) })),
  })) as never;

describe("covariate-shift", () => {
  it("finds inputs that batch norm steadies, and statistics that undo a shift", async () => {
    const settings = { steps: 18, every: 6, tests: 1 };
    const { verdict, result } = await runSmall(covariateShift, settings);
    const found = result as unknown as Found;
    const judge = (changed: Partial<Found>): string =>
      covariateShift.judge({ ...found, ...changed } as never, covariateShift.settings).held;
    const scores = (of: keyof Found, accuracy: number, drift: number): readonly Run[] =>
      withPoints(found[of], () => ({ accuracy, drift, gradients: [{ relative: 1, cosine: 1 }] }));
    const same = {
      without: scores("without", 0.5, 1),
      "batch norm": scores("batch norm", 0.9, 0.1),
      "noisy batch norm": scores("noisy batch norm", 0.9, 1),
    };
    const unrenewed = same["batch norm"].map((run) => ({
      ...run,
      shifted: Object.fromEntries(
        Object.entries(run.shifted).map(([name, { stored }]) => {
          return [name, { stored, renewed: stored }];
        }),
      ),
    }));

    expect(verdict.held).not.toBe("no");
    expect(judge(same)).toBe("yes");
    expect(judge({ ...same, "batch norm": unrenewed as never })).toBe("in part");
    expect(judge({ ...same, "noisy batch norm": scores("noisy batch norm", 0.4, 1) })).toBe(
      "in part",
    );
    const nothing = {
      without: withPoints(same.without, () => ({ gradients: [{ relative: 2, cosine: 1 }] })),
      "batch norm": withPoints(unrenewed as never, () => ({ drift: 2 })),
      "noisy batch norm": scores("noisy batch norm", 0.4, 1),
    };
    expect(judge(nothing)).toBe("no");
  });
});
