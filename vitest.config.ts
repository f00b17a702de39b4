import { defineConfig } from "vitest/config";
import { EAGER_ONLY } from "./tools/compiled-exceptions.ts";
import { deferredBackend, ProgramReporter } from "./tools/compiled-tests.ts";
import { propertyPolicy } from "./tools/property-policy.ts";
import { CountReporter } from "./tools/reporter.ts";

export default defineConfig(({ mode }) => {
  const reporter = new CountReporter();
  const policy = reporter.use(propertyPolicy(mode));
  return {
    plugins: mode === "compiled" ? [deferredBackend()] : [],
    // The packages are tested in their source: exports name it under the condition "source".
    ssr: { resolve: { conditions: ["source"] } },
    test: {
      include: ["packages/*/test/**/*.test.ts", "tools/**/*.test.ts"],
      setupFiles: [
        "tools/count-properties.ts",
        ...(mode === "compiled" ? ["packages/autograd/test/compiled/count-programs.ts"] : []),
      ],
      provide: {
        propertyPolicy: policy,
        ...(mode === "compiled"
          ? { eagerOnly: EAGER_ONLY.map(([{ source }, reason]) => [source, reason]) }
          : {}),
      },
      // by default one core is left to the process that collects results, which has little to do
      maxWorkers: "100%",
      // loading the modules again for each file takes half of the time
      isolate: false,
      reporters: ["default", ...(mode === "compiled" ? [new ProgramReporter()] : []), reporter],
      // a guard against what never ends, wide enough for a machine that is shared
      testTimeout: mode === "compiled" ? 60_000 : 30_000 * policy.runsFactor,
    },
  };
});
