/**
 * @file The two walks over one tape: backward for cotangents, forward for tangents.
 *
 * Both run one level below the tape, with ordinary operations, so what they do is recorded by the
 * tapes around it. Zeros are never made: null stands for them. A value of non-floating dtype carries
 * no derivative. Reverse accumulation: Griewank & Walther (2008), chapter 3; the forward walk is the
 * push-forward of the same list.
 */
import type { Aval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import { bind } from "../core/bind.ts";
import type { AnyRule } from "../core/primitive.ts";
import type { Node, Tape } from "../core/tape.ts";
import { splat, type Tensor } from "../core/tensor.ts";
import { assertInvariant, GradientError } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { mul } from "../primitives/mul.ts";
import { withinDerivative } from "./source-lines.ts";

/** Cotangents or tangents by the number of the value; absent means zero. */
export type Derivatives = Map<number, Tensor>;

export interface BackwardOptions {
  /** Keep the residuals, so that the tape can be walked again. */
  readonly retain: boolean;
}

/**
 * Cotangents of the inputs `wanted`, given those of the results.
 *
 * Only nodes between the two are visited: asking for the weights never computes the cotangent of the data.
 *
 * @throws GradientError if an earlier walk released the residuals.
 */
export function backward(
  tape: Tape,
  seeds: Derivatives,
  wanted: ReadonlySet<number>,
  options: BackwardOptions,
): Derivatives {
  const reached = reachableFrom(tape, wanted);
  const cotangents: Derivatives = new Map(seeds);
  for (let i = tape.nodes.length - 1; i >= 0; i--) {
    const node = tape.nodes[i];
    const incoming: (Tensor | null)[] = [];
    let pulls = false;
    for (let index = node.first; index < node.first + node.count; index++) {
      const cotangent = cotangents.get(index) ?? null;
      cotangents.delete(index);
      incoming.push(cotangent);
      if (cotangent !== null && reached[index]) pulls = true;
    }
    if (pulls) withinDerivative(tape, node, () => pull(node, incoming, reached, cotangents));
    if (!options.retain) node.residuals = null;
  }
  return cotangents;
}

/** Tangents of the values `wanted`, and of those between, given tangents of some inputs of the tape. */
export function forward(tape: Tape, seeds: Derivatives, wanted: ReadonlySet<number>): Derivatives {
  const needed = neededFor(tape, wanted);
  const tangents: Derivatives = new Map(seeds);
  for (const node of tape.nodes) {
    if (!someResult(node, needed)) continue;
    const incoming = node.operands.map((x) =>
      typeof x === "number" ? (tangents.get(x) ?? null) : null,
    );
    if (incoming.every((t) => t === null)) continue;
    withinDerivative(tape, node, () => {
      push(node, incoming).forEach((tangent, k) => {
        if (tangent !== null && isFloating(tangent.dtype)) tangents.set(node.first + k, tangent);
      });
    });
  }
  return tangents;
}

/** By value number: whether it depends on one of `wanted` through floating values. */
function reachableFrom(tape: Tape, wanted: ReadonlySet<number>): readonly boolean[] {
  const reached = tape.values.map(() => false);
  for (const index of wanted) reached[index] = isFloating(tape.values[index].dtype);
  for (const node of tape.nodes) {
    if (node.primitive.derivative.kind === "none") continue;
    const touched = node.operands.some((x) => typeof x === "number" && reached[x]);
    if (!touched) continue;
    for (let index = node.first; index < node.first + node.count; index++) {
      if (isFloating(tape.values[index].dtype)) reached[index] = true;
    }
  }
  return reached;
}

/** By value number: whether one of `wanted` is computed from it, by way of derivatives. */
function neededFor(tape: Tape, wanted: ReadonlySet<number>): readonly boolean[] {
  const needed = tape.values.map((_, index) => wanted.has(index));
  for (const node of tape.nodes.toReversed()) {
    if (node.primitive.derivative.kind === "none" || !someResult(node, needed)) continue;
    for (const x of node.operands) if (typeof x === "number") needed[x] = true;
  }
  return needed;
}

function someResult({ first, count }: Node, marked: readonly boolean[]): boolean {
  for (let index = first; index < first + count; index++) if (marked[index]) return true;
  return false;
}

function ruleOf(node: Node): AnyRule {
  if (node.residuals === null) {
    throw new GradientError("gradient", { primitive: node.primitive.name }, () => {
      return "an earlier call released what this tape needs for its derivative. Pass `{ retain: true }` to that call to keep it.";
    });
  }
  return { ...node.residuals, avals: node.avals, params: node.params };
}

/** Adds what `node` pulls back to the cotangents of its operands. */
function pull(
  node: Node,
  incoming: readonly (Tensor | null)[],
  reached: readonly boolean[],
  cotangents: Derivatives,
): void {
  const { derivative } = node.primitive;
  if (derivative.kind === "none") return;
  const rule = ruleOf(node);
  const accumulate = (operand: number, cotangent: Tensor): void => {
    const known = cotangents.get(operand);
    cotangents.set(operand, known === undefined ? cotangent : add(known, cotangent));
  };
  const wanted = node.operands.map((x) => typeof x === "number" && reached[x]);
  const all = derivative.kind === "custom" ? derivative.vjp(incoming, rule, wanted) : null;
  node.operands.forEach((operand, i) => {
    if (typeof operand !== "number" || !reached[operand]) return;
    const pulled = all === null ? pullInto(node, rule, incoming[0], i) : all[i];
    if (pulled !== null) accumulate(operand, pulled);
  });
}

function pullInto(node: Node, rule: AnyRule, cotangent: Tensor | null, i: number): Tensor | null {
  const { derivative } = node.primitive;
  if (cotangent === null) return null;
  switch (derivative.kind) {
    case "partials":
      return mul(cotangent, derivative.partials[i](rule));
    case "linear":
      if (derivative.inputs !== "all" && !derivative.inputs.includes(i)) return null;
      return derivative.transpose(cotangent, rule, i);
    case "bilinear": {
      const other = rule.primals[1 - i];
      assertInvariant(other !== undefined, "a bilinear primitive keeps both inputs");
      return derivative.transpose(cotangent, other, rule, i);
    }
    default:
      return null;
  }
}

/** Tangents of the results of `node`. */
function push(node: Node, incoming: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
  const { primitive, params, avals } = node;
  const { derivative } = primitive;
  if (derivative.kind === "none") return [];
  const rule = ruleOf(node);
  switch (derivative.kind) {
    case "partials":
      return [total(incoming.map((t, i) => t && mul(derivative.partials[i](rule), t)))];
    case "linear": {
      const operands = incoming.map((t, i) => {
        const isLinear = derivative.inputs === "all" || derivative.inputs.includes(i);
        return isLinear ? (t ?? zeros(avals[i])) : rule.primals[i];
      });
      return [bind(primitive, operands as Tensor[], params)];
    }
    case "bilinear": {
      const [a, b] = rule.primals as readonly [Tensor, Tensor];
      const [ta, tb] = incoming;
      return [
        total([ta && bind(primitive, [ta, b], params), tb && bind(primitive, [a, tb], params)]),
      ];
    }
    case "custom":
      return derivative.jvp(incoming, rule);
  }
}

function total(terms: readonly (Tensor | null)[]): Tensor | null {
  return terms.reduce((sum, term) => (sum && term ? add(sum, term) : (sum ?? term)), null);
}

export function zeros(aval: Aval): Tensor {
  return splat(aval, 0);
}
