import {
  compile,
  exp,
  gaussNewtonProduct,
  grad,
  GradientError,
  DTypeError,
  hessian,
  hvp,
  jacobian,
  jvp,
  matMul,
  mean,
  record,
  sin,
  square,
  tanh,
  type Tensor,
  tensor,
  transpose,
  Variable,
  variance,
} from "@tapegrad/autograd";
import { assertGradcheck, differenceAlong, stepsAt } from "@tapegrad/autograd/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const wide = (values: readonly number[], shape = [values.length]): Tensor =>
  tensor(values, { dtype: "float64", shape });
const numbers = (length: number, bound = 2) =>
  fc.array(fc.double({ min: -bound, max: bound, noNaN: true }), {
    minLength: length,
    maxLength: length,
  });
const vectors = (length: number) => numbers(length).map((values) => wide(values));

const f = (x: Tensor): Tensor =>
  sin(x)
    .mul(x)
    .sum()
    .mul(exp(x.mul(0.5)).sum());

describe("hessian", () => {
  it("has the axes of the argument twice", () => {
    // ∂² (Σ x³ + (Σ x)²) = 6 x on the diagonal, and 2 everywhere
    const g = (x: Tensor): Tensor => x.mul(x).mul(x).sum().add(square(x.sum()));

    const h = hessian(g)(wide([1, 2, 3, 4], [2, 2]));

    expect(h.shape).toEqual([2, 2, 2, 2]);
    expect(h.reshape([4, 4]).toArray()).toEqual([[8, 2, 2, 2], [2, 14, 2, 2], [2, 2, 20, 2], [2, 2, 2, 26]]); // biome-ignore format: a matrix
  });

  it("nests the argument inside of itself", () => {
    type Params = { w: Tensor; b: readonly [Tensor] };
    const g = ({ w, b: [b] }: Params): Tensor => square(w).sum().mul(b);

    const h = hessian(g)({ w: tensor([1, 2]), b: [tensor(3)] });

    expect(h.w.w.toArray()).toEqual([[6, 0], [0, 6]]); // biome-ignore format: a matrix
    expect(h.w.b[0].toArray()).toEqual([2, 4]);
    expect(h.b[0].w.toArray()).toEqual([2, 4]);
    expect(h.b[0].b[0].toArray()).toBe(0);
  });

  it("is symmetric, and the Jacobian of the gradient in either mode", () => {
    fc.assert(
      fc.property(vectors(4), (x) => {
        const h = hessian(f)(x);

        const reverse = jacobian(grad(f), { mode: "reverse" })(x);

        expect(distance(transpose(h), h.toTypedArray())).toBeLessThanOrEqual(1e-12);
        expect(distance(reverse, h.toTypedArray())).toBeLessThanOrEqual(1e-12);
      }),
      { numRuns: 15 },
    );
  });

  it("has derivatives of its own, and they are those of third order", () => {
    const x = wide([0.3, -0.7, 1.2]);
    const cubic = (y: Tensor): Tensor => y.mul(y).mul(y).sum();

    assertGradcheck((y) => hessian(f)(y), [x], { seed: 3 });
    expect(jacobian(hessian(cubic))(wide([5, 7])).toArray()).toEqual([[[6, 0], [0, 0]], [[0, 0], [0, 6]]]); // biome-ignore format: a tensor
  });

  it("takes the argument at `argument`", () => {
    const g = (x: Tensor, y: Tensor): Tensor => x.mul(y).mul(y);

    expect(hessian(g, { argument: 1 })(tensor(3), tensor(5)).item()).toBe(6);
    expect(hessian(g)(tensor(3), tensor(5)).item()).toBe(0);
  });

  it("runs compiled and recorded", () => {
    const x = wide([0.3, -0.7, 1.2]);
    const expected = hessian(f)(x).toTypedArray();

    expect(distance(compile(hessian(f))(x), expected)).toBeLessThanOrEqual(1e-13);
    expect(distance(record(hessian(f), x).replay(x), expected)).toBe(0);
  });

  it("refuses what is no scalar function of floating tensors", () => {
    const error = refusalOf(() => hessian((x: Tensor) => x)(tensor([1, 2])));

    expect(error).toBeInstanceOf(GradientError);
    expect(error).toMatchObject({ op: "hessian", details: { shape: [2] } });
    expect(refusalOf(() => hessian((x: Tensor) => x)(tensor(true)))).toBeInstanceOf(DTypeError);
  });
});

describe("hvp", () => {
  it("gives value, gradient and product of all arguments, in their nesting", () => {
    const g = (x: Tensor, p: { b: Tensor }): Tensor => square(x).sum().mul(p.b);
    const primals = [tensor([1, 2]), { b: tensor(3) }] as const;

    const { value, gradient, product } = hvp(g, primals, [tensor([1, 0]), { b: tensor(10) }]);

    expect(value.item()).toBe(15);
    expect(gradient[0].toArray()).toEqual([6, 12]);
    expect(gradient[1].b.item()).toBe(5);
    // [2b v + 2x vᵇ, 2 <x, v>]
    expect(product[0].toArray()).toEqual([6 + 20, 40]);
    expect(product[1].b.item()).toBe(2);
  });

  it("is the Hessian times the tangent, by each mix of modes", () => {
    fc.assert(
      fc.property(vectors(4), vectors(4), (x, v) => {
        const { gradient, product } = hvp(f, [x], [v]);

        const expected = matMul(hessian(f)(x), v.reshape([4, 1])).toTypedArray();
        const reverse = grad((y: Tensor) => grad(f)(y).mul(v).sum())(x);
        const outer = grad((y: Tensor) => jvp(f, [y], [v]).tangent)(x);

        for (const found of [product[0], reverse, outer]) {
          expect(distance(found, expected)).toBeLessThanOrEqual(1e-12);
        }
        expect(distance(gradient[0], grad(f)(x).toTypedArray())).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it("runs the function once and keeps what it assigns, once", () => {
    const calls = new Variable(tensor(0));
    let runs = 0;
    const g = (x: Tensor): Tensor => {
      runs++;
      calls.assign(calls.value.add(1));
      return x.mul(x).mul(x);
    };

    const { product } = hvp(g, [tensor(2)], [tensor(1)]);

    expect([product[0].item(), runs, calls.value.item()]).toEqual([12, 1, 1]);
  });

  it("has derivatives of its own", () => {
    const v = wide([1, -2, 0.5]);

    assertGradcheck((x) => hvp(f, [x], [v]).product, [wide([0.3, -0.7, 1.2])], { seed: 8 });
  });

  it("runs compiled", () => {
    const step = compile((x: Tensor, v: Tensor) => hvp(f, [x], [v]));
    const [x, v] = [wide([0.3, -0.7, 1.2]), wide([1, -2, 0.5])];

    const expected = hvp(f, [x], [v]).product[0].toTypedArray();

    expect(distance(step(x, v).product[0], expected)).toBeLessThanOrEqual(1e-13);
  });

  it("refuses tangents unlike the primals, and functions that return no scalar", () => {
    const x = tensor([1, 2]);

    const shape = refusalOf(() => hvp((y: Tensor) => y.sum(), [x], [tensor(1)]));
    const result = refusalOf(() => hvp((y: Tensor) => y, [x], [x]));

    expect([shape.op, result.op]).toEqual(["hvp", "hvp"]);
    expect([shape, result].every((error) => error instanceof GradientError)).toBe(true);
  });
});

/** Batch normalisation of [rows, 2], from its two statistics. */
function batchNorm(x: Tensor, gamma: Tensor, beta: Tensor): Tensor {
  const options = { axes: 0, keepDims: true };
  const centered = x.sub(mean(x, options));
  return centered.div(variance(x, options).add(1e-5).sqrt()).mul(gamma).add(beta);
}

describe("the Hessian-vector product of batch normalisation", () => {
  it("agrees with differences of the gradient", () => {
    const rows = 4;
    fc.assert(
      fc.property(
        numbers(2 * rows),
        numbers(2 * rows, 1),
        numbers(4, 1.5),
        numbers(4, 1),
        fc.nat(100),
        (values, direction, scales, change, salt) => {
          // rows well apart: in a nearly constant column ε decides, and differences see a pole
          const x = wide(
            values.map((value, at) => value + 5 * Math.floor(at / 2)),
            [rows, 2],
          );
          const weights = values.map((_, at) => Math.cos(salt + at));
          const c = wide(weights, [rows, 2]);
          // tanh, so that the loss bends in γ and β too
          const loss = ([a, gamma, beta]: readonly Tensor[]): Tensor =>
            tanh(batchNorm(a, gamma, beta))
              .mul(c)
              .sum();
          const primals = [x, wide(scales.slice(0, 2)), wide(scales.slice(2))];
          const tangents = [
            wide(direction, [rows, 2]),
            wide(change.slice(0, 2)),
            wide(change.slice(2)),
          ];

          const { product } = hvp(loss, [primals], [tangents]);

          // r random: <H v, r> is the derivative of <∇L(x + tv), r>
          product[0].forEach((found, i) => {
            const r = wide(weights.slice(0, found.size), [...found.shape]);
            const slopeAt = (t: number): number => {
              const gradient = grad(loss)(primals.map((p, k) => p.add(tangents[k].mul(t))));
              return gradient[i].mul(r).sum().item();
            };
            const { value, error } = differenceAlong(slopeAt, stepsAt(0, 0.1));
            const gap = Math.abs(found.mul(r).sum().item() - value);
            expect(gap).toBeLessThanOrEqual(1e-8 * Math.max(1, Math.abs(value)) + error);
            expect(error).toBeLessThan(1e-6 * Math.max(1, Math.abs(value)));
          });
        },
      ),
      { numRuns: 6 },
    );
  });
});

describe("gaussNewtonProduct", () => {
  const inputs = wide([1, -0.5, 0.3, 2, 0.7, -1], [3, 2]);
  const targets = wide([0.2, -0.4, 0.9]);
  type Weights = { readonly w: Tensor; readonly b: Tensor };
  const linear = ({ w, b }: Weights): Tensor => matMul(inputs, column(w)).reshape([3]).add(b);
  const model = (weights: Weights): Tensor => tanh(linear(weights));
  const loss = (y: Tensor): Tensor => mean(exp(y.sub(targets))).add(square(y).sum());
  const weights = fc.record({ w: vectors(2), b: vectors(1) });

  it("is Jᵀ H J v with the matrices built", () => {
    fc.assert(
      fc.property(weights, weights, (at, v) => {
        const { value, product } = gaussNewtonProduct(model, loss, [at], [v]);

        const j = jacobian(model)(at);
        const curved = matMul(hessian(loss)(model(at)), timesVector(j, v));
        expect(distance(value, loss(model(at)).toTypedArray())).toBe(0);
        for (const key of ["w", "b"] as const) {
          const expected = matMul(transpose(j[key]), curved).toTypedArray();
          expect(distance(product[0][key], expected)).toBeLessThanOrEqual(1e-12);
        }
      }),
      { numRuns: 15 },
    );
  });

  it("is the Hessian's where the model is linear", () => {
    fc.assert(
      fc.property(weights, weights, (at, v) => {
        const { product } = gaussNewtonProduct(linear, loss, [at], [v]);

        const expected = hvp((p: Weights) => loss(linear(p)), [at], [v]);
        for (const key of ["w", "b"] as const) {
          const numbers = expected.product[0][key].toTypedArray();
          expect(distance(product[0][key], numbers)).toBeLessThanOrEqual(1e-12);
        }
      }),
      { numRuns: 10 },
    );
  });

  it("has no negative curvature where the loss is convex, though the Hessian may have", () => {
    const cube = (x: Tensor): Tensor => x.mul(x).mul(x);
    const squared = (y: Tensor): Tensor => square(y.add(4));
    const [x, v] = [tensor(-1), tensor(1)];

    // (x³ + 4)² at -1: the Hessian is 2 (3x²)² + 2 (x³ + 4) 6x
    expect(gaussNewtonProduct(cube, squared, [x], [v]).product[0].item()).toBe(18);
    expect(hvp((y: Tensor) => squared(cube(y)), [x], [v]).product[0].item()).toBe(18 - 36);
  });

  it("takes models with several arguments and results", () => {
    const { value, product } = gaussNewtonProduct(
      (x: Tensor, y: Tensor) => ({ sum: x.add(y), parts: [x.mul(y)] }),
      ({ sum, parts: [p] }) => square(sum).add(square(p).mul(0.5)),
      [tensor(2), tensor(3)],
      [tensor(1), tensor(-1)],
    );

    // J = [[1, 1], [3, 2]], H = diag(2, 1)
    expect(value.item()).toBe(25 + 18);
    expect(product.map((x) => x.item())).toEqual([3, 2]);
  });

  it("has derivatives of its own", () => {
    const v = { w: wide([1, -2]), b: wide([0.5]) };
    const f = (w: Tensor, b: Tensor): unknown =>
      gaussNewtonProduct(model, loss, [{ w, b }], [v]).product;

    assertGradcheck(f, [wide([0.3, -0.7]), wide([0.2])], { seed: 13 });
  });

  it("runs model and loss once, and compiled", () => {
    let runs = 0;
    const counted = (at: Weights): Tensor => {
      runs++;
      return model(at);
    };
    const step = compile((at: Weights, v: Weights) => {
      return gaussNewtonProduct(counted, loss, [at], [v]).product[0];
    });
    const [at, v] = [
      { w: wide([0.3, -0.7]), b: wide([0.2]) },
      { w: wide([1, -2]), b: wide([0.5]) },
    ];

    const found = step(at, v);

    const expected = gaussNewtonProduct(model, loss, [at], [v]).product[0];
    expect(runs).toBe(1);
    expect(distance(found.w, expected.w.toTypedArray())).toBeLessThanOrEqual(1e-14);
  });

  it("refuses models without derivatives and losses that are no scalar", () => {
    const at = [tensor([1, 2])] as const;
    const counts = refusalOf(() =>
      gaussNewtonProduct(
        (x: Tensor) => x.greater(0),
        () => tensor(1),
        at,
        at,
      ),
    );
    const vector = refusalOf(() =>
      gaussNewtonProduct(
        (x: Tensor) => x,
        (y) => y,
        at,
        at,
      ),
    );

    expect(counts).toBeInstanceOf(DTypeError);
    expect(vector).toBeInstanceOf(GradientError);
    expect([counts.op, vector.op]).toEqual(["gaussNewtonProduct", "gaussNewtonProduct"]);
  });
});

function column(x: Tensor): Tensor {
  return x.reshape([-1, 1]);
}

/** J v, a column: the blocks of J times the parts of v. */
function timesVector(
  j: { readonly w: Tensor; readonly b: Tensor },
  v: { readonly w: Tensor; readonly b: Tensor },
): Tensor {
  return matMul(j.w, column(v.w)).add(matMul(j.b, column(v.b)));
}
