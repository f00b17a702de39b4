/**
 * @file The workloads in TensorFlow.js, on its WebAssembly backend.
 */
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { oneHot, parametersOf, requireChanges, requireClose, serve } from "./serve.mjs";

const require = createRequire(import.meta.url);
console.warn = () => {};
// the union package: tfjs-core alone registers no gradients
const tf = require("@tensorflow/tfjs");
const wasm = require("@tensorflow/tfjs-backend-wasm");
wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
wasm.setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();
tf.enableProdMode();
if (tf.getBackend() !== "wasm") throw new Error("the backend wasm is not to be had");

const EPSILON = 1e-5;
const RATE = 0.1;

const tensor = ({ shape, data }) =>
  tf.tensor(data, shape, data instanceof Int32Array ? "int32" : "float32");

function products(problem) {
  const { inputs, expected, parameters } = problem;
  const prepare = () => {
    const [a, b] = [tensor(inputs.a), tensor(inputs.b)];
    const product = () =>
      tf.matMul(a, b, parameters.transposed === "a", parameters.transposed === "b");
    return {
      check: () => {
        const found = product().dataSync();
        requireClose(
          "product",
          Array.from(inputs.places.data, (i) => found[i]),
          expected.values.data,
        );
      },
      run: () => product().dispose(),
    };
  };
  return [{ problem: problem.name, variant: "matMul", prepare }];
}

function chain(problem) {
  const { inputs, expected } = problem;
  const f = (x, a, b) => tf.mean(tf.mul(tf.sigmoid(tf.add(tf.mul(a, x), b)), x));
  const operands = () => [inputs.x, inputs.a, inputs.b].map(tensor);
  const forward = () => {
    const all = operands();
    const run = () => tf.tidy(() => f(...all).dataSync());
    return { run, check: () => requireClose("value", run(), expected.value.data) };
  };
  const gradient = () => {
    const all = operands();
    const differentiate = tf.valueAndGrads(f);
    return {
      check: () => {
        const { value, grads } = differentiate(all);
        requireClose("value", value.dataSync(), expected.value.data);
        ["x", "a", "b"].forEach((name, i) => {
          requireClose(`gradient of ${name}`, grads[i].dataSync(), expected[name].data);
        });
      },
      run: () => {
        tf.tidy(() => {
          differentiate(all).value.dataSync();
        });
      },
    };
  };
  return [
    { problem: `${problem.name}: forward`, variant: "eager", prepare: forward },
    { problem: `${problem.name}: forward + gradient`, variant: "eager", prepare: gradient },
  ];
}

function composite(z, gamma, beta, axes) {
  const centered = tf.sub(z, tf.mean(z, axes, true));
  const variance = tf.mean(tf.square(centered), axes, true);
  return tf.add(tf.mul(tf.div(centered, tf.sqrt(tf.add(variance, EPSILON))), gamma), beta);
}

function fused(z, gamma, beta, axes) {
  const { mean, variance } = tf.moments(z, axes);
  return tf.batchNorm(z, mean, variance, beta, gamma, EPSILON);
}

function batchNorm(problem) {
  const { name, inputs, expected, parameters } = problem;
  const { shape } = inputs.x;
  const { channelAxis } = parameters;
  const axes = [...shape.keys()].filter((axis) => axis !== channelAxis);
  const perChannel = shape.map((length, axis) => (axis === channelAxis ? length : 1));
  const isLast = channelAxis === shape.length - 1;
  const prepare = (f) => () => {
    const place = (t) => (isLast ? tensor(t) : tensor(t).reshape(perChannel));
    const all = [tensor(inputs.x), place(inputs.gamma), place(inputs.beta)];
    const cotangent = tensor(inputs.cotangent);
    const differentiate = tf.valueAndGrads((x, gamma, beta) => f(x, gamma, beta, axes));
    return {
      check: () => {
        const { value, grads } = differentiate(all, cotangent);
        requireClose("output", value.dataSync(), expected.output.data);
        ["xBar", "gammaBar", "betaBar"].forEach((of, i) => {
          requireClose(of, grads[i].dataSync(), expected[of].data);
        });
      },
      run: () => {
        tf.tidy(() => {
          differentiate(all, cotangent);
        });
      },
    };
  };
  return [
    { problem: name, variant: "composite", prepare: prepare(composite) },
    // tf.batchNorm takes its channels from the last axis
    ...(isLast ? [{ problem: name, variant: "fused", prepare: prepare(fused) }] : []),
  ];
}

/** The parameters as variables, and one step of SGD on `loss`, which returns the loss before it. */
function training(problem, loss, stored = (t) => t) {
  const { inputs, expected } = problem;
  const names = parametersOf(problem).map(([name]) => name);
  const p = Object.fromEntries(
    names.map((name) => [name, tf.variable(tensor(stored(inputs[name])))]),
  );
  const x = tensor(stored(inputs.x));
  const classes = p[names.at(-1)].size;
  const labels = tensor(oneHot(inputs.labels, classes));
  const optimizer = tf.train.sgd(RATE);
  const variables = Object.values(p);
  const step = () => {
    const value = optimizer.minimize(() => loss(p, x, labels), true, variables);
    const [number] = value.dataSync();
    value.dispose();
    return number;
  };
  return {
    run: step,
    check: () => {
      const losses = Array.from(expected.losses.data, step);
      requireClose("losses", losses, expected.losses.data);
      requireChanges(problem, stored, (name) => p[name].dataSync());
    },
  };
}

function network(problem) {
  const isNormalized = problem.name === "batch norm";
  const loss = (normalize) => (p, x, labels) => {
    let h = x;
    for (let i = 0; i < 3; i++) {
      const z = tf.matMul(h, p[`weight${i}`]);
      h = tf.sigmoid(
        isNormalized ? normalize(z, p[`gamma${i}`], p[`beta${i}`], [0]) : tf.add(z, p[`bias${i}`]),
      );
    }
    return tf.losses.softmaxCrossEntropy(labels, tf.add(tf.matMul(h, p.weight3), p.bias3));
  };
  const one = (variant, normalize) => ({
    problem: problem.name,
    variant,
    prepare: () => training(problem, loss(normalize)),
  });
  return isNormalized ? [one("composite", composite), one("fused", fused)] : [one("eager", null)];
}

/** [a, b, c, d] to the order of `axes`. */
function permuted({ shape, data }, axes) {
  const size = axes.map((axis) => shape[axis]);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((product, n) => product * n, 1));
  const result = new Float32Array(data.length);
  let at = 0;
  for (let i = 0; i < size[0]; i++) {
    for (let j = 0; j < size[1]; j++) {
      for (let k = 0; k < size[2]; k++) {
        for (let l = 0; l < size[3]; l++) {
          const index = [i, j, k, l].reduce((sum, n, m) => sum + n * strides[axes[m]], 0);
          result[at++] = data[index];
        }
      }
    }
  }
  return { shape: size, data: result };
}

/** Images to NHWC, and kernels, which are told by their 3 × 3, to HWIO. */
function channelsLast(t) {
  if (t.shape.length !== 4) return t;
  const isKernel = t.shape[2] === 3 && t.shape[3] === 3;
  return permuted(t, isKernel ? [2, 3, 1, 0] : [0, 2, 3, 1]);
}

/**
 * The backend has no gradient of a convolution by its kernel. This one is a user's: a convolution of the
 * images with the cotangent, samples in the place of channels, and dilated by the stride.
 */
function registerKernelGradient() {
  if (tf.getKernel("Conv2DBackpropFilter", "wasm")) return;
  const kernelFunc = ({ inputs: { x, dy }, attrs: { strides, pad, filterShape } }) => {
    const dilation = Array.isArray(strides) ? strides[0] : strides;
    return tf.tidy(() => {
      const images = tf.transpose(x, [3, 1, 2, 0]);
      const cotangent = tf.transpose(dy, [1, 2, 0, 3]);
      const full = tf.conv2d(images, cotangent, 1, pad, "NHWC", dilation);
      const [height, width, inputs, outputs] = filterShape;
      const cut = tf.slice(full, [0, 0, 0, 0], [inputs, height, width, outputs]);
      return tf.transpose(cut, [1, 2, 0, 3]);
    });
  };
  tf.registerKernel({ kernelName: "Conv2DBackpropFilter", backendName: "wasm", kernelFunc });
}

function convNet(problem) {
  const layer = (h, p, i, stride) =>
    tf.relu(
      composite(tf.conv2d(h, p[`kernel${i}`], stride, 1), p[`gamma${i}`], p[`beta${i}`], [0, 1, 2]),
    );
  const loss = (p, x, labels) => {
    const pooled = tf.mean(layer(layer(x, p, 1, 1), p, 2, 2), [1, 2]);
    return tf.losses.softmaxCrossEntropy(labels, tf.add(tf.matMul(pooled, p.weight), p.bias));
  };
  const prepare = () => {
    registerKernelGradient();
    return training(problem, loss, channelsLast);
  };
  return [{ problem: problem.name, variant: "composite, user-written kernel", prepare }];
}

function additions(problem) {
  const { inputs, expected, parameters } = problem;
  const [x, cotangent] = [tensor(inputs.x), tensor(inputs.cotangent)];
  const step = tf.fill(inputs.x.shape, parameters.step);
  const chained = (start) => {
    let y = start;
    for (let i = 0; i < parameters.additions; i++) y = tf.add(y, step);
    return y;
  };
  const plain = () => ({
    check: () => requireClose("output", chained(x).dataSync(), expected.output.data),
    run: () => {
      tf.tidy(() => {
        chained(x);
      });
    },
  });
  const recording = () => {
    const engine = tf.engine();
    const run = () => {
      engine.startTape();
      tf.tidy(() => {
        chained(x);
      });
      engine.endTape();
    };
    return { check: run, run };
  };
  const backward = () => {
    const gradient = tf.grad(chained);
    return {
      check: () => requireClose("xBar", gradient(x, cotangent).dataSync(), expected.xBar.data),
      run: () => {
        tf.tidy(() => {
          gradient(x, cotangent);
        });
      },
    };
  };
  return [
    { problem: problem.name, variant: "plain", prepare: plain },
    { problem: problem.name, variant: "recording", prepare: recording },
    { problem: problem.name, variant: "recording + backward", prepare: backward },
  ];
}

const WORKLOADS = {
  W1: products,
  W2: chain,
  W3: batchNorm,
  W4: batchNorm,
  W5: network,
  W6: convNet,
  W7: additions,
};

await serve(`TensorFlow.js ${tf.version.tfjs}, wasm, one thread`, (workload, problems) =>
  problems.flatMap(WORKLOADS[workload]),
);
