/**
 * @file Batch normalisation, forward and backward, on one shape and two ways: written out of mean, sub,
 * square, sqrt, div and mul, and as `@tapegrad/nn` writes it. Shared by W3 and W4.
 */
import {
  mean,
  normal,
  randomKey,
  type Shape,
  splitKey,
  sqrt,
  square,
  type Tensor,
  uniform,
  vjp,
} from "@tapegrad/autograd";
import { batchNormTrain } from "@tapegrad/nn";
import { batchNormLoops, type Channels, requireClose } from "./check.ts";
import type { Case } from "./workload.ts";

type Transform = (x: Tensor, gamma: Tensor, beta: Tensor) => Tensor;

const EPSILON = 1e-5;

/** The cases on `shape`, with one γ and one β for each index of `channelAxis`. */
export function batchNormCases(label: string, shape: Shape, channelAxis: number): readonly Case[] {
  const axes = shape.map((_, axis) => axis).filter((axis) => axis !== channelAxis);
  const perChannel = shape.map((length, axis) => (axis === channelAxis ? length : 1));
  const composite: Transform = (x, gamma, beta) => {
    const centered = x.sub(mean(x, { axes, keepDims: true }));
    const variance = mean(square(centered), { axes, keepDims: true });
    const xHat = centered.div(sqrt(variance.add(EPSILON)));
    return xHat.mul(gamma.reshape(perChannel)).add(beta.reshape(perChannel));
  };
  const ofLibrary: Transform = (x, gamma, beta) =>
    batchNormTrain(x, gamma, beta, { axes, epsilon: EPSILON }).output;
  return [
    transformCase(`${label} composite`, composite, shape, channelAxis),
    transformCase(`${label} batchNormTrain`, ofLibrary, shape, channelAxis),
  ];
}

function transformCase(name: string, f: Transform, shape: Shape, channelAxis: number): Case {
  const [keyX, keyGamma, keyBeta, keyCotangent] = splitKey(randomKey(3), 4);
  const channels = channelsOf(shape, channelAxis);
  const x = normal(keyX, shape, { mean: 1, standardDeviation: 2 });
  const gamma = uniform(keyGamma, [channels.count], { min: 0.5, max: 1.5 });
  const beta = uniform(keyBeta, [channels.count], { min: -1, max: 1 });
  const cotangent = uniform(keyCotangent, shape, { min: -1, max: 1 });
  const run = (): readonly Tensor[] => {
    const { output, pullback } = vjp(f, x, gamma, beta);
    return [output, ...pullback(cotangent)];
  };
  return {
    name,
    run,
    check: () => {
      const found = run().map((t) => t.toTypedArray());
      const [xs, gammas, betas, cotangents] = [x, gamma, beta, cotangent].map((t) =>
        t.toTypedArray(),
      );
      const numbers = { x: xs, gamma: gammas, beta: betas, cotangent: cotangents };
      const expected = batchNormLoops(numbers, channels, EPSILON);
      requireClose(`${name}: output`, found[0], expected.output, 1e-5);
      requireClose(`${name}: gradient of x`, found[1], expected.xBar, 1e-5);
      requireClose(`${name}: gradient of gamma`, found[2], expected.gammaBar, 1e-5);
      requireClose(`${name}: gradient of beta`, found[3], expected.betaBar, 1e-5);
    },
  };
}

function channelsOf(shape: Shape, channelAxis: number): Channels {
  const count = shape[channelAxis];
  const inner = shape.slice(channelAxis + 1).reduce((product, length) => product * length, 1);
  return { count, of: (index) => Math.floor(index / inner) % count };
}
