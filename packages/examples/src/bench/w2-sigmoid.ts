/**
 * @file W2: mean(sigmoid(a·x + b)·x) over a million elements, its value and its gradients, with a and b as
 * long as x ("full") and as single numbers ("scalar"), where broadcasting and two reductions come in.
 */
import {
  mean,
  randomKey,
  sigmoid,
  splitKey,
  type Tensor,
  uniform,
  type ValueAndGrad,
  valueAndGrad,
} from "@tapegrad/autograd";
import { requireClose } from "./check.ts";
import type { Case, Size, Workload } from "./workload.ts";

type Operands = { readonly x: Tensor; readonly a: Tensor; readonly b: Tensor };

const f = ({ x, a, b }: Operands): Tensor => mean(sigmoid(a.mul(x).add(b)).mul(x));

export const elementwiseChain: Workload = {
  name: "W2",
  title: "mean(sigmoid(a·x + b)·x)",
  cases: (size) => [...chainCases(size, "full"), ...chainCases(size, "scalar")],
};

function chainCases(size: Size, kind: "full" | "scalar"): readonly Case[] {
  const length = size === "full" ? 1_000_000 : 100;
  const [keyX, keyA, keyB] = splitKey(randomKey(2), 3);
  const shape = kind === "full" ? [length] : [];
  const operands: Operands = {
    x: uniform(keyX, [length], { min: -2, max: 2 }),
    a: uniform(keyA, shape, { min: 0.5, max: 1.5 }),
    b: uniform(keyB, shape, { min: -0.5, max: 0.5 }),
  };
  const differentiate = (): ValueAndGrad<Operands> => valueAndGrad(f)(operands);
  return [
    {
      name: `${kind} a, b: forward`,
      run: () => f(operands),
      check: () => {
        requireClose("W2 value", [f(operands).item()], [loops(operands).value], 1e-6);
      },
    },
    {
      name: `${kind} a, b: forward + gradient`,
      run: differentiate,
      check: () => {
        const { value, gradient } = differentiate();
        const expected = loops(operands);
        requireClose("W2 value", [value.item()], [expected.value], 1e-6);
        requireClose("W2 gradient of x", gradient.x.toTypedArray(), expected.x, 1e-5);
        requireClose("W2 gradient of a", gradient.a.toTypedArray(), expected.a, 1e-5);
        requireClose("W2 gradient of b", gradient.b.toTypedArray(), expected.b, 1e-5);
      },
    },
  ];
}

interface Expected {
  readonly value: number;
  readonly x: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
}

function loops(operands: Operands): Expected {
  const [xs, as, bs] = [operands.x, operands.a, operands.b].map((t) => t.toTypedArray());
  const n = xs.length;
  const gradient = {
    x: new Float64Array(n),
    a: new Float64Array(as.length),
    b: new Float64Array(bs.length),
  };
  let value = 0;
  for (let i = 0; i < n; i++) {
    const at = as.length === 1 ? 0 : i;
    const x = xs[i];
    const s = 1 / (1 + Math.exp(-(as[at] * x + bs[at])));
    const slope = (x * s * (1 - s)) / n;
    value += (s * x) / n;
    gradient.x[i] = s / n + slope * as[at];
    gradient.a[at] += slope * x;
    gradient.b[at] += slope;
  }
  return { value, ...gradient };
}
