/**
 * @file The transforms whose pairs are tested, each as a map from a function of a vector to another one, and what it
 * means for the oracle. A new transform is one entry.
 */
import {
  checkpoint,
  compile,
  cond,
  customGradient,
  gaussNewtonProduct,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  less,
  linearize,
  onCotangent,
  record,
  scan,
  stack,
  stopGradient,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  vmap,
  whileLoop,
} from "@tapegrad/autograd";
import { add, along, constant, dot, gradient, type Meaning, mul } from "./nested-duals.ts";

/** From two float64 numbers to two. */
export type Vector = (x: Tensor) => Tensor;

export interface Transform {
  readonly name: string;
  /** The transform as it is used: the result is a function of a vector again. */
  readonly of: (f: Vector) => Vector;
  /** What that function is. */
  readonly means: (f: Meaning) => Meaning;
  /** Whether it walks backward through `f`. */
  readonly walksBackward?: boolean;
  /** Whether its result can only be differentiated forward. */
  readonly forwardOnly?: boolean;
}

const C = [0.5, -0.75];
const T = [0.25, 1];
const [c, t] = [C, T].map((values) => tensor(values, { dtype: "float64" }));

/** Σ c · f, which has a gradient. */
const scalar = (f: Vector) => (x: Tensor) => sum(f(x).mul(c));
const same = (f: Meaning): Meaning => f;
const gradientOf =
  (f: Meaning): Meaning =>
  (x) =>
    gradient(f, x, C);
const tangentOf =
  (f: Meaning): Meaning =>
  (x) =>
    along(f, x, T);
const curvatureOf =
  (f: Meaning): Meaning =>
  (x) =>
    along(gradientOf(f), x, T);

export const TRANSFORMS: readonly Transform[] = [
  { name: "grad", of: (f) => grad(scalar(f)), means: gradientOf, walksBackward: true },
  {
    name: "valueAndGrad",
    of: (f) => (x) => {
      const { value, gradient: found } = valueAndGrad(scalar(f))(x);
      return found.mul(value);
    },
    means: (f) => (x) => gradient(f, x, C).map((g) => mul(g, dot(f(x), C))),
    walksBackward: true,
  },
  {
    name: "vjp",
    of: (f) => (x) => {
      const { output, pullback } = vjp(f, x);
      return pullback(c)[0].add(output);
    },
    means: (f) => (x) => gradient(f, x, C).map((g, i) => add(g, f(x)[i])),
    walksBackward: true,
  },
  {
    name: "jvp",
    of: (f) => (x) => {
      const { output, tangent } = jvp(f, [x], [t]);
      return tangent.add(output);
    },
    means: (f) => (x) => along(f, x, T).map((y, i) => add(y, f(x)[i])),
  },
  {
    name: "linearize",
    of: (f) => (x) => linearize(f, x).pushforward([t]),
    means: tangentOf,
  },
  {
    name: "jacobian, forward",
    of: (f) => (x) => sum(jacobian(f, { mode: "forward" })(x).mul(t), { axes: 1 }),
    means: tangentOf,
  },
  {
    name: "jacobian, reverse",
    of: (f) => (x) => sum(jacobian(f, { mode: "reverse" })(x).mul(t), { axes: 1 }),
    means: tangentOf,
    walksBackward: true,
  },
  {
    name: "hessian",
    of: (f) => (x) => sum(hessian(scalar(f))(x).mul(t), { axes: 1 }),
    means: curvatureOf,
    walksBackward: true,
  },
  {
    name: "hvp",
    of: (f) => (x) => hvp(scalar(f), [x], [t]).product[0],
    means: curvatureOf,
    walksBackward: true,
  },
  {
    name: "gaussNewtonProduct",
    of: (f) => (x) => gaussNewtonProduct(f, (y) => sum(y.square().mul(c)), [x], [t]).product[0],
    // the Hessian of Σ c y² is 2 c on the diagonal
    means: (f) => (x) => gradient(f, x, along(f, x, T).map((y, i) => mul(y, 2 * C[i]))), // biome-ignore format: Jᵀ H J t
    walksBackward: true,
  },
  { name: "checkpoint", of: (f) => checkpoint(f), means: same },
  {
    name: "customGradient",
    of: (f) =>
      customGradient(f, {
        residuals: [0],
        vjp: (cotangent, { primals: [x] }) => vjp(f, x).pullback(cotangent),
        jvp: (tangents, { primals: [x] }) => jvp(f, [x], tangents).tangent,
      }),
    means: same,
  },
  {
    name: "stopGradient",
    of: (f) => (x) => stopGradient(f(x)).mul(x).add(f(x)),
    means: (f) => (x) => f(x).map((y, i) => add(mul(constant(y), x[i]), y)),
  },
  {
    name: "onCotangent",
    // a hook that returns another cotangent has a meaning in one mode only
    of: (f) => (x) => onCotangent(f(onCotangent(x, (seen) => seen)), () => undefined),
    means: same,
  },
  {
    name: "record",
    of: (f) => (x) => {
      const tape = record(scalar(f), x);
      return tape.gradient(tape.inputs)[0].add(tape.replay(x.mul(2)));
    },
    means: (f) => (x) => {
      const doubled = f(x.map((a) => mul(a, 2)));
      return gradient(f, x, C).map((g) => add(g, dot(doubled, C)));
    },
    walksBackward: true,
  },
  { name: "compile", of: (f) => compile(f), means: same },
  {
    name: "vmap",
    of: (f) => (x) => sum(vmap(f)(stack([x, x.mul(2)])), { axes: 0 }),
    means: (f) => (x) => {
      const doubled = f(x.map((a) => mul(a, 2)));
      return f(x).map((y, i) => add(y, doubled[i]));
    },
  },
  {
    name: "scan",
    of: (f) => (x) => {
      const step = (carry: Tensor, s: Tensor) => [f(carry).mul(s), carry.mul(s)] as const;
      const [last, ys] = scan(step, x, c);
      return last.add(sum(ys, { axes: 0 }));
    },
    means: (f) => (x) => {
      const next = f(x).map((y) => mul(y, C[0]));
      const last = f(next).map((y) => mul(y, C[1]));
      return last.map((y, i) => add(y, add(mul(x[i], C[0]), mul(next[i], C[1]))));
    },
  },
  {
    name: "cond",
    of: (f) => (x) => cond(less(sum(x.square()), 100), f, (y: Tensor) => y.mul(7), x),
    means: same,
  },
  {
    name: "whileLoop",
    of: (f) => (x) => {
      const goesOn = ({ i }: { i: Tensor }): Tensor => less(i, 2);
      const body = ({ i, y }: { i: Tensor; y: Tensor }) => ({ i: i.add(1), y: f(y) });
      return whileLoop(goesOn, body, { i: tensor(0, { dtype: "int32" }), y: x }).y;
    },
    means: (f) => (x) => f(f(x)),
    forwardOnly: true,
  },
];
