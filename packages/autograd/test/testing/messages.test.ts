/**
 * @file Every message of the kit, produced once and read.
 */
import {
  abs,
  add,
  bind,
  cast,
  define,
  exp,
  floor,
  log,
  mul,
  type Primitive,
  relu,
  scalar,
  stopGradient,
  type Tensor,
  tensor,
} from "@tapegrad/autograd";
import {
  assertGradcheck,
  gradcheck,
  type GradcheckOptions,
  type GradcheckReport,
} from "@tapegrad/autograd/testing";
import { expect, it } from "vitest";

const float64 = (value: Parameters<typeof tensor>[0]): Tensor =>
  tensor(value, { dtype: "float64" });

type Rule = (t: Tensor, x: Tensor) => Tensor;

const right: Rule = (t, x) => mul(t, mul(x, 2));

/** x², whose rules may be given. */
function square(vjp: Rule = right, jvp: Rule = right): (x: Tensor) => Tensor {
  const x = scalar.input(0);
  const primitive: Primitive<null> = define.custom({
    name: "square",
    arity: 1,
    domain: [{ min: -3, max: 3 }],
    cases: [{ params: null }],
    residuals: [0],
    abstractEval: ([aval]) => aval,
    kernel: () => ({ kind: "elementwise", expression: scalar.apply("mul", x, x) }),
    vjp: ([c], { primals }) => [c && vjp(c, primals[0])],
    jvp: ([t], { primals }) => [t && jvp(t, primals[0])],
  });
  return (input) => bind(primitive, [input], null);
}

const x = float64([1, 2]);
const wrong: Rule = (t, y) => mul(t, mul(y, 2.002));

/** A report without the digits that are rounding. */
function stable(report: GradcheckReport): string {
  const lines = String(report).split("\n");
  return lines.filter((line) => !report.ok || !line.startsWith("worst")).join("\n");
}

/** The text of what `run` throws. */
function thrown(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  return "nothing was thrown";
}

const assertion = (
  f: (y: Tensor) => unknown,
  input: Tensor = x,
  options: GradcheckOptions = {},
): string => thrown(() => assertGradcheck(f, [input], { seed: 17, ...options }));

it("of a wrong derivative name the worst place, both numbers, the tolerance and the seed", () => {
  expect(assertion(square(wrong, wrong))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the derivative of order 1 of input 0 at [1] is -5.99629267487 by reverse mode and -5.9903023725 by differences (0.00599 apart, 6e-8 allowed), and 1 more entry differs (and 1 more failure, see \`details.report\`). Correct the rule; \`seed: 17\` repeats this check."`,
  );
  expect(assertion(square(wrong, wrong), x, { method: "directional" })).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the derivative of order 1 of input 0 at [1] is -5.99629267487 by reverse mode and -5.9903023725 by differences (0.00599 apart, 6e-8 allowed) (and 1 more failure, see \`details.report\`). Correct the rule; \`seed: 17\` repeats this check."`,
  );
});

it("of modes that disagree name both", () => {
  expect(assertion(square(right, wrong))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the derivative of order 1 of input 0 at [1] is -5.99629267487 by forward mode and -5.9903023725 by reverse mode (2.83e-11 allowed). Correct the rule; \`seed: 17\` repeats this check."`,
  );
});

it("of a derivative that is wrong at order 2 name the mix of modes", () => {
  const detached: Rule = (t, y) => mul(t, add(y, stopGradient(y)));

  expect(assertion(square(detached), x, { order: 2, mode: "reverse" })).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the derivative of order 2 of input 0 at [0] is -0.890282503871 by reverse over reverse mode and -1.78056500774 by differences (0.89 apart, 8.92e-9 allowed), and 1 more entry differs. Correct the rule; \`seed: 17\` repeats this check."`,
  );
});

it("of a wrong aval name both avals", () => {
  expect(assertion(square((t, y) => cast(right(t, y), "float32")))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the gradient of order 1 of input 0 by reverse mode is float32[2] but must be float64[2]. Correct the rule; \`seed: 17\` repeats this check."`,
  );
});

it("of a gradient that is zero everywhere say how to declare it", () => {
  expect(assertion(floor, float64([0.5, 1.5]))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the gradient of input 0 is zero everywhere, so a rule that returns nothing would pass too. Weigh the result differently, or declare the input with \`zeroGradient: [0]\`; \`seed: 17\` repeats this check."`,
  );
});

it("of kinks count them", () => {
  expect(assertion(abs, float64([0, 1]))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: 1 of 2 entries lie on kinks, where there is no derivative to check. Choose inputs away from the kinks, or raise \`maxResampled\`; \`seed: 17\` repeats this check."`,
  );
});

it("of numbers that are not finite give their place", () => {
  expect(assertion(log, float64([[1, -1]]))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the result at [0, 1] is NaN. Choose inputs inside the domain of the function; \`seed: 17\` repeats this check."`,
  );
});

it("of a function that is not deterministic give both values", () => {
  let calls = 0;
  const counting = (y: Tensor): Tensor => {
    calls += 1;
    return mul(y, calls);
  };

  expect(assertion(counting)).toMatchInlineSnapshot(
    `"GradientError: gradcheck: two runs at the same point give 1 and 2. Fix what is random in the function, for example its key; \`seed: 17\` repeats this check."`,
  );
});

it("of a function that writes into its input name the input", () => {
  const data = Float64Array.of(1, 2);
  const vandal = (y: Tensor): Tensor => {
    data[1] = 3;
    return exp(y);
  };

  expect(assertion(vandal, tensor(data))).toMatchInlineSnapshot(
    `"GradientError: gradcheck: the function changed the numbers of input 0 (and 1 more failure, see \`details.report\`). Compute new arrays instead; \`seed: 17\` repeats this check."`,
  );
});

it("of inputs and results that cannot be checked say how to convert them", () => {
  expect(assertion(exp, tensor([1, 2]))).toMatchInlineSnapshot(
    `"DTypeError: gradcheck: input 0 is float32, whose rounding would hide a wrong derivative. Convert it first: \`cast(x, "float64")\`."`,
  );
  expect(assertion((y) => cast(y, "float32"))).toMatchInlineSnapshot(
    `"DTypeError: gradcheck: the result is float32, whose rounding would hide a wrong derivative. Compute it in float64."`,
  );
  expect(assertion(exp, tensor([1, 2], { dtype: "int32" }))).toMatchInlineSnapshot(
    `"DTypeError: gradcheck: no input is floating, so there is nothing to differentiate. Pass at least one float64 tensor."`,
  );
  expect(assertion(() => 3)).toContain("GradientError: gradcheck: the result is a number");
});

it("of inputs that are no list of tensors say how to list them", () => {
  const passed = (inputs: unknown): string => thrown(() => gradcheck(exp, inputs as [Tensor]));

  expect(passed(x)).toMatchInlineSnapshot(
    `"DTypeError: gradcheck: the inputs are not an array. List them, even if there is one: \`gradcheck(f, [x])\`."`,
  );
  expect(passed([x, [x]])).toMatchInlineSnapshot(
    `"DTypeError: gradcheck: input 1 is not a tensor. List tensors, and put them together in the function: \`gradcheck((a, b) => f({ a, b }), [a, b])\`."`,
  );
  expect(passed([2])).toContain("gradcheck: input 0 is not a tensor");
});

it("of options out of range name the option", () => {
  const bad: readonly object[] = [
    { order: 4 },
    { from: 2 },
    { mode: "backward" },
    { method: "fast" },
    { seed: 0.5 },
    { tolerance: -1 },
    { maxResampled: Number.NaN },
    { zeroGradient: [1] },
  ];

  const messages = bad.map((options) => assertion(exp, x, options as GradcheckOptions));

  expect(messages.join("\n")).toMatchInlineSnapshot(`
    "ValueError: gradcheck: the option order is 4. Use 1, 2 or 3.
    ValueError: gradcheck: the option from is 2. Use an order from 1 to 1.
    ValueError: gradcheck: the option mode is "backward". Use "reverse", "forward" or "both".
    ValueError: gradcheck: the option method is "fast". Use "full" or "directional".
    ValueError: gradcheck: the option seed is 0.5. Use an integer between -2^53 and 2^53.
    ValueError: gradcheck: the option tolerance is -1. Use a number above 0.
    ValueError: gradcheck: the option maxResampled is NaN. Use a number from 0 to 1.
    ValueError: gradcheck: the option zeroGradient is 1. Use positions from 0 to 0."
  `);
});

it("reports read as a whole", () => {
  const y = float64([0, 1, 2, 3, -4]);

  expect(stable(gradcheck(relu, [y], { seed: 17, order: 2 }))).toMatchInlineSnapshot(`
    "gradcheck passed: order 2, mode both, seed 17, 10 comparisons
    resampled 1 of 5 entries: input 0 at [0] with slopes 0 and 0.89
    replay: gradcheck(f, [tensor([0,1,2,3,-4], { dtype: "float64" })], { order: 2, mode: "both", seed: 17 })"
  `);
  expect(stable(gradcheck(square(wrong), [y], { seed: 17 }))).toMatchInlineSnapshot(`
    "gradcheck failed: order 1, mode both, seed 17, 5 comparisons
    - mismatch: the derivative of order 1 of input 0 at [4] is 10.1772270205 by reverse mode and 10.1670599605 by differences (0.0102 apart, 1.02e-7 allowed), and 3 more entries differ
    - inner product: <c, J t> is 48.5247455381 by differences, but reverse mode gives 48.5732702836 (4.23e-7 allowed)
    - modes disagree: the derivative of order 1 of input 0 at [4] is 10.1670599605 by forward mode and 10.1772270205 by reverse mode (1.75e-10 allowed)
    worst: the derivative of order 1 of input 0 at [4] is 10.1772270205 by reverse mode and 10.1670599605 by differences (0.0102 apart, 1.02e-7 allowed)
    replay: gradcheck(f, [tensor([0,1,2,3,-4], { dtype: "float64" })], { order: 1, mode: "both", seed: 17 })"
  `);
});
