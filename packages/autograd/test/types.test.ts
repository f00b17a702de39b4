/**
 * What the types promise. `tsc -b` compiles this file: a `@ts-expect-error` that meets no error is one, and so
 * is an inferred type that a `satisfies` or an annotation below does not fit. At run time only the positive
 * cases compute.
 */
import {
  cond,
  customGradient,
  define,
  elementwiseKernel,
  grad,
  jvp,
  linearize,
  mul,
  neg,
  type Primitive,
  record,
  scalar,
  scalarKernel,
  scan,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  Variable,
  vjp,
  vmap,
  whileLoop,
} from "@tapegrad/autograd";
import { describe, expect, expectTypeOf, it } from "vitest";

/** What the descriptions below have in common. */
const unary = {
  name: "example",
  arity: 1,
  domain: [{ min: -3, max: 3 }],
  cases: [{ params: null }],
  kernel: () => scalarKernel("neg", 1),
} as const;
const binary = { ...unary, arity: 2, kernel: () => scalarKernel("add", 2) } as const;

describe("a description of a primitive", () => {
  it("lets a rule read what it declares", () => {
    const byInput: Primitive<null> = define.withPartials({
      ...unary,
      residuals: [0],
      abstractEval: ([x]) => x,
      partials: [({ primals: [x] }) => neg(x)],
    });
    const byOutput: Primitive<null> = define.withPartials({
      ...unary,
      residuals: ["output"],
      abstractEval: ([x]) => x,
      partials: [({ output }) => mul(output, 2)],
    });
    const bySecond: Primitive<null> = define.withPartials({
      ...binary,
      residuals: [1],
      abstractEval: ([x]) => x,
      partials: [({ primals: [, b] }) => b, ({ primals: [, b] }) => neg(b)],
    });

    expect([byInput, byOutput, bySecond].map((p) => p.residuals)).toEqual([[0], ["output"], [1]]);
  });

  it("does not let a rule read a primal that was not declared", () => {
    define.withPartials({
      ...binary,
      residuals: [1],
      abstractEval: ([x]) => x,
      // @ts-expect-error primal 0 is undefined here
      partials: [({ primals: [a] }) => neg(a), ({ primals: [, b] }) => neg(b)],
    });
    define.withPartials({
      ...unary,
      residuals: [],
      abstractEval: ([x]) => x,
      // @ts-expect-error primal 0 is undefined here
      partials: [({ primals: [x] }) => neg(x)],
    });
  });

  it("does not let a rule read an output that was not declared", () => {
    define.withPartials({
      ...unary,
      residuals: [0],
      abstractEval: ([x]) => x,
      // @ts-expect-error the output is undefined here
      partials: [({ output }) => neg(output)],
    });
  });

  it("wants exactly one partial for each input", () => {
    define.withPartials({
      ...binary,
      residuals: [0],
      abstractEval: ([x]) => x,
      // @ts-expect-error the partial of the second input is missing
      partials: [({ primals: [a] }) => a],
    });
    define.withPartials({
      ...unary,
      residuals: [0],
      abstractEval: ([x]) => x,
      // @ts-expect-error there is no second input
      partials: [({ primals: [x] }) => x, ({ primals: [x] }) => x],
    });
  });

  it("does not let a partial return anything but a tensor", () => {
    define.withPartials({
      ...unary,
      residuals: [0],
      abstractEval: ([x]) => x,
      // @ts-expect-error a number would not be recorded
      partials: [() => 1],
    });
  });

  it("wants a transpose of what is linear, and lets it read what is declared", () => {
    define.linear({ ...unary, abstractEval: ([x]) => x, transpose: (cotangent) => neg(cotangent) });
    define.linear({
      ...binary,
      residuals: [1],
      linearIn: [0],
      abstractEval: ([x]) => x,
      transpose: (cotangent, { primals: [, b] }) => mul(cotangent, b),
    });
    // @ts-expect-error the transpose is missing
    define.linear({ ...unary, abstractEval: ([x]) => x });
  });

  it("does not let a transpose read what was not declared", () => {
    define.linear({
      ...unary,
      abstractEval: ([x]) => x,
      // @ts-expect-error a linear primitive keeps no output unless it says so
      transpose: (cotangent, { output }) => mul(cotangent, output),
    });
    define.linear({
      ...binary,
      residuals: [1],
      abstractEval: ([x]) => x,
      // @ts-expect-error primal 0 is undefined here
      transpose: (cotangent, { primals: [a] }) => mul(cotangent, a),
    });
  });

  it("wants both rules where they are written by hand", () => {
    // @ts-expect-error the tangent is missing
    define.custom({
      ...unary,
      residuals: [],
      abstractEval: ([x]) => x,
      vjp: ([cotangent]) => [cotangent],
    });
  });

  it("knows its params and its number of inputs", () => {
    const scaled: Primitive<{ factor: number }> = define.linear({
      ...unary,
      cases: [{ params: { factor: 2 } }],
      abstractEval: ([x], { factor }) => (factor === 0 ? { ...x, dtype: "float64" } : x),
      kernel: ({ factor }) =>
        elementwiseKernel(scalar.apply("mul", scalar.input(0), scalar.constant(factor))),
      transpose: (cotangent, { params: { factor } }) => mul(cotangent, factor),
    });
    define.linear({
      ...unary,
      // @ts-expect-error there is no second input
      abstractEval: ([, y]) => y,
      transpose: (cotangent) => cotangent,
    });
    const any: Primitive<null> = define.linear({
      ...unary,
      arity: define.VARIADIC,
      abstractEval: (avals) => avals[avals.length - 1],
      transpose: (cotangent) => cotangent,
    });

    expect([scaled.arity, any.arity]).toEqual([1, Number.POSITIVE_INFINITY]);
  });

  it("is refused at once where it declares a residual that it has not: the types cannot see that", () => {
    const call = (): unknown =>
      define.withPartials({
        ...unary,
        residuals: [7],
        abstractEval: ([x]) => x,
        partials: [() => tensor(1)],
      });

    expect(call).toThrow("internal: example declares residual 7 but has 1 inputs");
  });
});

describe("inferred types", () => {
  const f = (x: Tensor): Tensor => x.mul(x).sum();

  it("of grad are those of the function's argument", () => {
    const x = tensor([1, 2]);
    expectTypeOf(grad(f)).toEqualTypeOf<(x: Tensor) => Tensor>();
    expectTypeOf(grad(grad(f))).toEqualTypeOf<(x: Tensor) => Tensor>();

    const gradient: Tensor = grad(f)(x);

    expect(gradient.toArray()).toEqual([2, 4]);
  });

  it("of grad over objects are the same nesting", () => {
    type Params = {
      readonly w: Tensor;
      readonly layers: readonly [Tensor, { readonly b: Tensor }];
    };
    const loss = (p: Params, x: Tensor): Tensor => sum(p.w.mul(x).add(p.layers[1].b));

    const gradient = grad(loss)({ w: tensor(2), layers: [tensor(3), { b: tensor(4) }] }, tensor(5));
    const byX = grad(loss, { argument: 1 });
    const both = valueAndGrad(loss);

    expectTypeOf(gradient).toEqualTypeOf<Params>();
    expectTypeOf(byX).returns.toEqualTypeOf<Tensor>();
    expectTypeOf(both).returns.toHaveProperty("gradient").toEqualTypeOf<Params>();
    expect(gradient.layers[1].b.item()).toBe(1);
  });

  it("of grad do not take other arguments than the function", () => {
    // @ts-expect-error a number is no tensor
    const call = (): unknown => grad(f)(3);
    // @ts-expect-error a function of one argument has no second
    const second = (): unknown => grad(f)(tensor(1), tensor(2));
    // @ts-expect-error the result must be a tensor
    const nested = (): unknown => grad((x: Tensor) => [x]);

    expect([call, second, nested]).toHaveLength(3);
  });

  it("of vjp are those of arguments and result", () => {
    const { output, pullback } = vjp(
      (p: { a: Tensor }, x: Tensor) => ({ y: p.a.mul(x), list: [x] }),
      { a: tensor(2) },
      tensor(3),
    );

    const [pBar, xBar] = pullback({ y: tensor(1), list: [tensor(10)] });

    expectTypeOf(output.y).toEqualTypeOf<Tensor>();
    expectTypeOf(pBar.a).toEqualTypeOf<Tensor>();
    expect([pBar.a.item(), xBar.item()]).toEqual([3, 12]);
    // @ts-expect-error the cotangent has the nesting of the output
    expect(() => pullback(tensor(1))).toThrow("instead of 2");
  });

  it("of jvp ask for tangents like the primals", () => {
    const { tangent } = jvp(
      (x, y) => [x.mul(y)] as const,
      [tensor(2), tensor(3)],
      [tensor(1), tensor(0)],
    );

    expectTypeOf(tangent).toEqualTypeOf<readonly [Tensor]>();
    expect(tangent[0].item()).toBe(3);
    // @ts-expect-error one tangent is missing
    expect(() => jvp((x, y) => x.mul(y), [tensor(2), tensor(3)], [tensor(1)])).toThrow(
      "instead of 2",
    );
  });

  it("of linearize are those of arguments and result", () => {
    const { output, pushforward } = linearize((p: { a: Tensor }) => [p.a], { a: tensor(2) });

    expectTypeOf(output).toEqualTypeOf<Tensor[]>();
    expectTypeOf(pushforward).returns.toEqualTypeOf<Tensor[]>();
    expect(pushforward([{ a: tensor(3) }])[0].item()).toBe(3);
    // @ts-expect-error the tangents are a list of arguments
    expect(() => pushforward({ a: tensor(3) })).toThrow("tangent");
  });

  it("of a recorded gradient are the variables, replaced by tensors", () => {
    const [w, b] = [new Variable(tensor(2)), new Variable(tensor(3))];
    const tape = record((x: Tensor) => w.value.mul(x).add(b.value), tensor(5));
    const retain = { retain: true };

    const object = tape.gradient({ a: w, rest: [b] }, retain);
    const list = tape.gradient([w, b], retain);
    const single = tape.gradient(w, retain);
    const inputs = tape.gradient(tape.inputs, retain);

    expectTypeOf(object.a).toEqualTypeOf<Tensor>();
    expectTypeOf(object.rest[0]).toEqualTypeOf<Tensor>();
    expectTypeOf(list).toEqualTypeOf<readonly [Tensor, Tensor]>();
    expectTypeOf(single).toEqualTypeOf<Tensor>();
    expectTypeOf(inputs[0]).toEqualTypeOf<Tensor>();
    expect(Object.keys(object)).toEqual(["a", "rest"]);
    // @ts-expect-error there is no such key
    expect(object.b).toBeUndefined();
  });

  it("of a tape are those of the function", () => {
    const tape = record((x: Tensor, n: { k: Tensor }) => ({ y: x.mul(n.k) }), tensor(1), {
      k: tensor(2),
    });

    expectTypeOf(tape.output).toEqualTypeOf<{ y: Tensor }>();
    expectTypeOf(tape.replay).returns.toEqualTypeOf<{ y: Tensor }>();
    // @ts-expect-error the second argument is missing
    expect(() => tape.replay(tensor(1))).toThrow("instead of 2");
  });

  it("of operators refuse tensors", () => {
    const x = tensor(1);
    // @ts-expect-error an operator would leave the tape
    expect(() => x * 2).toThrow("operators do not work");
    // @ts-expect-error an operator would leave the tape
    expect(() => x > 0).toThrow("operators do not work");
  });
});

describe("a method of a tensor", () => {
  const x = tensor([1, 2]);

  it("has the types of the function of that name, without the first argument", () => {
    expectTypeOf(x.clamp({ min: 0 })).toEqualTypeOf<Tensor>();
    expectTypeOf(x.isnan()).toEqualTypeOf<Tensor>();
    expectTypeOf(x.chunk(2)).toEqualTypeOf<readonly Tensor[]>();
    expectTypeOf(x.sort().indices).toEqualTypeOf<Tensor>();
    // @ts-expect-error a bound has a name
    expect(() => x.clamp(5)).toThrow("neither `min` nor `max`");
    // @ts-expect-error the exponent is missing
    expect(() => x.pow()).toThrow("expected a tensor");
  });

  it("has every form of a function that has several", () => {
    expectTypeOf(x.max()).toEqualTypeOf<Tensor>();
    expectTypeOf(x.max(1.5)).toEqualTypeOf<Tensor>();
    expectTypeOf(x.max({ axis: 0 }).indices).toEqualTypeOf<Tensor>();
    expectTypeOf(x.transpose(0, 0)).toEqualTypeOf<Tensor>();
    expectTypeOf(x.transpose([0])).toEqualTypeOf<Tensor>();
  });
});

describe("loops and choices", () => {
  it("know carry, elements and results", () => {
    const [total, products] = scan(
      (sum, x) => [sum.add(x), { product: sum.mul(x) }],
      tensor(0),
      tensor([1, 2]),
    );
    const [last, none] = scan(({ n }, _) => [{ n: n.add(1) }, null], { n: tensor(0) }, null, {
      length: 2,
    });
    const chosen = cond(tensor(true), (x) => [x], (x) => [x.neg()], tensor(1)); // biome-ignore format: a row
    const looped = whileLoop(({ x }) => x.less(3), ({ x }) => ({ x: x.add(1) }), { x: tensor(0) }); // biome-ignore format: a row

    expectTypeOf(total).toEqualTypeOf<Tensor>();
    expectTypeOf(products).toEqualTypeOf<{ product: Tensor }>();
    expectTypeOf(last).toEqualTypeOf<{ n: Tensor }>();
    expectTypeOf(none).toEqualTypeOf<null>();
    expectTypeOf(chosen).toEqualTypeOf<Tensor[]>();
    expectTypeOf(looped).toEqualTypeOf<{ x: Tensor }>();
    expect(last.n.item()).toBe(2);
  });

  it("map a function to one of the same type, and refuse a carry of another nesting", () => {
    const f = (p: { w: Tensor }, x: Tensor): readonly [Tensor] => [mul(p.w, x)];

    expectTypeOf(vmap(f, { inAxes: [{ w: null }, 0] })).toEqualTypeOf<typeof f>();
    expectTypeOf(vmap(grad((x: Tensor) => sum(x)))).toEqualTypeOf<(x: Tensor) => Tensor>();
    // @ts-expect-error the next carry is a list
    expect(() => whileLoop((x) => x.less(3), (x) => [x], tensor(0))).toThrow("is missing"); // biome-ignore format: a row
  });
});

describe("the rules of a custom gradient", () => {
  it("read all arguments and the output, each with its type", () => {
    const f = customGradient((x: Tensor, p: { w: Tensor }) => [mul(x, p.w)] as const, {
      vjp: ([c], { primals: [x, p], output }) => {
        expectTypeOf(output).toEqualTypeOf<readonly [Tensor]>();
        return [mul(c, p.w), { w: mul(c, x) }];
      },
    });

    const gradient = grad((x: Tensor) => f(x, { w: tensor(3) })[0]);
    expect(gradient(tensor(2)).item()).toBe(3);
    expectTypeOf(f).parameters.toEqualTypeOf<[x: Tensor, p: { w: Tensor }]>();
  });

  it("do not read what is not kept", () => {
    customGradient((x: Tensor, y: Tensor) => mul(x, y), {
      residuals: [1],
      // @ts-expect-error primal 0 is undefined here
      vjp: (c, { primals: [x, y] }) => [mul(c, y), mul(c, x)],
    });
    customGradient((x: Tensor) => neg(x), {
      residuals: [0],
      // @ts-expect-error the output is undefined here
      vjp: (c, { output }) => [mul(c, output)],
    });
  });

  it("return one cotangent for each argument, or null", () => {
    customGradient((x: Tensor, y: Tensor) => mul(x, y), { vjp: (c) => [c, null] });
    // @ts-expect-error the cotangent of the second argument is missing
    customGradient((x: Tensor, y: Tensor) => mul(x, y), { vjp: (c) => [c] });
  });
});
