/**
 * @file Mistakes that can be planted in the derivative of any primitive: mutants of its record.
 *
 * A mutation that does not apply to a primitive gives null. The kernel stays as it is: only rules are mutated.
 */
import {
  add,
  bind,
  cast,
  type Derivative,
  mul,
  neg,
  type Primitive,
  reshape,
  slice,
  stopGradient,
  sub,
  Tensor,
  zerosLike,
} from "@tapegrad/autograd";

type Custom = Extract<Derivative, { readonly kind: "custom" }>;
type AnyRule = Parameters<Custom["vjp"]>[1];
type Result = Tensor | null;

export interface Mutation {
  readonly name: string;
  readonly of: (primitive: Primitive) => Primitive | null;
}

/** The derivative of any kind as the pair of pullback and tangent that the mechanism makes of it. */
export function asCustom(primitive: Primitive): Custom {
  const { derivative } = primitive;
  switch (derivative.kind) {
    case "custom":
      return derivative;
    case "none":
      return { kind: "custom", vjp: () => [null], jvp: () => [null] };
    case "partials":
      return {
        kind: "custom",
        vjp: ([c], rule) => derivative.partials.map((partial) => c && mul(c, partial(rule))),
        jvp: (ts, rule) => [
          total(ts.map((t, i) => t && mul(derivative.partials[i]?.(rule) ?? t, t))),
        ],
      };
    case "linear":
      return {
        kind: "custom",
        vjp: ([c], rule) =>
          rule.avals.map((_, i) => (isLinearIn(derivative.inputs, i) ? pulled(c, rule, i) : null)),
        jvp: (ts, rule) => {
          const operands = rule.avals.map((aval, i) =>
            isLinearIn(derivative.inputs, i) ? (ts[i] ?? filled(aval)) : rule.primals[i],
          );
          return [bind(primitive, operands as Tensor[], rule.params)];
        },
      };
    case "bilinear":
      return {
        kind: "custom",
        vjp: ([c], rule) => [0, 1].map((i) => pulled(c, rule, i)),
        jvp: ([ta, tb], rule) => {
          const [a, b] = rule.primals as readonly [Tensor, Tensor];
          const term = (x: Result | undefined, other: Tensor, flip: boolean): Result =>
            x ? bind(primitive, flip ? [other, x] : [x, other], rule.params) : null;
          return [total([term(ta, b, false), term(tb, a, true)])];
        },
      };
  }

  function pulled(c: Result | undefined, rule: AnyRule, i: number): Result {
    if (!c) return null;
    if (derivative.kind === "linear") return derivative.transpose(c, rule, i);
    if (derivative.kind !== "bilinear") return null;
    return derivative.transpose(c, rule.primals[1 - i] as Tensor, rule, i);
  }
}

function isLinearIn(inputs: readonly number[] | "all", i: number): boolean {
  return inputs === "all" || inputs.includes(i);
}

function filled(aval: Tensor["aval"]): Tensor {
  return zerosLike(new Tensor(aval, null));
}

function total(terms: readonly Result[]): Result {
  return terms.reduce((sum, term) => (sum && term ? add(sum, term) : (sum ?? term)), null);
}

/** A mutant whose pullback, tangent or both are changed. */
function rewritten(
  primitive: Primitive,
  change: (custom: Custom) => Partial<Pick<Custom, "vjp" | "jvp">>,
): Primitive | null {
  if (primitive.derivative.kind === "none") return null;
  const custom = asCustom(primitive);
  return { ...primitive, derivative: { ...custom, ...change(custom) } };
}

/** A mutation of every result of the pullback, of the tangent, or of both. */
function onResults(
  name: string,
  sides: readonly ("vjp" | "jvp")[],
  change: (x: Tensor, i: number) => Result,
): Mutation {
  const each = (xs: readonly Result[]): readonly Result[] => xs.map((x, i) => x && change(x, i));
  return {
    name,
    of: (primitive) =>
      rewritten(primitive, ({ vjp, jvp }) => ({
        ...(sides.includes("vjp") ? { vjp: (cs, rule) => each(vjp(cs, rule)) } : {}),
        ...(sides.includes("jvp") ? { jvp: (ts, rule) => each(jvp(ts, rule)) } : {}),
      })),
  };
}

const REVERSE = ["vjp"] as const;
const FORWARD = ["jvp"] as const;
const BOTH = ["vjp", "jvp"] as const;

/** The elements back to front. */
function reversed(x: Tensor): Tensor {
  const flat = reshape(x, [x.size]);
  if (x.size < 2) return x;
  const back = slice(flat, { starts: [x.size - 1], sizes: [x.size], steps: [-1] });
  return reshape(back, x.shape);
}

/** The same value, whose own derivative is off by 0.1 %. */
function wrongNext(x: Tensor): Tensor {
  const fixed = stopGradient(x);
  return add(fixed, mul(sub(x, fixed), 1.001));
}

/** Input `i` gets no cotangent. */
function withoutInput(i: number): Mutation {
  return {
    name: `input ${i} lost`,
    of: (primitive) => {
      if (primitive.arity <= i || primitive.arity === 1) return null;
      if (domainDType(primitive, i) !== "floating") return null;
      return rewritten(primitive, ({ vjp }) => ({
        vjp: (cs, rule) => vjp(cs, rule).with(i, null),
      }));
    },
  };
}

function domainDType({ domain }: Primitive, i: number): string {
  return domain[Math.min(i, domain.length - 1)]?.dtype ?? "floating";
}

/** Positions of two inputs that both carry cotangents; null where there are fewer. */
function floatingPair(primitive: Primitive): readonly [number, number] | null {
  const count = Math.min(primitive.arity, 3);
  const found = [0, 1, 2].filter((i) => i < count && domainDType(primitive, i) === "floating");
  const [a, b] = found;
  return a === undefined || b === undefined ? null : [a, b];
}

/** The rule reads the output where it declared an input, or the first input where it declared another value. */
const confusedResiduals: Mutation = {
  name: "stale residual",
  of: (primitive) => {
    const [kept] = primitive.residuals;
    if (kept === undefined || primitive.derivative.kind === "none") return null;
    const other = kept === "output" ? 0 : "output";
    const confuse = (rule: AnyRule): AnyRule => {
      if (kept === "outputs")
        return { ...rule, outputs: rule.outputs?.map(() => rule.output as Tensor) };
      const value = other === "output" ? rule.output : rule.primals[0];
      return kept === "output"
        ? { ...rule, output: value }
        : { ...rule, primals: rule.primals.with(kept, value) };
    };
    const rest = kept === "outputs" ? primitive.residuals : primitive.residuals.slice(1);
    const residuals = [...new Set([other, ...rest] as const)];
    const mutant = rewritten(primitive, ({ vjp, jvp }) => ({
      vjp: (cs, rule) => vjp(cs, confuse(rule)),
      jvp: (ts, rule) => jvp(ts, confuse(rule)),
    }));
    return mutant && { ...mutant, residuals };
  },
};

/** All generic mistakes. */
export const mutations: readonly Mutation[] = [
  onResults("factor 1.001", BOTH, (x) => mul(x, 1.001)),
  onResults("factor 1.001, reverse mode only", REVERSE, (x) => mul(x, 1.001)),
  onResults("factor 1.001, forward mode only", FORWARD, (x) => mul(x, 1.001)),
  onResults("factor 1 + 1e-6", BOTH, (x) => mul(x, 1 + 1e-6)),
  onResults("sign flipped", BOTH, neg),
  onResults("sign flipped, forward mode only", FORWARD, neg),
  onResults("lost", BOTH, () => null),
  onResults("lost, reverse mode only", REVERSE, () => null),
  onResults("lost, forward mode only", FORWARD, () => null),
  withoutInput(0),
  withoutInput(1),
  onResults("constant added", BOTH, (x) => add(x, 1e-3)),
  onResults("elements reversed", BOTH, reversed),
  onResults("elements reversed, reverse mode only", REVERSE, reversed),
  onResults("detached", BOTH, stopGradient),
  onResults("detached, reverse mode only", REVERSE, stopGradient),
  onResults("detached, forward mode only", FORWARD, stopGradient),
  onResults("right once, off by 0.1 % when differentiated", BOTH, wrongNext),
  onResults("cotangent in float32", REVERSE, (x) => cast(x, "float32")),
  onResults("cotangent with an axis too many", REVERSE, (x) => reshape(x, [1, ...x.shape])),
  onResults("tangent with an axis too many", FORWARD, (x) => reshape(x, [1, ...x.shape])),
  {
    name: "cotangents swapped",
    of: (primitive) => {
      const pair = floatingPair(primitive);
      if (pair === null) return null;
      return rewritten(primitive, ({ vjp }) => ({
        vjp: (cs, rule) => {
          const found = vjp(cs, rule);
          const [a, b] = pair;
          return found.with(a, found[b] ?? null).with(b, found[a] ?? null);
        },
      }));
    },
  },
  {
    name: "tangents swapped",
    of: (primitive) => {
      const pair = floatingPair(primitive);
      if (pair === null) return null;
      return rewritten(primitive, ({ jvp }) => ({
        jvp: (ts, rule) =>
          jvp(ts.with(pair[0], ts[pair[1]] ?? null).with(pair[1], ts[pair[0]] ?? null), rule),
      }));
    },
  },
  {
    name: "second tangent forgotten",
    of: (primitive) => {
      const pair = floatingPair(primitive);
      if (pair === null) return null;
      return rewritten(primitive, ({ jvp }) => ({
        jvp: (ts, rule) => (ts[pair[0]] ? jvp(ts.with(pair[1], null), rule) : jvp(ts, rule)),
      }));
    },
  },
  confusedResiduals,
  {
    name: "declared flat",
    of: (primitive) =>
      primitive.derivative.kind === "none"
        ? null
        : { ...primitive, residuals: [], derivative: { kind: "none" } },
  },
  {
    name: "residual missing",
    of: (primitive) =>
      primitive.residuals.length === 0
        ? null
        : { ...primitive, residuals: primitive.residuals.slice(1) },
  },
];

/** The same derivative in other words: no law may object. */
export const rewording: Mutation = {
  name: "reworded",
  of: (primitive) => rewritten(primitive, () => ({})),
};
