/**
 * @file How much this run of the tests is asked to do: how many times the runs of `npm test`.
 *
 * 1 in `npm test`, more in the nightly run, less where all that is computed is compiled first.
 */
import { inject } from "vitest";

declare module "vitest" {
  interface ProvidedContext {
    readonly propertyPolicy: { readonly seed: number; readonly runsFactor: number };
  }
}

export const { runsFactor } = inject("propertyPolicy");
