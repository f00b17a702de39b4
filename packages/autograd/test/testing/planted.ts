/**
 * @file Mistakes that people make, planted by hand in the rule where they would make them.
 */
import {
  add,
  broadcastTo,
  cast,
  cos,
  div,
  equal,
  fullLike,
  log,
  matMul,
  mul,
  neg,
  ones,
  onesLike,
  pad,
  type Primitive,
  pow,
  reshape,
  scatterAdd,
  where,
  sign,
  slice,
  stopGradient,
  sub,
  sum,
  type Tensor,
  transpose,
} from "@tapegrad/autograd";
import {
  named,
  outputOf,
  params,
  primal,
  type Rule,
  swapLast,
  type Transpose,
  withBilinear,
  withPartials,
  withTranspose,
} from "./planting.ts";

export interface Planted {
  readonly mistake: string;
  readonly mutant: Primitive;
}

/** The share of the largest element of a maximum along axes, as the rule of `max` has it. */
function isLargest(rule: Rule): Tensor {
  const x = primal(rule, 0);
  return cast(equal(x, broadcastTo(outputOf(rule), x.shape)), x.dtype);
}

function maxWith(vjp: "right" | "first axis", jvp: "right" | "all elements"): Primitive {
  const { derivative } = named("max");
  if (derivative.kind !== "custom") throw new Error("max has a custom rule");
  return {
    ...named("max"),
    derivative: {
      kind: "custom",
      vjp: (cs, rule) => {
        if (vjp === "right") return derivative.vjp(cs, rule);
        const [c] = cs;
        return [
          c &&
            mul(
              isLargest(rule),
              broadcastTo(sum(c, { axes: 0, keepDims: true }), primal(rule, 0).shape),
            ),
        ];
      },
      jvp: (ts, rule) => {
        if (jvp === "right") return derivative.jvp(ts, rule);
        const { axes } = params<{ readonly axes: readonly number[] }>(rule);
        return ts.map((t) => t && sum(t, { axes, keepDims: true }));
      },
    },
  };
}

interface SliceParams {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
}

/** The block of the cotangent put back one place too early, where there is one. */
const oneTooEarly: Transpose = (c, rule) => {
  const { starts, sizes } = params<SliceParams>(rule);
  const before = starts.map((start, axis) =>
    Math.max(0, Math.min(start, start + sizes[axis] - 1) - 1),
  );
  const { shape } = rule.avals[0];
  return pad(c, { before, after: shape.map((n, axis) => n - sizes[axis] - before[axis]) });
};

/** Wrong factors, signs, axes, operands, residuals, dtypes and shapes; lost terms and detached parts. */
export const planted: readonly Planted[] = [
  {
    mistake: "a factor of 1.001 in sqrt",
    mutant: withPartials("sqrt", (r) => div(0.5 * 1.001, outputOf(r))),
  },
  {
    mistake: "a missing factor in sqrt",
    mutant: withPartials("sqrt", (r) => div(1, outputOf(r))),
  },
  {
    mistake: "a missing factor in pow",
    mutant: withPartials(
      "pow",
      (r) => pow(primal(r, 0), sub(primal(r, 1), 1)),
      (r) => mul(outputOf(r), log(primal(r, 0))),
    ),
  },
  {
    mistake: "a lost term in tanh",
    mutant: withPartials("tanh", (r) => sub(1, outputOf(r))),
  },
  {
    mistake: "a derivative of 1 in tanh",
    mutant: withPartials("tanh", (r) => onesLike(outputOf(r))),
  },
  {
    mistake: "a lost second term in div",
    mutant: withPartials(
      "div",
      (r) => div(1, primal(r, 1)),
      (r) => fullLike(primal(r, 1), 0),
    ),
  },
  {
    mistake: "a flipped sign in cos",
    mutant: withPartials("cos", (r) => cos(sub(primal(r, 0), Math.PI / 2))),
  },
  {
    mistake: "a flipped sign in sub",
    mutant: withTranspose("sub", (c) => c),
  },
  {
    mistake: "the input where exp needs its output",
    mutant: { ...withPartials("exp", (r) => primal(r, 0)), residuals: [0] },
  },
  {
    mistake: "the wrong residual in div",
    mutant: withPartials(
      "div",
      (r) => div(1, outputOf(r)),
      (r) => neg(div(outputOf(r), primal(r, 1))),
    ),
  },
  {
    mistake: "swapped operands in div",
    mutant: withPartials(
      "div",
      (r) => neg(div(outputOf(r), primal(r, 1))),
      (r) => div(1, primal(r, 1)),
    ),
  },
  {
    mistake: "a matMul whose second cotangent is left transposed",
    mutant: withBilinear("matMul", (c, other, input) =>
      input === 0 ? matMul(c, swapLast(other)) : matMul(swapLast(c), other),
    ),
  },
  {
    mistake: "a matMul that forgets to transpose",
    mutant: withBilinear("matMul", (c, other, input) => {
      const flipped = reshape(other, swapLast(other).shape);
      return input === 0 ? matMul(c, flipped) : matMul(flipped, c);
    }),
  },
  {
    mistake: "the permutation itself instead of its inverse",
    mutant: withTranspose("transpose", (c, r) => {
      const { permutation } = params<{ readonly permutation: readonly number[] }>(r);
      return transpose(c, permutation);
    }),
  },
  {
    mistake: "a sum that spreads its cotangent along the wrong axis",
    mutant: withTranspose("sum", (c, r) => {
      const { shape } = r.avals[0];
      return reshape(transpose(broadcastTo(c, shape)), shape);
    }),
  },
  {
    mistake: "a broadcast whose transpose forgets to sum",
    mutant: withTranspose("broadcastTo", (c) => c),
  },
  {
    mistake: "a broadcast whose transpose takes the first copy",
    mutant: withTranspose("broadcastTo", (c, r) => {
      const { shape } = r.avals[0];
      return slice(c, {
        starts: shape.map(() => 0),
        sizes: shape.map((n, axis) => Math.min(n, c.shape[axis] ?? n)),
      });
    }),
  },
  {
    mistake: "a slice whose transpose is off by one",
    mutant: withTranspose("slice", oneTooEarly),
  },
  {
    mistake: "a concatenation that gives every operand the first block",
    mutant: withTranspose("concatenate", (c, r, input) => {
      const sizes = r.avals[input]?.shape ?? [];
      return slice(c, { starts: sizes.map(() => 0), sizes });
    }),
  },
  {
    mistake: "a gather whose transpose reads its indices backwards",
    mutant: withTranspose("gather", (c, r) => {
      const { axis } = params<{ readonly axis: number }>(r);
      const indices = primal(r, 1);
      const [sizes, starts] = [indices.shape, [Math.max(0, indices.size - 1)]];
      const backwards = slice(indices, { starts, sizes, steps: [-1] });
      return scatterAdd(c, backwards, { axis, size: r.avals[0].shape[axis] });
    }),
  },
  {
    mistake: "a where that sends the cotangent to the other operand",
    mutant: withTranspose("where", (c, r, input) =>
      input === 2 ? where(primal(r, 0), c, 0) : where(primal(r, 0), 0, c),
    ),
  },
  {
    mistake: "a cast whose cotangent keeps the dtype of the result",
    mutant: withTranspose("cast", (c) => c),
  },
  {
    mistake: "a detached operand in mul, right at order 1",
    mutant: withBilinear("mul", (c, other) => mul(c, stopGradient(other))),
  },
  {
    mistake: "a detached output in exp, right at order 1",
    mutant: withPartials("exp", (r) => stopGradient(outputOf(r))),
  },
  {
    mistake: "a detached part of pow, right at order 1",
    mutant: withPartials(
      "pow",
      (r) => mul(stopGradient(primal(r, 1)), pow(primal(r, 0), sub(primal(r, 1), 1))),
      (r) => mul(outputOf(r), log(primal(r, 0))),
    ),
  },
  {
    mistake: "an abs that forgets its kink",
    mutant: withPartials("abs", (r) => onesLike(primal(r, 0))),
  },
  {
    mistake: "an abs that leaks a little on one side",
    mutant: withPartials("abs", (r) =>
      add(sign(primal(r, 0)), where(equal(sign(primal(r, 0)), -1), 0.01, 0)),
    ),
  },
  {
    mistake: "a maximum that gives both operands the cotangent",
    mutant: withPartials(
      "maximum",
      (r) => onesLike(primal(r, 0)),
      (r) => onesLike(primal(r, 1)),
    ),
  },
  {
    mistake: "a max that sums its cotangent along the wrong axis",
    mutant: maxWith("first axis", "right"),
  },
  {
    mistake: "a max whose tangent is wrong and whose pullback is right",
    mutant: maxWith("right", "all elements"),
  },
  {
    mistake: "a floor that claims to have slope 1",
    mutant: withPartials("floor", ({ avals: [x] }) => ones(x.shape, { dtype: x.dtype })),
  },
];

/** Wrong at exponent 0 alone, and there from the second derivative on: no random problem meets it. */
export const powWithoutSlopeAtZero: Primitive = withPartials(
  "pow",
  (r) => {
    const slope = mul(primal(r, 1), pow(primal(r, 0), sub(primal(r, 1), 1)));
    return where(equal(primal(r, 1), 0), 0, slope);
  },
  (r) => mul(outputOf(r), log(primal(r, 0))),
);
