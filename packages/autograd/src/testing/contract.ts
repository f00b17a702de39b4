/**
 * @file The contract of primitives: laws that hold for every one of them, for every problem in its domain.
 *
 * Users who add a primitive run them over `sampleProblem`, or over the arbitrary `primitiveProblems`.
 * Nothing here needs a test framework.
 */
import { derivativeLaws } from "./laws/derivative-laws.ts";
import type { PrimitiveLaw } from "./laws/law.ts";
import { mapLaws } from "./laws/map-laws.ts";
import { ruleLaws } from "./laws/rule-laws.ts";
import { valueLaws } from "./laws/value-laws.ts";

export { ContractError, type PrimitiveLaw } from "./laws/law.ts";
export {
  type PrimitiveProblem,
  type ProblemOptions,
  sampleProblem,
} from "./problems.ts";

/**
 * All laws. A law that says nothing about a primitive (linearity about exp) passes.
 *
 * @example
 * for (const law of primitiveLaws) {
 *   for (let seed = 0; seed < 50; seed++) law.check(myPrimitive, sampleProblem(myPrimitive, seed));
 * }
 */
export const primitiveLaws: readonly PrimitiveLaw[] = [
  ...valueLaws,
  ...ruleLaws,
  ...derivativeLaws,
  ...mapLaws,
];
