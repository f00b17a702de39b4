import { describe, expect, it } from "vitest";
import { errorSurface } from "../../src/experiments/error-surface.ts";
import { runSmall } from "./run-small.ts";

interface Surface {
  readonly walks: readonly object[];
  readonly after: readonly number[];
}
interface Run {
  readonly raw: object;
  readonly standardised: object;
  readonly plain: Surface;
  readonly normalised: Surface;
}

/** The same surface, a hundred times as smooth. */
const smoother = ({ walks, after, ...others }: Surface): object => ({
  ...others,
  walks: walks.map((walk) => ({ ...walk, lowest: 1, highest: 1.0001, smoothness: 1e-6 })),
  after: after.map((value) => value / 100),
});

describe("error-surface", () => {
  it("finds a round bowl of standardised features, and judges the networks by all three measures", async () => {
    const settings = { scale: 10, steps: 4, every: 2, iterations: 4 };
    const { verdict, result } = await runSmall(errorSurface, settings);
    const judge = (change: (run: Run) => object): string => {
      const runs = (result as unknown as Run[]).map((run) => ({ ...run, ...change(run) }));
      return errorSurface.judge(runs as never, errorSurface.settings).held;
    };

    expect(verdict.held).not.toBe("no");
    expect(judge(({ plain }) => ({ normalised: smoother(plain) }))).toBe("yes");
    expect(judge(({ plain }) => ({ normalised: plain }))).toBe("in part");
    expect(judge(({ raw, plain }) => ({ standardised: raw, normalised: plain }))).toBe("no");
  });
});
