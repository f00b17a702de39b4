import { defineConfig } from "vitest/config";
import { deferredBackend } from "./tools/compiled-tests.ts";
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
      setupFiles: ["tools/count-properties.ts"],
      provide: { propertyPolicy: policy },
      reporters: ["default", reporter],
      testTimeout: mode === "compiled" ? 60_000 : 10_000 * policy.runsFactor,
    },
  };
});
