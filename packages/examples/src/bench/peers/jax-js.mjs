/**
 * @file The workloads in jax-js, on its WebAssembly backend: operation by operation ("eager") and compiled
 * ("jit"). Its arrays are freed by whoever takes them last, so every use but the last is a `ref`.
 */
import { createRequire } from "node:module";
import * as jax from "@jax-js/jax";
import { oneHot, parametersOf, requireChanges, requireClose, serve } from "./serve.mjs";

const { numpy: np, nn, lax, jit, tree, valueAndGrad, vjp } = jax;
await jax.init("wasm");
jax.defaultDevice("wasm");

const EPSILON = 1e-5;
const RATE = 0.1;
const MODES = ["jit", "eager"];

const array = ({ shape, data }) =>
  np.array(data, { shape, dtype: data instanceof Int32Array ? np.int32 : np.float32 });
const refs = (arrays) => arrays.map((a) => a.ref);
const inMode = (mode, f) => (mode === "jit" ? jit(f) : f);

/** Waits for all of them and frees them. */
async function finish(arrays) {
  for (const a of arrays) await a.blockUntilReady();
  for (const a of arrays) a.dispose();
}

function products(problem) {
  const { inputs, expected, parameters } = problem;
  const prepare = () => {
    const [a, b] = [array(inputs.a), array(inputs.b)];
    const product = () =>
      np.matmul(
        parameters.transposed === "a" ? np.transpose(a.ref) : a.ref,
        parameters.transposed === "b" ? np.transpose(b.ref) : b.ref,
      );
    return {
      check: () => {
        const found = product().dataSync();
        requireClose(
          "product",
          Array.from(inputs.places.data, (i) => found[i]),
          expected.values.data,
        );
      },
      run: () => finish([product()]),
    };
  };
  return [{ problem: problem.name, variant: "matmul", prepare }];
}

function chain(problem) {
  const { inputs, expected } = problem;
  const f = (x, a, b) => np.mean(nn.sigmoid(a.mul(x.ref).add(b)).mul(x));
  const operands = () => [inputs.x, inputs.a, inputs.b].map(array);
  const forward = (mode) => () => {
    const all = operands();
    const call = inMode(mode, f);
    const run = () => call(...refs(all)).dataSync();
    return { run, check: () => requireClose("value", run(), expected.value.data) };
  };
  const gradient = (mode) => () => {
    const all = operands();
    const call = inMode(mode, valueAndGrad(f, { argnums: [0, 1, 2] }));
    return {
      check: () => {
        const [value, gradients] = call(...refs(all));
        requireClose("value", value.dataSync(), expected.value.data);
        ["x", "a", "b"].forEach((name, i) => {
          requireClose(`gradient of ${name}`, gradients[i].dataSync(), expected[name].data);
        });
      },
      run: () => {
        const [value, gradients] = call(...refs(all));
        return finish([value, ...gradients]);
      },
    };
  };
  return MODES.flatMap((mode) => [
    { problem: `${problem.name}: forward`, variant: mode, prepare: forward(mode) },
    { problem: `${problem.name}: forward + gradient`, variant: mode, prepare: gradient(mode) },
  ]);
}

function composite(z, gamma, beta, axes) {
  const centered = z.ref.sub(z.mean(axes, { keepdims: true }));
  const variance = np.square(centered.ref).mean(axes, { keepdims: true });
  return centered
    .div(np.sqrt(variance.add(EPSILON)))
    .mul(gamma)
    .add(beta);
}

function batchNorm(problem) {
  const { inputs, expected, parameters } = problem;
  const { shape } = inputs.x;
  const { channelAxis } = parameters;
  const axes = [...shape.keys()].filter((axis) => axis !== channelAxis);
  const perChannel = shape.map((length, axis) => (axis === channelAxis ? length : 1));
  const both = (x, gamma, beta, cotangent) => {
    const f = (...all) => composite(...all, axes);
    const [output, pullback] = vjp(f, [x, gamma, beta]);
    const gradients = pullback(cotangent);
    pullback.dispose();
    return [output, ...gradients];
  };
  const prepare = (mode) => () => {
    const place = (t) => array({ shape: perChannel, data: t.data });
    const { x, gamma, beta, cotangent } = inputs;
    const all = [array(x), place(gamma), place(beta), array(cotangent)];
    const call = inMode(mode, both);
    return {
      check: () => {
        const found = call(...refs(all));
        ["output", "xBar", "gammaBar", "betaBar"].forEach((of, i) => {
          requireClose(of, found[i].dataSync(), expected[of].data);
        });
      },
      run: () => finish(call(...refs(all))),
    };
  };
  return MODES.map((mode) => ({ problem: problem.name, variant: mode, prepare: prepare(mode) }));
}

/** One step of SGD on `loss`, which returns the loss before it. */
function training(problem, loss, mode) {
  const { inputs, expected } = problem;
  const names = parametersOf(problem).map(([name]) => name);
  let p = Object.fromEntries(names.map((name) => [name, array(inputs[name])]));
  const x = array(inputs.x);
  const labels = array(oneHot(inputs.labels, inputs[names.at(-1)].shape[0]));
  const update = inMode(mode, (parameters, images, targets) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(parameters), images, targets);
    const next = Object.fromEntries(
      names.map((name) => [name, parameters[name].sub(gradients[name].mul(RATE))]),
    );
    return [next, value];
  });
  const step = async () => {
    const [next, value] = update(p, x.ref, labels.ref);
    p = next;
    await jax.blockUntilReady(p);
    return (await value.data())[0];
  };
  return {
    run: step,
    check: async () => {
      const losses = [];
      while (losses.length < expected.losses.data.length) losses.push(await step());
      requireClose("losses", losses, expected.losses.data);
      requireChanges(
        problem,
        (t) => t,
        (name) => p[name].ref.dataSync(),
      );
    },
  };
}

const crossEntropy = (logits, labels) => {
  const [rows] = labels.shape;
  return nn
    .logSoftmax(logits)
    .mul(labels)
    .sum()
    .mul(-1 / rows);
};

function network(problem) {
  const isNormalized = problem.name === "batch norm";
  const loss = (p, x, labels) => {
    let h = x;
    for (let i = 0; i < 3; i++) {
      const z = np.matmul(h, p[`weight${i}`]);
      h = nn.sigmoid(
        isNormalized ? composite(z, p[`gamma${i}`], p[`beta${i}`], [0]) : z.add(p[`bias${i}`]),
      );
    }
    return crossEntropy(np.matmul(h, p.weight3).add(p.bias3), labels);
  };
  return MODES.map((mode) => ({
    problem: problem.name,
    variant: mode,
    prepare: () => training(problem, loss, mode),
  }));
}

function convNet(problem) {
  const padding = [
    [1, 1],
    [1, 1],
  ];
  const layer = (h, p, i, stride) => {
    const perChannel = [1, -1, 1, 1];
    const [gamma, beta] = [p[`gamma${i}`], p[`beta${i}`]].map((a) => a.reshape(perChannel));
    const z = lax.conv(h, p[`kernel${i}`], [stride, stride], padding);
    return nn.relu(composite(z, gamma, beta, [0, 2, 3]));
  };
  const loss = (p, x, labels) => {
    const pooled = layer(layer(x, p, 1, 1), p, 2, 2).mean([2, 3]);
    return crossEntropy(np.matmul(pooled, p.weight).add(p.bias), labels);
  };
  // several seconds a step either way: one of the two is enough
  return [{ problem: problem.name, variant: "jit", prepare: () => training(problem, loss, "jit") }];
}

function additions(problem) {
  const { inputs, expected, parameters } = problem;
  const chained = (x, step) => {
    let y = x;
    for (let i = 0; i < parameters.additions; i++) y = y.add(step.ref);
    step.dispose();
    return y;
  };
  const step = () =>
    array({ shape: inputs.x.shape, data: inputs.x.data.map(() => parameters.step) });
  const plain = () => {
    const [x, c] = [array(inputs.x), step()];
    return {
      check: () => {
        requireClose("output", chained(x.ref, c.ref).dataSync(), expected.output.data);
      },
      run: () => finish([chained(x.ref, c.ref)]),
    };
  };
  const backward = () => {
    const [x, c, cotangent] = [array(inputs.x), step(), array(inputs.cotangent)];
    const call = () => {
      const [output, pullback] = vjp((start) => chained(start, c.ref), [x.ref]);
      const [xBar] = pullback(cotangent.ref);
      pullback.dispose();
      return [output, xBar];
    };
    return {
      check: () => {
        const [output, xBar] = call();
        requireClose("output", output.dataSync(), expected.output.data);
        requireClose("xBar", xBar.dataSync(), expected.xBar.data);
      },
      run: () => finish(call()),
    };
  };
  return [
    { problem: problem.name, variant: "plain", prepare: plain },
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

const { version } = createRequire(import.meta.url)("./node_modules/@jax-js/jax/package.json");
await serve(`jax-js ${version}, wasm`, (workload, problems) =>
  problems.flatMap(WORKLOADS[workload]),
);
