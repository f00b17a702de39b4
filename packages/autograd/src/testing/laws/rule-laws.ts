/**
 * @file Laws about derivative rules as such: the avals they return, the residuals they read, linearity, the
 * claim to have no derivative, cotangents in any layout, and inputs that stay as they were.
 */
import { formatAval, sameAval } from "../../array/aval.ts";
import { isFloating } from "../../array/dtype.ts";
import type { AnyRule, Domain, Primitive, Residual } from "../../core/primitive.ts";
import { arrayOf, type Tensor, splat } from "../../core/tensor.ts";
import { add } from "../../primitives/add.ts";
import { mul } from "../../primitives/mul.ts";
import { jvp } from "../../transforms/jvp.ts";
import { record } from "../../transforms/record.ts";
import { vjp } from "../../transforms/vjp.ts";
import { signedDraws } from "../draws.ts";
import { float64 } from "../functionals.ts";
import { LAYOUTS, relaid } from "../layouts.ts";
import { largest } from "../point.ts";
import { domainOf, type PrimitiveProblem } from "../problems.ts";
import { tolerances } from "../tolerances.ts";
import {
  apply,
  differsFrom,
  floatingInputs,
  inDType,
  type PrimitiveLaw,
  demand,
  smoothPart,
} from "./law.ts";

/** A random tensor like `x`, whose elements are not near 0. */
function randomLike(x: Tensor, seed: number, part: number): Tensor {
  const wide = float64(signedDraws(seed, "direction", part, x.size), x);
  const problem = { inputs: [wide], params: null, seed };
  return inDType(problem, x.dtype as "float32").inputs[0];
}

interface Pulled {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly cotangents: readonly Tensor[];
  readonly tangents: readonly Tensor[];
}

/** One pullback and one tangent, for random ones given in `layout`. */
function differentiate(
  primitive: Primitive,
  problem: PrimitiveProblem,
  given: (x: Tensor, part: number) => Tensor,
): Pulled {
  const inputs = floatingInputs(problem).map((i) => problem.inputs[i]);
  const f = smoothPart(primitive, problem);
  const { output, pullback } = vjp(f, ...inputs);
  const { tangent } = jvp(
    f,
    inputs,
    inputs.map((x, k) => given(x, 64 + k)),
  );
  return {
    inputs,
    outputs: output,
    cotangents: pullback(output.map(given)),
    tangents: tangent,
  };
}

const keepsAvals: PrimitiveLaw = {
  name: "gives cotangents the avals of its inputs and tangents those of its results",
  check(primitive, given) {
    for (const dtype of ["float64", "float32"] as const) {
      const problem = inDType(given, dtype);
      const random = (x: Tensor, part: number): Tensor => randomLike(x, problem.seed, part);
      const pulled = differentiate(primitive, problem, random);
      requireAvals(primitive, "cotangent", pulled.cotangents, pulled.inputs);
      requireAvals(primitive, "tangent", pulled.tangents, pulled.outputs);
    }
  },
};

function requireAvals(
  primitive: Primitive,
  what: string,
  found: readonly Tensor[],
  like: readonly Tensor[],
): void {
  found.forEach((x, k) => {
    demand(primitive, sameAval(x.aval, like[k].aval), { found: x.aval }, () => {
      return `a ${what} is ${formatAval(x.aval)} but belongs to ${formatAval(like[k].aval)}. Reshape, sum or cast it in the rule.`;
    });
  });
}

const leavesInputs: PrimitiveLaw = {
  name: "leaves its inputs, cotangents and tangents as they were",
  check(primitive, given) {
    const wide = inDType(given, "float64");
    // in memory of their own, with poison between the elements: a write beside them shows too
    const problem = { ...wide, inputs: wide.inputs.map((x) => relaid(x, "strided")) };
    const made: Tensor[] = [...problem.inputs];
    const random = (x: Tensor, part: number): Tensor => {
      const tensor = randomLike(x, problem.seed, part);
      made.push(tensor);
      snapshots.push(storageOf(tensor));
      return tensor;
    };
    const snapshots = made.map(storageOf);
    apply(primitive, problem.inputs, problem.params);
    differentiate(primitive, problem, random);
    made.forEach((x, i) => {
      const now = storageOf(x);
      const same = now.every((value, at) => Object.is(value, snapshots[i][at]));
      demand(primitive, same, { aval: x.aval }, () => {
        return `it wrote into the memory of ${formatAval(x.aval)}. Write only into arrays that the kernel has allocated.`;
      });
    });
  },
};

function storageOf(x: Tensor): readonly number[] {
  return Array.from(arrayOf("contract", x).data);
}

const readsItsResiduals: PrimitiveLaw = {
  name: "reads all residuals that it declares, and no others",
  check(primitive, given) {
    const problem = inDType(given, "float64");
    const { residuals } = primitive;
    if (residuals.length === 0 || primitive.derivative.kind === "none") return;
    const results = apply(primitive, problem.inputs, problem.params);
    const kept = residuals.map((r) => {
      if (r === "outputs") return results;
      return [r === "output" ? results[0] : problem.inputs[r]];
    });
    const cotangents = results.map((y, k) =>
      isFloating(y.dtype) ? randomLike(y, problem.seed, k) : null,
    );
    const tape = record((values: readonly (readonly Tensor[])[]) => {
      const known = (r: Residual): readonly Tensor[] | undefined => values[residuals.indexOf(r)];
      const rule: AnyRule = {
        primals: problem.inputs.map((_, i) => known(i)?.[0]),
        output: known("output")?.[0],
        outputs: known("outputs"),
        avals: problem.inputs.map((x) => x.aval),
        params: problem.params,
      };
      return runRule(primitive, rule, cotangents, floatingInputs(problem));
    }, kept);
    const [inputs] = tape.inputs;
    residuals.forEach((residual, r) => {
      kept[r].forEach((value, k) => {
        const { index } = inputs[r][k];
        const isRead = tape.nodes.some((node) => node.operands.includes(index));
        const isReturned = tape.output.some((x) => x === value);
        demand(primitive, isRead || isReturned, { residual }, () => {
          return `the rule never reads residual ${residual}, which the tape keeps alive for it. Do not declare it.`;
        });
      });
    });
  },
};

/** All that a rule computes for these cotangents of its results, by floating input. */
function runRule(
  { derivative }: Primitive,
  rule: AnyRule,
  cotangents: readonly (Tensor | null)[],
  inputs: readonly number[],
): readonly Tensor[] {
  if (derivative.kind === "custom") {
    return derivative.vjp(cotangents, rule).filter((x) => x !== null);
  }
  const [cotangent] = cotangents;
  if (cotangent === null) return [];
  switch (derivative.kind) {
    case "partials":
      return inputs.map((i) => derivative.partials[i](rule));
    case "linear":
      return inputs.map((i) => derivative.transpose(cotangent, rule, i));
    case "bilinear":
      return inputs.map((i) => {
        const other = rule.primals[1 - i];
        return other === undefined ? cotangent : derivative.transpose(cotangent, other, rule, i);
      });
    case "none":
      return [];
  }
}

const isLinear: PrimitiveLaw = {
  name: "is linear where it says so, and pulls back by its adjoint",
  check(primitive, given) {
    const problem = inDType(given, "float64");
    const { derivative } = primitive;
    if (derivative.kind !== "linear" && derivative.kind !== "bilinear") return;
    const outputs = apply(primitive, problem.inputs, problem.params);
    if (!isFloating(outputs[0].dtype)) return;
    const floating = floatingInputs(problem);
    const together = derivative.kind === "linear" ? [floating] : floating.map((i) => [i]);
    for (const linearIn of together) checkLinear(primitive, problem, linearIn);
  },
};

/** A(αx + y) = αAx + Ay and <c, A y> = <Aᵀ c, y>, in the inputs `linearIn` together. */
function checkLinear(
  primitive: Primitive,
  problem: PrimitiveProblem,
  linearIn: readonly number[],
): void {
  const { inputs, params, seed } = problem;
  const alpha = signedDraws(seed, "cotangent", 1, 1)[0];
  const y = inputs.map((x, i) => (linearIn.includes(i) ? randomLike(x, seed, i) : x));
  const mixed = inputs.map((x, i) => (linearIn.includes(i) ? add(mul(x, alpha), y[i]) : x));
  const [left] = apply(primitive, mixed, params);
  const [ax] = apply(primitive, inputs, params);
  const [ay] = apply(primitive, y, params);
  const scale = largest([...ax.toTypedArray(), ...ay.toTypedArray()]);
  const right = add(mul(ax, alpha), ay);
  const relative = (tolerances.float64.agreement * scale) / (largest(right.toTypedArray()) || 1);
  const difference = differsFrom(left, right, relative);
  demand(primitive, difference === null, { linearIn }, () => {
    return `A(αx + y) is ${difference}, which is αAx + Ay. Declare it with another kind of derivative.`;
  });
  const c = randomLike(ay, seed, 32);
  const f = (...values: readonly Tensor[]): Tensor =>
    apply(
      primitive,
      inputs.map((x, i) => values[linearIn.indexOf(i)] ?? x),
      params,
    )[0];
  const pulled = vjp(f, ...linearIn.map((i) => inputs[i])).pullback(c);
  const [cAy, aTcy] = [
    paired([c], [ay]),
    paired(
      pulled,
      linearIn.map((i) => y[i]),
    ),
  ];
  const allowed =
    tolerances.float64.agreement * (cAy.size + aTcy.size) + tolerances.float64.underflow;
  demand(primitive, Math.abs(cAy.sum - aTcy.sum) <= allowed, { cAy, aTcy }, () => {
    return `<c, A y> is ${cAy.sum} but <Aᵀ c, y> is ${aTcy.sum}. Correct the transpose.`;
  });
}

function paired(
  xs: readonly Tensor[],
  ys: readonly Tensor[],
): { readonly sum: number; readonly size: number } {
  const products = xs.flatMap((x, k) => {
    const other = ys[k].toTypedArray();
    return Array.from(x.toTypedArray(), (value, at) => value * other[at]);
  });
  return {
    sum: products.reduce((total, value) => total + value, 0),
    size: products.reduce((total, value) => total + Math.abs(value), 0),
  };
}

const agreesAtTies: PrimitiveLaw = {
  name: "has the same slopes in both modes at whole numbers, where ties and kinks are",
  check(primitive, given) {
    // from one rule both modes follow; a domain of matrices is not a range of numbers
    if (primitive.derivative.kind !== "custom") return;
    if (primitive.cases.some(({ prepare }) => prepare !== undefined)) return;
    const wide = inDType(given, "float64");
    const inputs = wide.inputs.map((x, i) => wholeIn(domainOf(primitive, i), x));
    const problem = { ...wide, inputs };
    const random = (x: Tensor, part: number): Tensor => randomLike(x, problem.seed, part);
    const pulled = differentiate(primitive, problem, random);
    const cJt = paired(pulled.outputs.map(random), pulled.tangents);
    const tJc = paired(
      pulled.inputs.map((x, k) => random(x, 64 + k)),
      pulled.cotangents,
    );
    const allowed = tolerances.float64.agreement * (cJt.size + tJc.size);
    const same = !Number.isFinite(allowed) || Math.abs(cJt.sum - tJc.sum) <= allowed;
    demand(primitive, same, { cJt, tJc }, () => {
      return `at a kink <c, J t> is ${cJt.sum}, but <Jᵀ c, t> is ${tJc.sum}. Choose the same slope in the pullback and in the tangent.`;
    });
  },
};

/** The whole numbers of a domain nearest to the elements of `x`; `x` where it has none. */
function wholeIn({ min, max }: Domain, x: Tensor): Tensor {
  const [first, last] = [Math.ceil(min), Math.floor(max)];
  if (!isFloating(x.dtype) || first > last) return x;
  const values = Float64Array.from(x.toTypedArray(), (value) =>
    Math.min(last, Math.max(first, Math.round(value))),
  );
  return float64(values, x);
}

const stopsDerivatives: PrimitiveLaw = {
  name: "has no derivative where it says so",
  check(primitive, given) {
    const problem = inDType(given, "float64");
    if (primitive.derivative.kind !== "none" || floatingInputs(problem).length === 0) return;
    const random = (x: Tensor, part: number): Tensor => randomLike(x, problem.seed, part);
    const { cotangents, tangents } = differentiate(primitive, problem, random);
    for (const x of [...cotangents, ...tangents]) {
      const isZero = largest(x.toTypedArray()) === 0;
      demand(primitive, isZero, {}, () => {
        return `a derivative is ${String(x)}, though its kind is "none". State a rule, or return nothing.`;
      });
    }
  },
};

const pullsAnyLayout: PrimitiveLaw = {
  name: "pulls back cotangents in any layout, and zeros to zeros",
  check(primitive, given) {
    const problem = inDType(given, "float64");
    if (floatingInputs(problem).length === 0) return;
    const random = (x: Tensor, part: number): Tensor => randomLike(x, problem.seed, part);
    const expected = differentiate(primitive, problem, random);
    for (const layout of LAYOUTS) {
      const found = differentiate(primitive, problem, (x, k) => relaid(random(x, k), layout));
      [...found.cotangents, ...found.tangents].forEach((x, k) => {
        const like = [...expected.cotangents, ...expected.tangents][k];
        const difference = differsFrom(x, like, 16 * tolerances.float64.value);
        demand(primitive, difference === null, { layout }, () => {
          return `for ${layout} cotangents and tangents a derivative is ${difference}. Read them through their strides.`;
        });
      });
    }
    const none = differentiate(primitive, problem, (x) => splat(x.aval, 0));
    for (const x of [...none.cotangents, ...none.tangents]) {
      demand(primitive, largest(x.toTypedArray()) === 0, {}, () => {
        return `a cotangent or tangent of zeros became ${String(x)}. A derivative is linear: correct the rule.`;
      });
    }
  },
};

/** The laws about derivative rules. */
export const ruleLaws: readonly PrimitiveLaw[] = [
  keepsAvals,
  readsItsResiduals,
  isLinear,
  agreesAtTies,
  stopsDerivatives,
  pullsAnyLayout,
  leavesInputs,
];
