/**
 * @file What can be wrong with one operation of a rule: its sign or a factor, its operands, a stale residual, an axis
 * or another param that is off by one, a transpose or a sum left out, a derivative of its own that is lost.
 */
import {
  add,
  allPrimitives,
  bindAll,
  full,
  mul,
  neg,
  pad,
  type Primitive,
  reshape,
  slice,
  stopGradient,
  type Tensor,
} from "@tapegrad/autograd";
import { sameAval } from "../../src/array/aval.ts";
import { isFloating } from "../../src/array/dtype.ts";
import { sizeOf } from "../../src/array/shape.ts";
import type { TapeNode } from "./rule-programs.ts";

export type Kind =
  | "sign"
  | "factor"
  | "axis"
  | "transpose"
  | "missing sum"
  | "stale residual"
  | "off by one"
  | "lost operand"
  | "swapped operands"
  | "other function"
  | "other param"
  | "detached";

export interface Mistake {
  readonly kind: Kind;
  readonly text: string;
  /** What the node gives instead; null where the mistake makes no difference to its kind. @throws what it may */
  apply(node: TapeNode, operands: readonly Tensor[], args: readonly Tensor[]): Tensor | null;
}

/** Functions that are taken for each other, by the names of their primitives. */
const ALIKE: readonly (readonly [string, string])[] = [
  ["add", "sub"],
  ["mul", "div"],
  ["sin", "cos"],
  ["sinh", "cosh"],
  ["exp", "expm1"],
  ["log", "log1p"],
  ["maximum", "minimum"],
  ["log2", "log10"],
];

const RELATIONS: Readonly<Record<string, string>> = {
  "==": "!=",
  "!=": "==",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
};

/** All mistakes that can be made at `node`, of a rule that is given `count` tensors. */
export function mistakesAt(node: TapeNode, count: number, isActive: boolean): readonly Mistake[] {
  const { primitive, operands, params, resultAvals } = node;
  if (resultAvals.length !== 1) return [];
  const isNumber = isFloating(resultAvals[0].dtype);
  return [
    ...(isNumber ? [SIGN, FACTOR] : []),
    ...(isActive ? [DETACHED] : []),
    ...(primitive.arity === 2 || operands.length === 3 ? [SWAPPED] : []),
    ...operands.flatMap((operand, i) => [
      lost(i),
      ...(typeof operand === "number" ? [] : [offByOne(i)]),
      ...Array.from({ length: count }, (_, k) => stale(i, k)),
    ]),
    ...otherFunctions(primitive),
    ...otherParams(params),
    LEFT_OUT,
    FIRST_OF_SUM,
    FIRST_OF_COPIES,
  ];
}

const again = ({ primitive, params }: TapeNode, operands: readonly Tensor[]): Tensor =>
  bindAll(primitive, operands, params)[0];

const SIGN: Mistake = {
  kind: "sign",
  text: "negated",
  apply: (node, operands) => neg(again(node, operands)),
};

const FACTOR: Mistake = {
  kind: "factor",
  text: "times 1.001",
  apply: (node, operands) => mul(again(node, operands), 1.001),
};

const DETACHED: Mistake = {
  kind: "detached",
  text: "detached",
  apply: (node, operands) => stopGradient(again(node, operands)),
};

/** The last two operands change places, where that makes a difference. */
const SWAPPED: Mistake = {
  kind: "swapped operands",
  text: "operands swapped",
  apply: (node, operands) => {
    const [b, a] = operands.slice(-2);
    if (b === a || isCommutative(node)) return null;
    return again(node, [...operands.slice(0, -2), a, b]);
  },
};

function isCommutative({ primitive, params, operandAvals }: TapeNode): boolean {
  const kernel = primitive.kernel(params, operandAvals);
  if (kernel.kind !== "elementwise" || operandAvals.length !== 2) return false;
  const [a, b] = [3, 5].map((value) => full([], value, { dtype: operandAvals[0].dtype }));
  const [ab, ba] = [
    [a, b],
    [b, a],
  ].map((both) => bindAll(primitive, both, params)[0].item());
  return ab === ba;
}

function lost(i: number): Mistake {
  return {
    kind: "lost operand",
    text: `operand ${i} alone`,
    apply: ({ resultAvals }, operands) => {
      const x = operands[i];
      return x !== undefined && sameAval(x.aval, resultAvals[0]) ? x : null;
    },
  };
}

function offByOne(i: number): Mistake {
  return {
    kind: "off by one",
    text: `constant operand ${i} plus 1`,
    apply: (node, operands) => {
      const x = operands[i];
      if (x === undefined || x.dtype === "bool") return null;
      return again(node, operands.with(i, add(x, 1)));
    },
  };
}

/** Argument `k` of the rule where operand `i` belongs. */
function stale(i: number, k: number): Mistake {
  return {
    kind: "stale residual",
    text: `argument ${k} for operand ${i}`,
    apply: (node, operands, args) => {
      const [x, other] = [operands[i], args[k]];
      if (x === undefined || other === undefined || x === other) return null;
      return sameAval(x.aval, other.aval) ? again(node, operands.with(i, other)) : null;
    },
  };
}

function otherFunctions(primitive: Primitive): readonly Mistake[] {
  return ALIKE.filter((pair) => pair.includes(primitive.name)).map(([a, b]) => {
    const name = primitive.name === a ? b : a;
    const other = allPrimitives.find((one) => one.name === name) ?? primitive;
    return {
      kind: "other function",
      text: name,
      apply: ({ params }, operands) => bindAll(other, operands, params)[0],
    };
  });
}

/** One number of the params, one more or less; one condition the other way round. */
function otherParams(params: unknown): readonly Mistake[] {
  if (params === null || typeof params !== "object") return [];
  return Object.entries(params).flatMap(([key, value]) => {
    const isAxis = key === "axis" || key === "axes";
    return variantsOf(value, isAxis).map(
      ({ kind, text, of }): Mistake => ({
        kind,
        text: `${key}${text}`,
        apply: ({ primitive, params: own, resultAvals: [{ shape }] }, operands) => {
          const present = (own as Readonly<Record<string, unknown>>)[key];
          const changed = of(present, operands[0].rank);
          if (changed === present) return null;
          const [found] = bindAll(primitive, operands, { ...(own as object), [key]: changed });
          return found.size === sizeOf(shape) ? reshape(found, shape) : found;
        },
      }),
    );
  });
}

interface Variant {
  readonly kind: Kind;
  readonly text: string;
  /** `value`, or something else in its place, for an operand of rank `rank`. */
  of(value: unknown, rank: number): unknown;
}

/** Ways to be wrong about `value`, at any depth of arrays. */
function variantsOf(value: unknown, isAxis: boolean): readonly Variant[] {
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown, i) =>
      variantsOf(entry, isAxis).map(({ kind, text, of }) => ({
        kind,
        text: `[${i}]${text}`,
        of: (whole: unknown, rank) =>
          Array.isArray(whole) && i < whole.length ? whole.with(i, of(whole[i], rank)) : whole,
      })),
    );
  }
  switch (typeof value) {
    case "number":
      if (isAxis) {
        return [{ kind: "axis", text: ": the next", of: (x, rank) => (Number(x) + 1) % rank }];
      }
      return [1, -1].map((step) => ({
        kind: "off by one",
        text: step > 0 ? " + 1" : " - 1",
        of: (x) => Number(x) + step,
      }));
    case "boolean":
      return [{ kind: "other param", text: " the other way round", of: (x) => x !== true }];
    case "string":
      return [{ kind: "other param", text: " mistaken", of: (x) => RELATIONS[String(x)] ?? x }];
    default:
      return [];
  }
}

/** A transpose left out, or whatever else moves elements without changing their number. */
const LEFT_OUT: Mistake = {
  kind: "transpose",
  text: "left out",
  apply: ({ primitive, params, operandAvals, resultAvals: [aval] }, [x]) => {
    const kernel = primitive.kernel(params, operandAvals);
    if (kernel.kind !== "view" || kernel.transform.type === "reshape") return null;
    if (x.dtype !== aval.dtype || x.size !== sizeOf(aval.shape)) return null;
    return reshape(x, aval.shape);
  },
};

/** Of a sum the first term. */
const FIRST_OF_SUM: Mistake = {
  kind: "missing sum",
  text: "the first term alone",
  apply: ({ primitive, params, operandAvals, resultAvals: [{ shape }] }, [x]) => {
    const kernel = primitive.kernel(params, operandAvals);
    if (kernel.kind !== "reduce" || x.size === 0) return null;
    return slice(x, { starts: shape.map(() => 0), sizes: shape });
  },
};

/** Of copies the first, and zeros for the others. */
const FIRST_OF_COPIES: Mistake = {
  kind: "missing sum",
  text: "the first copy alone",
  apply: ({ primitive, params, operandAvals, resultAvals: [{ shape }] }, [x]) => {
    const kernel = primitive.kernel(params, operandAvals);
    if (kernel.kind !== "view" || kernel.transform.type !== "stretch") return null;
    if (sizeOf(shape) === 0) return null;
    const after = shape.map((length, axis) => length - x.shape[axis]);
    return pad(x, { before: after.map(() => 0), after });
  },
};
