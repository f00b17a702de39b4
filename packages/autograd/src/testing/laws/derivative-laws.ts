/**
 * @file Laws about derivatives as numbers: against differences at orders 1 to 3, in both modes, by single
 * inputs and by one input given twice, and in float32 against float64.
 */
import { sameAval } from "../../array/aval.ts";
import { sizeOf } from "../../array/shape.ts";
import type { Primitive } from "../../core/primitive.ts";
import { splat, type Tensor } from "../../core/tensor.ts";
import { add } from "../../primitives/add.ts";
import { mul } from "../../primitives/mul.ts";
import { sub } from "../../primitives/sub.ts";
import { jvp } from "../../transforms/jvp.ts";
import { vjp } from "../../transforms/vjp.ts";
import { signedDraws } from "../draws.ts";
import { float64 } from "../functionals.ts";
import { gradcheck } from "../gradcheck.ts";
import type { GradcheckOptions } from "../options.ts";
import { largest } from "../point.ts";
import { domainOf, type PrimitiveProblem } from "../problems.ts";
import { tolerances } from "../tolerances.ts";
import {
  firstDifference,
  floatingInputs,
  inDType,
  type PrimitiveLaw,
  predicted,
  demand,
  smoothPart,
} from "./law.ts";

/** Whether there is a derivative to check: floating inputs, and a rule or the claim that it is zero. */
function isDifferentiable(primitive: Primitive, problem: PrimitiveProblem): boolean {
  if (floatingInputs(problem).length === 0) return false;
  return primitive.derivative.kind !== "none" || !stopsOnPurpose(primitive, problem);
}

/** What hands on its one input unchanged, and declares no derivative, is there to stop it. */
function stopsOnPurpose(primitive: Primitive, { inputs, params }: PrimitiveProblem): boolean {
  if (inputs.length !== 1) return false;
  const avals = inputs.map((x) => x.aval);
  const [output] = predicted(primitive, inputs, params);
  return primitive.kernel(params, avals).kind === "view" && sameAval(output, avals[0]);
}

type Requirement = (
  f: (...inputs: readonly Tensor[]) => unknown,
  inputs: readonly Tensor[],
  options?: GradcheckOptions,
) => void;

/** A law made of gradchecks: kinks are moved away from, however many; a gradient may be zero. */
function gradientLaw(
  name: string,
  check: (primitive: Primitive, problem: PrimitiveProblem, requireGradients: Requirement) => void,
): PrimitiveLaw {
  return {
    name,
    check(primitive, problem, onGradcheck) {
      if (!isDifferentiable(primitive, problem)) return;
      const { seed } = problem;
      check(primitive, problem, (f, inputs, options) => {
        const report = gradcheck(f, inputs, {
          zeroGradient: true,
          maxResampled: 1,
          seed,
          ...options,
        });
        onGradcheck?.(report);
        demand(primitive, report.ok, { report }, () => {
          return `its derivatives are wrong. Correct the rule:\n${String(report)}`;
        });
      });
    },
  };
}

function floating64(problem: PrimitiveProblem): readonly Tensor[] {
  const wide = inDType(problem, "float64");
  return floatingInputs(wide).map((i) => wide.inputs[i]);
}

const hasGradients = gradientLaw(
  "has derivatives that agree with differences, in both modes",
  (primitive, problem, requireGradients) => {
    // entry by entry, and along directions that see all entries at once, for half the price
    const method = problem.seed % 2 === 0 ? "full" : "directional";
    requireGradients(smoothPart(primitive, problem), floating64(problem), { method });
  },
);

const hasSecondDerivatives = higherLaw("second", 2);
const hasThirdDerivatives = higherLaw("third", 3);

function higherLaw(ordinal: string, order: 2 | 3): PrimitiveLaw {
  return gradientLaw(
    `has ${ordinal} derivatives inside a nonlinear function, in every mix of modes`,
    (primitive, problem, requireGradients) => {
      const inputs = floating64(problem);
      const f = bent(smoothPart(primitive, problem), inputs);
      requireGradients(f, inputs, { order, from: order, method: "directional" });
    },
  );
}

/**
 * f between two functions that are curved at the point x₀ and pass through it: x + k (x - x₀)² / 2 before,
 * y + k (y - y₀)² / 2 after. There a tangent and a cotangent depend on x too, which they do in use: a
 * linear rule that loses that dependence is right by itself at every order.
 */
function bent(
  f: (...inputs: readonly Tensor[]) => readonly Tensor[],
  inputs: readonly Tensor[],
): (...inputs: readonly Tensor[]) => readonly Tensor[] {
  const outputs = f(...inputs);
  return (...xs) =>
    f(...xs.map((x, i) => curved(x, inputs[i]))).map((y, i) => curved(y, outputs[i]));
}

function curved(x: Tensor, center: Tensor): Tensor {
  const curvature = 0.5 / Math.max(0.1, largest(center.toTypedArray()));
  const distance = sub(x, center);
  return add(x, mul(mul(distance, distance), curvature));
}

const differentiatesByEach = gradientLaw(
  "differentiates by each input alone, the others being constants",
  (primitive, problem, requireGradients) => {
    const inputs = floating64(problem);
    if (inputs.length < 2) return;
    const f = smoothPart(primitive, problem);
    inputs.forEach((x, i) => {
      requireGradients((input) => f(...inputs.with(i, input)), [x]);
    });
  },
);

const addsUpRepeated = gradientLaw(
  "adds up the derivatives of an input that is given twice, and of a result that is used twice",
  (primitive, problem, requireGradients) => {
    const inputs = floating64(problem);
    const f = smoothPart(primitive, problem);
    const floating = floatingInputs(problem);
    const [first, second] = inputs;
    if (second !== undefined && sizeOf(first.shape) === sizeOf(second.shape)) {
      const [a, b] = floating.slice(0, 2).map((i) => domainOf(primitive, i));
      const [min, max] = [Math.max(a.min, b.min), Math.min(a.max, b.max)];
      const same = first.shape.every((length, axis) => length === second.shape[axis]);
      const values = first.toTypedArray().map((v) => Math.min(max, Math.max(min, v)));
      const rest = inputs.slice(2);
      const twice = (x: Tensor): unknown => f(x, x, ...rest);
      const x = float64(Float64Array.from(values), first);
      if (same && isAccepted(() => twice(x))) requireGradients(twice, [x]);
    }
    const again = (...xs: readonly Tensor[]): unknown => f(...xs).flatMap((y) => [y, mul(y, 2), y]);
    requireGradients(again, inputs, { method: "directional" });
  },
);

/** A product of a matrix that is not square with itself does not exist. */
function isAccepted(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

const differentiatesInFloat32: PrimitiveLaw = {
  name: "has derivatives in float32 near those in float64",
  check(primitive, problem) {
    if (floatingInputs(problem).length === 0) return;
    const narrow = inDType(problem, "float32");
    const wide = inDType(narrow, "float64");
    const expected = bothModes(primitive, wide);
    const moved = [
      bothModes(primitive, wide, MOVED),
      bothModes(primitive, withMovedInputs(wide, MOVED_INPUTS)),
    ];
    bothModes(primitive, narrow).forEach((found, k) => {
      const values = expected[k].toTypedArray();
      // what cancels of the direction, or moves with the inputs, no rule can keep: the rounding of their numbers shows
      const slack = moved.map((those) => {
        return largest(Array.from(those[k].toTypedArray(), (x, i) => x - values[i]));
      });
      const allowed = tolerances.float32.gradient * largest(values) + slack[0] + slack[1];
      const difference = firstDifference(found, values, () => allowed);
      demand(primitive, difference === null, {}, () => {
        return `in float32 a derivative is ${difference}, which is that in float64. Avoid the cancellation in the rule.`;
      });
    });
  },
};

/** Sixteen roundings of float32, relative to a number of a direction: a rule is a few operations. */
const MOVED = 2 ** -20;
/** Four roundings, of inputs: near a root of the derivative a sum of float32 numbers is that at a point beside it. */
const MOVED_INPUTS = 2 ** -22;

function withMovedInputs(problem: PrimitiveProblem, moved: number): PrimitiveProblem {
  const floating = floatingInputs(problem);
  const inputs = problem.inputs.map((x, i) => {
    if (!floating.includes(i)) return x;
    const signs = signedDraws(problem.seed, "direction", i + 192, x.size);
    const numbers = Float64Array.from(x.toTypedArray(), (v, k) => {
      return v * (1 + moved * Math.sign(signs[k]));
    });
    return float64(numbers, x);
  });
  return { ...problem, inputs };
}

/**
 * Cotangents of all floating inputs and tangents of all floating results, for random ones in their dtype, each number of which
 * is moved up or down by so much of itself.
 */
function bothModes(primitive: Primitive, problem: PrimitiveProblem, moved = 0): readonly Tensor[] {
  const inputs = floatingInputs(problem).map((i) => problem.inputs[i]);
  const f = smoothPart(primitive, problem);
  const like = (x: Tensor, part: number): Tensor => {
    // numbers that float32 holds, so that both dtypes are given the same
    const draws = signedDraws(problem.seed, "direction", part, x.size).map(Math.fround);
    const signs = signedDraws(problem.seed, "direction", part + 128, x.size).map(Math.sign);
    const values = float64(
      draws.map((value, i) => value * (1 + moved * signs[i])),
      x,
    );
    return inDType({ ...problem, inputs: [values] }, x.dtype as "float32").inputs[0];
  };
  const { output, pullback } = vjp(f, ...inputs);
  const cotangents = pullback(output.map((y, k) => like(y, k)));
  // one input at a time: the parts of several may cancel, and each is rounded before they are added
  const tangents = inputs.flatMap((x, k) => {
    const still = inputs.map(({ aval }) => splat(aval, 0));
    return jvp(f, inputs, still.with(k, like(x, 64 + k))).tangent;
  });
  return [...cotangents, ...tangents];
}

/** The laws about derivatives as numbers. */
export const derivativeLaws: readonly PrimitiveLaw[] = [
  hasGradients,
  hasSecondDerivatives,
  hasThirdDerivatives,
  differentiatesByEach,
  addsUpRepeated,
  differentiatesInFloat32,
];
