/** Convolutions and pooling as PyTorch computes them: values, gradients, and gradients of gradients. */
import {
  add,
  avgPool2d,
  conv2d,
  type Conv2dOptions,
  convTranspose2d,
  type ConvTranspose2dOptions,
  grad,
  maxPool2d,
  mul,
  reshape,
  sum,
  type Tensor,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { isStored, pytorchSamples, type Sample, stored } from "../pytorch.ts";

/** Of a sample's call: the names that PyTorch's positional arguments have, and the call itself. */
interface Operator {
  readonly names: readonly string[];
  run(tensors: readonly Tensor[], options: Readonly<Record<string, unknown>>): Tensor;
}

/** `y` with a bias for each channel, which stands before the two last axes. */
const biased = (y: Tensor, bias: Tensor | undefined): Tensor =>
  bias === undefined ? y : add(y, reshape(bias, [-1, 1, 1]));

const OPERATORS: Readonly<Record<string, Operator>> = {
  conv2d: {
    names: [],
    run: ([x, weight, bias], options) => biased(conv2d(x, weight, options as Conv2dOptions), bias),
  },
  conv_transpose2d: {
    names: [],
    run: ([x, weight, bias], options) =>
      biased(convTranspose2d(x, weight, options as ConvTranspose2dOptions), bias),
  },
  max_pool2d: {
    names: ["kernel_size", "stride"],
    run: ([x], options) => maxPool2d(x, options as never),
  },
  avg_pool2d: {
    names: ["kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor"],
    run: ([x], options) => avgPool2d(x, options as never),
  },
};

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());

/** PyTorch's [n] is a pair of equal numbers, and null or [] an option that was left out. */
function optionsOf({ args, kwargs }: Sample, names: readonly string[]): Record<string, unknown> {
  const positional = args.filter((arg) => arg !== null && !isStored(arg));
  const given = [
    ...positional.map((value, i): [string, unknown] => [names[i] ?? "", value]),
    ...Object.entries(kwargs).map(([name, value]): [string, unknown] => [camelCase(name), value]),
  ].map(([name, value]): [string, unknown] => [camelCase(name), value]);
  return Object.fromEntries(
    given
      .filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0))
      .map(([name, value]) => [
        name,
        Array.isArray(value) && value.length === 1 ? value[0] : value,
      ]),
  ) as Record<string, unknown>;
}

/** The largest difference, relative to the largest number that is expected. */
function relativeDistance(found: Tensor, expected: Tensor): number {
  expect(found.aval).toEqual(expected.aval);
  const [a, b] = [found, expected].map((x) => Array.from(x.toTypedArray()));
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]) / scale), 0);
}

describe.each(Object.keys(OPERATORS))("PyTorch's %s", (name) => {
  const { names, run } = OPERATORS[name];
  const all = pytorchSamples(`nn.functional.${name}`);
  // a divisor of one's own is not among our options
  const samples = all?.filter((sample) => optionsOf(sample, names)["divisor"] === undefined) ?? [];

  it.skipIf(all === null)("has samples", () => {
    expect(samples.length).toBeGreaterThan(5);
  });

  it.each(samples)("has the values and derivatives of sample $id", (sample) => {
    const tolerance = sample.id.includes("s") ? 1e-5 : 1e-12;
    const options = optionsOf(sample, names);
    const inputs = sample.args.filter(isStored).map(stored);
    const cotangent = stored(sample.cotangents["0"]);
    const paths = inputs.map((_, i) => `args[${i}]`);
    const loss = (xs: readonly Tensor[]): Tensor => sum(mul(run(xs, options), cotangent));

    const output = run(inputs, options);
    const gradients = grad(loss)(inputs);

    expect(relativeDistance(output, stored(sample.out[0]))).toBeLessThan(tolerance);
    paths.forEach((path, i) => {
      expect(relativeDistance(gradients[i], stored(sample.grads[path]))).toBeLessThan(tolerance);
    });
    const { r = {}, grads2 } = sample;
    if (grads2 === undefined || Object.keys(r).length === 0) return;
    const along = (xs: readonly Tensor[]): Tensor =>
      grad(loss)(xs)
        .map((g, i) => sum(mul(g, stored(r[paths[i]]))))
        .reduce(add);
    grad(along)(inputs).forEach((second, i) => {
      const expected = grads2[paths[i]];
      if (expected) expect(relativeDistance(second, stored(expected))).toBeLessThan(tolerance);
      else expect(second.toTypedArray().every((value) => value === 0)).toBe(true);
    });
  });
});
