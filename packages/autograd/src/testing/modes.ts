/**
 * @file Forward against reverse mode in every mix of an order, and <c, J t> against <Jᵀ c, t>.
 */
import type { Tensor } from "../core/tensor.ts";
import {
  derived,
  type Functional,
  forwardAlong,
  type Letter,
  reverseGradient,
  spell,
  words,
} from "./functionals.ts";
import { type Direction, largest, norm, unravel } from "./point.ts";
import {
  allowed,
  blamed,
  doubtAlong,
  isSound,
  isUsable,
  probe,
  type Stage,
  terms,
  total,
  worstEntry,
} from "./stage.ts";
import { tolerances } from "./tolerances.ts";

const { agreement, underflow } = tolerances.float64;

/** <c, J t> by differences of <c, f> along one direction over all inputs, against the gradient. */
export function checkInnerProduct(stage: Stage): void {
  const { setup, findings, word } = stage;
  const direction = everywhere(stage, 0);
  if (direction.length === 0) return;
  const difference = probe(stage, direction);
  if (!isUsable(stage, direction, difference)) return;
  const products = terms(stage, direction);
  const analytic = total(products);
  const tolerance = allowed(stage, direction, difference);
  if (Math.abs(analytic - difference.value) <= tolerance) return;
  const { entry, found } = blamed(stage, direction);
  if (!isUsable(stage, entry, found)) return;
  findings.failures.push({
    kind: "inner product",
    mode: spell([...word, setup.mode === "forward" ? "f" : "r"]),
    analytic,
    numeric: difference.value,
    tolerance,
  });
}

function everywhere({ setup, point }: Stage, part: number): Direction {
  return point.direction(setup.seed, part, [...point.tensors.keys()]);
}

/** Every other mix of modes of this order against reverse over reverse over … */
export function checkModes(stage: Stage, directions: readonly (readonly Tensor[])[]): void {
  const along = everywhere(stage, 1024 * stage.order);
  if (along.length === 0) return;
  for (const word of words(stage.order)) {
    if (!word.includes("f")) continue;
    const phi = derived(stage.setup.phi, word.slice(0, -1), directions);
    if (word.at(-1) === "f") checkForward(stage, word, phi, along);
    else checkReverse(stage, word, phi);
  }
}

/** |J t by forward mode - <∇φ, t>| ≤ 1e-12 (|J t| + ‖∇φ‖ ‖t‖ + the magnitudes that φ adds up) */
function checkForward(
  stage: Stage,
  word: readonly Letter[],
  phi: Functional,
  along: Direction,
): void {
  const { point, magnitude } = stage;
  const forward = (direction: Direction): number => {
    return forwardAlong(phi, point.tensors, point.tangents(direction)).item();
  };
  const gap = (direction: Direction): number => {
    return Math.abs(forward(direction) - total(terms(stage, direction)));
  };
  const value = forward(along);
  const slopes = norm(along.map(({ input, at }) => stage.analytic[input][at]));
  const path = norm(along.map(({ amount }) => amount));
  const scale = Math.abs(value) + slopes * path + magnitude;
  const tolerance = allowedFor(stage, scale) + doubtAlong(stage, along);
  if (Math.abs(value - total(terms(stage, along))) <= tolerance) return;
  const [{ input, at }] = worstEntry(along, gap);
  disagree(stage, word, input, at, forward([{ input, at, amount: 1 }]), tolerance);
}

function checkReverse(stage: Stage, word: readonly Letter[], phi: Functional): void {
  const { setup, point, findings, order, analytic, magnitude } = stage;
  const gradients = reverseGradient(phi, point.tensors);
  if (!isSound(setup, point, findings, order, spell(word), gradients)) return;
  gradients.forEach((gradient, input) => {
    const values = gradient.toTypedArray();
    const scale = largest(analytic[input]) + magnitude / point.units[input];
    const tolerance = allowedFor(stage, scale) + (stage.doubt?.[input] ?? 0);
    let worst = 0;
    const gap = (at: number): number => Math.abs(values[at] - analytic[input][at]);
    values.forEach((_, at) => {
      if (gap(at) > gap(worst)) worst = at;
    });
    if (values.length === 0 || gap(worst) <= tolerance) return;
    disagree(stage, word, input, worst, values[worst], tolerance);
  });
}

/** Every order multiplies the rounding of the one before by the length of its chain. */
function allowedFor({ order }: Stage, scale: number): number {
  return agreement * 10 ** (order - 1) * scale + underflow;
}

function disagree(
  stage: Stage,
  word: readonly Letter[],
  input: number,
  at: number,
  found: number,
  tolerance: number,
): void {
  const { setup, point, findings, order } = stage;
  const expected = stage.analytic[input][at];
  findings.failures.push({
    kind: "modes disagree",
    order,
    mode: spell(word),
    reference: spell(word.map(() => "r")),
    input: setup.positions[input],
    index: unravel(at, point.tensors[input].shape),
    analytic: found,
    numeric: expected,
    tolerance,
    error: Math.abs(found - expected),
  });
}
