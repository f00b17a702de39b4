/**
 * @file Operations as methods of Tensor: `x.mul(y).sum()`. Each is the function of that name, with the
 * tensor as its first argument; the documentation is there.
 *
 * Importing this file adds the methods; index.ts does. No other file of the library uses them.
 */
import { Tensor } from "./core/tensor.ts";
import { logSoftmax, logSumExp, relu, softmax, square } from "./ops/activations.ts";
import { argMax } from "./ops/arg-max.ts";
import { convTranspose2d } from "./ops/convolution/conv-transpose2d.ts";
import { avgPool2d, maxPool2d } from "./ops/pooling/pool2d.ts";
import { mT } from "./ops/rearranging.ts";
import { mean, min, variance } from "./ops/reductions.ts";
import { expandDims, flatten, squeeze } from "./ops/shapes.ts";
import { abs } from "./primitives/abs.ts";
import { add } from "./primitives/add.ts";
import { cast } from "./primitives/cast.ts";
import { equal, greater, greaterEqual, less, lessEqual, notEqual } from "./primitives/compare.ts";
import { conv2d } from "./primitives/conv2d.ts";
import { div } from "./primitives/div.ts";
import { erf } from "./primitives/erf.ts";
import { exp } from "./primitives/exp.ts";
import { floor } from "./primitives/floor.ts";
import type { IndexEntry } from "./ops/indexing/index-plan.ts";
import { at, type Part } from "./ops/indexing/part.ts";
import { gather } from "./ops/indexing/scatter.ts";
import { pad } from "./ops/padding.ts";
import { log } from "./primitives/log.ts";
import { matMul } from "./primitives/mat-mul.ts";
import { max } from "./primitives/max.ts";
import { maximum } from "./primitives/maximum.ts";
import { minimum } from "./primitives/minimum.ts";
import { mul } from "./primitives/mul.ts";
import { neg } from "./primitives/neg.ts";
import { pow } from "./primitives/pow.ts";
import { reshape } from "./primitives/reshape.ts";
import { sigmoid } from "./primitives/sigmoid.ts";
import { sign } from "./primitives/sign.ts";
import { cos, sin } from "./primitives/sin-cos.ts";
import { slice } from "./primitives/slice-pad.ts";
import { sqrt } from "./primitives/sqrt.ts";
import { stopGradient } from "./primitives/stop-gradient.ts";
import { sub } from "./primitives/sub.ts";
import { broadcastTo, sum } from "./primitives/sum-broadcast-to.ts";
import { tanh } from "./primitives/tanh.ts";
import { transpose } from "./primitives/transpose.ts";

/** `f` without its first argument, which is the tensor the method is called on. */
type Method<F> = F extends (x: never, ...rest: infer Rest) => infer R
  ? (...rest: Rest) => R
  : never;

interface Fluent {
  add: Method<typeof add>;
  sub: Method<typeof sub>;
  mul: Method<typeof mul>;
  div: Method<typeof div>;
  pow: Method<typeof pow>;
  maximum: Method<typeof maximum>;
  minimum: Method<typeof minimum>;
  equal: Method<typeof equal>;
  notEqual: Method<typeof notEqual>;
  less: Method<typeof less>;
  lessEqual: Method<typeof lessEqual>;
  greater: Method<typeof greater>;
  greaterEqual: Method<typeof greaterEqual>;
  matMul: Method<typeof matMul>;
  neg: Method<typeof neg>;
  sqrt: Method<typeof sqrt>;
  exp: Method<typeof exp>;
  log: Method<typeof log>;
  abs: Method<typeof abs>;
  sign: Method<typeof sign>;
  sin: Method<typeof sin>;
  cos: Method<typeof cos>;
  tanh: Method<typeof tanh>;
  sigmoid: Method<typeof sigmoid>;
  erf: Method<typeof erf>;
  floor: Method<typeof floor>;
  square: Method<typeof square>;
  relu: Method<typeof relu>;
  cast: Method<typeof cast>;
  stopGradient: Method<typeof stopGradient>;
  sum: Method<typeof sum>;
  mean: Method<typeof mean>;
  variance: Method<typeof variance>;
  max: Method<typeof max>;
  min: Method<typeof min>;
  softmax: Method<typeof softmax>;
  logSoftmax: Method<typeof logSoftmax>;
  logSumExp: Method<typeof logSumExp>;
  argMax: Method<typeof argMax>;
  reshape: Method<typeof reshape>;
  flatten: Method<typeof flatten>;
  squeeze: Method<typeof squeeze>;
  expandDims: Method<typeof expandDims>;
  transpose(permutation?: readonly number[]): Tensor;
  transpose(a: number, b: number): Tensor;
  broadcastTo: Method<typeof broadcastTo>;
  slice: Method<typeof slice>;
  pad: Method<typeof pad>;
  gather: Method<typeof gather>;
  conv2d: Method<typeof conv2d>;
  convTranspose2d: Method<typeof convTranspose2d>;
  maxPool2d: Method<typeof maxPool2d>;
  avgPool2d: Method<typeof avgPool2d>;
  /** The part that an index names: `x.at(0, { step: -1 }).set(1)`. */
  at(...index: readonly IndexEntry[]): Part;
  /** The axes in reverse order. */
  readonly T: Tensor;
  /** The last two axes exchanged; a scalar as it is. */
  readonly mT: Tensor;
}

declare module "./core/tensor.ts" {
  interface Tensor extends Fluent {}
}

const METHODS: {
  readonly [K in Exclude<keyof Fluent, "at" | "T" | "mT">]: (...args: never[]) => Tensor;
} = {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  matMul,
  neg,
  sqrt,
  exp,
  log,
  abs,
  sign,
  sin,
  cos,
  tanh,
  sigmoid,
  erf,
  floor,
  square,
  relu,
  cast,
  stopGradient,
  sum,
  mean,
  variance,
  max,
  min,
  softmax,
  logSoftmax,
  logSumExp,
  argMax,
  reshape,
  flatten,
  squeeze,
  expandDims,
  transpose,
  broadcastTo,
  slice,
  pad,
  gather,
  conv2d,
  convTranspose2d,
  maxPool2d,
  avgPool2d,
};

for (const [name, operation] of Object.entries(METHODS)) {
  const call = operation as (x: Tensor, ...rest: unknown[]) => Tensor;
  Object.defineProperty(Tensor.prototype, name, {
    configurable: true,
    writable: true,
    value(this: Tensor, ...rest: unknown[]): Tensor {
      return call(this, ...rest);
    },
  });
}

Object.defineProperties(Tensor.prototype, {
  at: {
    configurable: true,
    writable: true,
    value(this: Tensor, ...index: readonly IndexEntry[]): Part {
      return at(this, ...index);
    },
  },
  T: {
    configurable: true,
    get(this: Tensor): Tensor {
      return transpose(this);
    },
  },
  mT: {
    configurable: true,
    get(this: Tensor): Tensor {
      return mT(this);
    },
  },
});
