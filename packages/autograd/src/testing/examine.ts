/**
 * @file One pass of gradcheck over one point, order by order: gradients against differences, the modes
 * against each other, <c, J t> against <Jᵀ c, t>.
 */
import type { Tensor } from "../core/tensor.ts";
import type { Difference } from "./differences.ts";
import { signedDraws } from "./draws.ts";
import { Findings, isOut } from "./findings.ts";
import {
  derived,
  float64,
  forwardGradient,
  type Letter,
  reverseGradient,
  spell,
} from "./functionals.ts";
import { checkInnerProduct, checkModes } from "./modes.ts";
import { type Direction, largest, type Point, unravel } from "./point.ts";
import type { Comparison } from "./report.ts";
import {
  allowed,
  blamed,
  doubtAlong,
  isSound,
  isUsable,
  probe,
  remeasured,
  type Setup,
  type Stage,
  terms,
  total,
} from "./stage.ts";

/** Checks the orders asked for at `point`, until one is not sound enough for the next. */
export function examine(setup: Setup, point: Point): Findings {
  const findings = new Findings();
  const letter: Letter = setup.mode === "forward" ? "f" : "r";
  const directions = Array.from({ length: setup.order }, (_, k) => randomTangents(setup, point, k));
  let magnitude = setup.magnitude(point.tensors);
  for (let order = 1; order <= setup.order; order++) {
    const word = Array<Letter>(order - 1).fill(letter);
    const phi = derived(setup.phi, word, directions);
    const gradient = letter === "f" ? forwardGradient : reverseGradient;
    const found = gradient(phi, point.tensors);
    const center = phi(point.tensors).item();
    const mode = spell([...word, letter]);
    if (!isSound(setup, point, findings, order, mode, found)) break;
    const analytic = found.map((x) => Float64Array.from(x.toTypedArray()));
    const at = { setup, point, order, phi, word, gradient, analytic, center, magnitude };
    if (order >= setup.from) {
      findings.absorb(checkStage({ ...at, doubt: null, findings: new Findings() }, directions));
    }
    // a gradient is computed from terms as large as φ: where they cancel, their rounding is left
    const least = magnitude / Math.max(1, ...point.units);
    magnitude = Math.max(least, sizeOfProducts(analytic, directions[order - 1]));
  }
  return findings;
}

/** All checks of one order; a second time where rounding inside φ turns out to be more than its value shows. */
function checkStage(stage: Stage, directions: readonly (readonly Tensor[])[]): Findings {
  const run = (on: Stage): Findings => {
    checkEntries(on);
    if (on.order === 1) checkInnerProduct(on);
    if (on.setup.mode === "both") checkModes(on, directions);
    return on.findings;
  };
  const findings = run(stage);
  const again = findings.isClean ? null : remeasured(stage);
  return again === null ? findings : run(again);
}

/** Σ |gᵢ rᵢ|, of which the next φ is the sum. */
function sizeOfProducts(gradient: readonly Float64Array[], tangents: readonly Tensor[]): number {
  let size = 0;
  tangents.forEach((r, input) => {
    const values = r.toTypedArray();
    gradient[input].forEach((g, at) => {
      size += Math.abs(g * values[at]);
    });
  });
  return size;
}

function randomTangents(setup: Setup, point: Point, k: number): readonly Tensor[] {
  return point.tensors.map((x, input) => {
    return float64(signedDraws(setup.seed, "direction", 64 * k + input, x.size), x);
  });
}

/** Differences along every entry, or along a random direction for each input, against the gradient. */
function checkEntries(stage: Stage): void {
  const { setup, point, findings, order } = stage;
  point.values.forEach(({ length }, input) => {
    if (length === 0) return;
    const directions =
      setup.directional && length > 1
        ? [point.direction(setup.seed, 1024 * order, [input])]
        : point.axes(input);
    const comparisons: Comparison[] = [];
    let isZero = true;
    for (const direction of directions) {
      const difference = probe(stage, direction);
      isZero &&= isNothing(stage, direction, difference);
      if (isUsable(stage, direction, difference)) {
        comparisons.push(...compared(stage, direction, difference));
      }
    }
    findings.compare(comparisons);
    if (order === 1 && isZero && !setup.mayBeZero(input)) {
      findings.failures.push({ kind: "identicallyZero", input: setup.positions[input] });
    }
  });
}

/** Whether both derivatives are zero, as far as rounding lets us see. */
function isNothing(stage: Stage, direction: Direction, difference: Difference): boolean {
  const { value, rounding, kink } = difference;
  if (kink) return false;
  const allowance = 4 * rounding + doubtAlong(stage, direction);
  return Math.abs(value) <= allowance && largest(terms(stage, direction)) <= allowance;
}

/**
 * The two derivatives along `direction`; where they differ, those of the entry that is to blame, or none if
 * it turns out to lie on a kink that does not show from the other entries.
 */
function compared(
  stage: Stage,
  direction: Direction,
  difference: Difference,
): readonly Comparison[] {
  const { setup, point, order, word } = stage;
  const analytic = total(terms(stage, direction));
  const error = Math.abs(analytic - difference.value);
  const tolerance = allowed(stage, direction, difference);
  const [{ input, at }] = direction;
  if (direction.length > 1 && !(error <= tolerance)) {
    const { entry, found } = blamed(stage, direction);
    if (!isUsable(stage, entry, found)) return [];
    const inDetail = compared(stage, entry, found);
    if (inDetail.some(isOut)) return inDetail;
  }
  const comparison = {
    order,
    mode: spell([...word, setup.mode === "forward" ? "f" : "r"]),
    input: setup.positions[input],
    index: direction.length === 1 ? unravel(at, point.tensors[input].shape) : null,
    analytic,
    numeric: difference.value,
    tolerance,
    error,
  };
  return [comparison];
}
