/**
 * @file Mutants that are no mistakes, each with the reason why it computes the same.
 */
interface Equivalent {
  readonly mutants: RegExp;
  readonly reason: string;
}

const EQUIVALENTS: readonly Equivalent[] = [
  { mutants: /^add, cotangents swapped/, reason: "both operands receive the same cotangent" },
  { mutants: /^add, tangents swapped/, reason: "a sum does not care for the order of its terms" },
  {
    mutants: /^(pinv|after), (input 1 lost|second tangent forgotten)/,
    reason: "the second input has no derivative",
  },
  {
    mutants: /^pow, .* compare\(.*: argument \d for operand 1/,
    reason: "away from 0, where they are compared, both choices are the base",
  },
  {
    mutants: /^pow, partial 1, .* where\(%5, 1, %0\).*: (detached|argument 2 for operand 1)/,
    reason:
      "it is read at base 0: the output is 1 at exponent 0, and infinite below, as is the rest of its derivative",
  },
  {
    mutants: /^svd, pullback, .* mul\(.*const.*: operand 0 alone/,
    reason: "what is masked is a matrix minus its transpose, whose diagonal is 0",
  },
  {
    mutants: /^(eigh|svd), .* add\(.*const.*: sub/,
    reason: "on the diagonal, where 1 is added to nothing, the dividend is 0",
  },
  {
    mutants: /^svd, .* reshape\(.*: negated/,
    reason: "of (sⱼ - sᵢ)(sⱼ + sᵢ) both factors change",
  },
  {
    mutants:
      /^(pinv, pullback, .* matMul\(.*: argument 2|svd, pullback, .* matMul\(.*: argument 5) for operand/,
    reason: "the operand is that argument, transposed twice",
  },
  {
    mutants: /^svd, tangent, .* sum\(.*axes\[0\]: the next/,
    reason: "a diagonal matrix has the same sums along both axes",
  },
  {
    mutants: /^lu, .* triangularSolve\(.*unit=true.*unit the other way round/,
    reason: "L has the ones on its diagonal",
  },
  {
    mutants: /^fmod, partial 1, .* (sub|div|add)\(.* times 1\.001/,
    reason: "the quotient is rounded to a whole number, which is there for small errors",
  },
  {
    mutants: /^max, .* cast\(.*: (negated|times 1\.001)/,
    reason: "the mask is divided by its own sum",
  },
];

/** Why the mutant that `text` describes is right; null if it is not. */
export function equivalence(text: string): string | null {
  return EQUIVALENTS.find(({ mutants }) => mutants.test(text))?.reason ?? null;
}
