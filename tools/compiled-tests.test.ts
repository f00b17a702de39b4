/** @file What the run of compiled tests prints, when it fails, and what it replaces. */
import { describe, expect, it } from "vitest";
import type { TestModule } from "vitest/node";
import { deferredBackend, summarizePrograms } from "./compiled-tests.ts";

interface Meta {
  readonly programs?: number;
  readonly kernels?: number;
}

/** A module of vitest as far as the summary looks at it. */
function module(...metas: readonly Meta[]): TestModule {
  const tests = metas.map((meta) => ({ meta: () => meta }));
  return { children: { allTests: () => tests.values() } } as unknown as TestModule;
}

describe("a compiled run", () => {
  it("says how many tests read a result, read none and asked for none", () => {
    const modules = [
      module({ programs: 3, kernels: 9 }, { programs: 0, kernels: 2 }),
      module({ programs: 1, kernels: 0 }, { programs: 0, kernels: 0 }, {}),
    ];

    expect(summarizePrograms(modules)).toEqual({
      lines: [
        "compiled programs: 4, in the 2 tests that read a result",
        "without a program: 1 tests that read no result, 2 that asked for none",
      ],
      isCompiled: true,
    });
  });

  it.each<[string, readonly Meta[]]>([
    ["no test ran", []],
    ["no program ran", [{ programs: 0, kernels: 5 }]],
    ["the eager backend was not replaced", [{ programs: 5, kernels: 0 }]],
  ])("fails where %s", (_, metas) => {
    expect(summarizePrograms([module(...metas)]).isCompiled).toBe(false);
  });

  it("replaces the backend that core/ imports, and no other", () => {
    const { resolveId } = deferredBackend();
    const own = "/packages/autograd/src/core/bind.ts";

    expect(resolveId("../backends/index.ts", own)).toMatch(/deferred-backend\.ts$/);
    expect(resolveId("../backends/index.ts", "/packages/autograd/src/compile/eager-kernels.ts")).toBeNull(); // biome-ignore format: as above
    expect(resolveId("../kernel/kernel.ts", own)).toBeNull();
  });
});
