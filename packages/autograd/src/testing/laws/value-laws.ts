/**
 * @file Laws about values: shapes, kernels, layouts, dtypes, and params, and what happens to inputs that do not fit.
 */
import { type Aval, formatAval, sameAval } from "../../array/aval.ts";
import { type DType, DTYPES, isFloating } from "../../array/dtype.ts";
import { formatShape } from "../../array/shape.ts";
import type { Primitive } from "../../core/primitive.ts";
import { arrayOf, splat, Tensor } from "../../core/tensor.ts";
import { OpError } from "../../errors.ts";
import { decodeParams, encodeParams, sameParams } from "../../transforms/params-json.ts";
import { evaluateKernel } from "../kernel-oracle.ts";
import { LAYOUTS, relaid } from "../layouts.ts";
import { tolerances } from "../tolerances.ts";
import {
  apply,
  ContractError,
  differsFrom,
  firstDifference,
  floatingInputs,
  inDType,
  type PrimitiveLaw,
  predicted,
  demand,
} from "./law.ts";

const predictsAvals: PrimitiveLaw = {
  name: "predicts shape and dtype of its results, with numbers and without",
  check(primitive, { inputs, params }) {
    const avals = predicted(primitive, inputs, params);
    const abstract = inputs.map(({ aval }) => new Tensor(aval, null));
    for (const [what, operands] of [
      ["numbers", inputs],
      ["no numbers", abstract],
    ] as const) {
      const results = apply(primitive, operands, params);
      const found = results.map(({ aval, array }) => ({
        ...aval,
        shape: array?.shape ?? aval.shape,
      }));
      const same = found.length === avals.length && found.every((x, k) => sameAval(x, avals[k]));
      demand(primitive, same, { found, avals }, () => {
        return `given ${what}, the results are ${found.map(formatAval).join(", ")}, but abstractEval predicts ${avals.map(formatAval).join(", ")}. Make the two agree.`;
      });
    }
    const concrete = apply(primitive, abstract, params).some(({ array }) => array !== null);
    demand(primitive, !concrete, {}, () => {
      return "abstract inputs gave numbers. Compute results in the kernel only.";
    });
  },
};

const computesItsKernel: PrimitiveLaw = {
  name: "computes what its kernel means, element by element",
  check(primitive, { inputs, params }) {
    const avals = inputs.map((x) => x.aval);
    const arrays = inputs.map((x) => arrayOf(primitive.name, x));
    apply(primitive, inputs, params).forEach((result) => {
      const kernel = primitive.kernel(params, avals);
      const expected = evaluateKernel(kernel, arrays, avals, result.aval);
      if (expected === null) return;
      const { value } = tolerances[result.dtype];
      const difference = firstDifference(
        result,
        expected.map((element) => element.value),
        (at) => value * expected[at].magnitude,
      );
      demand(primitive, difference === null, { kind: kernel.kind }, () => {
        return `the ${kernel.kind} kernel gave ${difference}. Compare the backend with kernel-oracle.ts.`;
      });
    });
  },
};

const ignoresLayouts: PrimitiveLaw = {
  name: "gives the same for inputs in any layout",
  check(primitive, { inputs, params }) {
    const contiguous = inputs.map((x) => relaid(x, "contiguous"));
    const expected = apply(primitive, contiguous, params);
    const { kind } = primitive.kernel(
      params,
      inputs.map((x) => x.aval),
    );
    // a sum may be taken in another order, anything else is the same operation on the same number
    const adds = kind === "reduce" || kind === "contraction" || kind === "scatterAdd";
    for (const layout of LAYOUTS) {
      const operands = inputs.map((x) => relaid(x, layout));
      apply(primitive, operands, params).forEach((result, k) => {
        const difference = differsFrom(
          result,
          expected[k],
          adds ? 16 * tolerances[result.dtype].value : 0,
        );
        demand(primitive, difference === null, { layout }, () => {
          return `${layout} inputs give ${difference}. Read every element through its strides and offset.`;
        });
      });
    }
  },
};

const FEW = 2;

const refusesMisfits: PrimitiveLaw = {
  name: "refuses inputs that do not fit, with an error of the library",
  check(primitive, { inputs, params }) {
    inputs.forEach((x, i) => {
      const { shape, dtype } = x.aval;
      const dtypes = DTYPES.filter((other) => other !== dtype);
      const shapes = [[...shape, FEW], shape.slice(1), shape.map((n) => n + 1)];
      const misfits: readonly Aval[] = [
        ...dtypes.map((other: DType) => ({ shape, dtype: other })),
        ...shapes.map((other) => ({ shape: other, dtype })),
      ];
      for (const misfit of misfits) tryMisfit(primitive, inputs.with(i, splat(misfit, 1)), params);
    });
    const shapeless = primitive.cases.every((one) => one.shapes === undefined);
    if (!shapeless || inputs.length < 2) return;
    const grown = inputs.with(1, splat({ ...inputs[1].aval, shape: [...inputs[1].shape, FEW] }, 1));
    demand(primitive, !accepts(primitive, grown, params), { shape: grown[1].shape }, () => {
      return `shapes ${formatShape(grown[0].shape)} and ${formatShape(grown[1].shape)} were accepted, though any equal shapes will do. Compare them in abstractEval.`;
    });
  },
};

function accepts(primitive: Primitive, inputs: readonly Tensor[], params: unknown): boolean {
  try {
    predicted(primitive, inputs, params);
    return true;
  } catch (error) {
    if (error instanceof OpError) return false;
    const found = inputs.map(({ aval }) => formatAval(aval)).join(", ");
    throw new ContractError(primitive.name, { error }, () => {
      return `inputs ${found} raised ${String(error)}, which is no error of the library. Check them in abstractEval.`;
    });
  }
}

/** Inputs that are accepted must be computed as predicted; a refusal in the kernel is as good. */
function tryMisfit(primitive: Primitive, inputs: readonly Tensor[], params: unknown): void {
  if (!accepts(primitive, inputs, params)) return;
  const given = inputs.map(({ aval }) => formatAval(aval)).join(", ");
  try {
    predictsAvals.check(primitive, { inputs, params, seed: 0 });
  } catch (error) {
    if (error instanceof OpError && !(error instanceof ContractError)) return;
    throw new ContractError(primitive.name, { error }, () => {
      return `inputs ${given} were accepted, but then: ${String(error)}. Refuse them in abstractEval.`;
    });
  }
}

const computesInFloat32: PrimitiveLaw = {
  name: "computes the same in float32, up to rounding",
  check(primitive, problem) {
    if (floatingInputs(problem).length === 0) return;
    const narrow = inDType(problem, "float32");
    const wide = inDType(narrow, "float64");
    const expected = apply(primitive, wide.inputs, problem.params);
    apply(primitive, narrow.inputs, problem.params).forEach((result, k) => {
      const values = expected[k].toTypedArray();
      const { value } = tolerances[isFloating(result.dtype) ? "float32" : result.dtype];
      const difference = firstDifference(result, values, (at) => value * Math.abs(values[at]));
      demand(primitive, difference === null, {}, () => {
        return `in float32 it gives ${difference}, the result in float64. Round once, at the end.`;
      });
    });
  },
};

const takesAllShapes: PrimitiveLaw = {
  name: "takes scalars and axes of size 0 and 1, where any shape will do",
  check(primitive, problem) {
    const shapeless = primitive.cases.every((one) => one.shapes === undefined);
    if (!shapeless) return;
    for (const shape of [[], [0], [1], [2, 0, 3], [1, 2, 1]]) {
      const inputs = problem.inputs.map(({ dtype }) => splat({ shape, dtype }, 1));
      predictsAvals.check(primitive, { ...problem, inputs });
      computesItsKernel.check(primitive, { ...problem, inputs });
    }
  },
};

const hasPlainParams: PrimitiveLaw = {
  name: "has params that survive JSON",
  check(primitive, { params }) {
    const refuse = (path: string, fact: string): ContractError => {
      return new ContractError(primitive.name, { path, fact }, () => {
        return `the param at "${path}" ${fact}, so its tapes cannot be saved. Use numbers, texts, arrays and plain objects.`;
      });
    };
    const text = JSON.stringify(encodeParams(params, refuse));
    const read = decodeParams(JSON.parse(text), refuse);
    demand(primitive, sameParams(read, params), { params, read }, () => {
      return `its params come back from JSON as ${text}. Use own, enumerable properties and arrays without holes.`;
    });
  },
};

/** The laws about values, in the order in which a new primitive meets them. */
export const valueLaws: readonly PrimitiveLaw[] = [
  predictsAvals,
  computesItsKernel,
  ignoresLayouts,
  takesAllShapes,
  refusesMisfits,
  computesInFloat32,
  hasPlainParams,
];
