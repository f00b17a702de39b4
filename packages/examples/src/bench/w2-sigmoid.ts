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
  Variable,
  valueAndGrad,
} from "@tapegrad/autograd";
import { requireClose, TOLERANCE } from "./check.ts";
import { compileWith, numbers, numbersOf, resultLike } from "./compiled.ts";
import type { Case, Prepared, Problem, Settings, Size, Workload } from "./workload.ts";

type Operands = { readonly x: Tensor; readonly a: Tensor; readonly b: Tensor };
type Kind = "full" | "scalar";
type Of = { readonly size: Size; readonly kind: Kind; readonly settings: Settings };

const f = ({ x, a, b }: Operands): Tensor => mean(sigmoid(a.mul(x).add(b)).mul(x));
const differentiate = (operands: Operands): ValueAndGrad<Operands> => valueAndGrad(f)(operands);

export const elementwiseChain: Workload = {
  name: "W2",
  title: "mean(sigmoid(a·x + b)·x)",
  cases: (size, settings) =>
    (["full", "scalar"] as const).flatMap((kind) => chainCases({ size, kind, settings })),
  problems: (size) => (["full", "scalar"] as const).map((kind) => problemOf(size, kind)),
};

function chainCases(of: Of): readonly Case[] {
  const forward = `${of.kind} a, b: forward`;
  const both = `${of.kind} a, b: forward + gradient`;
  const compiled = true;
  return [
    { problem: forward, variant: "eager", prepare: () => valueCase(of, f) },
    { problem: forward, variant: "compiled", compiled, prepare: () => residentValue(of) },
    {
      problem: forward,
      variant: "compiled, copied",
      compiled,
      prepare: () => valueCase(of, compileWith(f, of.settings)),
    },
    { problem: both, variant: "eager", prepare: () => gradientCase(of, differentiate) },
    { problem: both, variant: "compiled", compiled, prepare: () => residentGradient(of) },
    {
      problem: both,
      variant: "compiled, copied",
      compiled,
      prepare: () => gradientCase(of, compileWith(differentiate, of.settings)),
    },
  ];
}

function operandsOf(size: Size, kind: Kind): Operands {
  const length = size === "full" ? 1_000_000 : 100;
  const [keyX, keyA, keyB] = splitKey(randomKey(2), 3);
  const shape = kind === "full" ? [length] : [];
  return {
    x: uniform(keyX, [length], { min: -2, max: 2 }),
    a: uniform(keyA, shape, { min: 0.5, max: 1.5 }),
    b: uniform(keyB, shape, { min: -0.5, max: 0.5 }),
  };
}

function valueCase({ size, kind }: Of, call: (operands: Operands) => Tensor): Prepared {
  const operands = operandsOf(size, kind);
  return {
    run: () => call(operands),
    check: () => {
      requireValue(call(operands), loops(operands));
    },
  };
}

function gradientCase(
  { size, kind }: Of,
  call: (operands: Operands) => ValueAndGrad<Operands>,
): Prepared {
  const operands = operandsOf(size, kind);
  return {
    run: () => call(operands),
    check: () => {
      const { value, gradient } = call(operands);
      requireAll(value, gradient, loops(operands));
    },
  };
}

const variablesOf = ({ x, a, b }: Operands): (() => Operands) => {
  const [xs, as, bs] = [x, a, b].map((value) => new Variable(value));
  return () => ({ x: xs.value, a: as.value, b: bs.value });
};

/** Operands and result are in the program's memory. */
function residentValue({ size, kind, settings }: Of): Prepared {
  const operands = operandsOf(size, kind);
  const read = variablesOf(operands);
  const result = resultLike(f(operandsOf("tiny", kind)));
  const run = compileWith(() => {
    result.assign(f(read()));
  }, settings);
  return {
    run,
    check: () => {
      run();
      requireValue(result.value, loops(operands));
    },
  };
}

function residentGradient({ size, kind, settings }: Of): Prepared {
  const operands = operandsOf(size, kind);
  const read = variablesOf(operands);
  const result = resultLike(f(operandsOf("tiny", kind)));
  const { x, a, b } = operands;
  const gradients = { x: resultLike(x), a: resultLike(a), b: resultLike(b) };
  const run = compileWith(() => {
    const { value, gradient } = differentiate(read());
    result.assign(value);
    gradients.x.assign(gradient.x);
    gradients.a.assign(gradient.a);
    gradients.b.assign(gradient.b);
  }, settings);
  return {
    run,
    check: () => {
      run();
      const found = { x: gradients.x.value, a: gradients.a.value, b: gradients.b.value };
      requireAll(result.value, found, loops(operands));
    },
  };
}

function requireValue(value: Tensor, expected: Expected): void {
  requireClose("W2 value", [value.item()], [expected.value], TOLERANCE);
}

function requireAll(value: Tensor, gradient: Operands, expected: Expected): void {
  requireValue(value, expected);
  requireClose("W2 gradient of x", gradient.x.toTypedArray(), expected.x, TOLERANCE);
  requireClose("W2 gradient of a", gradient.a.toTypedArray(), expected.a, TOLERANCE);
  requireClose("W2 gradient of b", gradient.b.toTypedArray(), expected.b, TOLERANCE);
}

function problemOf(size: Size, kind: Kind): Problem {
  const operands = operandsOf(size, kind);
  const { x, a, b } = operands;
  const expected = loops(operands);
  return {
    name: `${kind} a, b`,
    inputs: { x: numbersOf(x), a: numbersOf(a), b: numbersOf(b) },
    expected: {
      value: numbers([expected.value], []),
      x: numbers(expected.x),
      a: numbers(expected.a, a.shape),
      b: numbers(expected.b, b.shape),
    },
  };
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
