/** @file W8 in jax-js: import, and one gradient of a small network; `eager` or `jit`. */
import { defaultDevice, init, jit, numpy as np, valueAndGrad } from "@jax-js/jax";

await init("wasm");
defaultDevice("wasm");

function waves(rows, columns) {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i + 1) * 0.3);
  return np.array(values, { shape: [rows, columns] });
}

const loss = (w1, w2, x) => np.square(np.matmul(np.tanh(np.matmul(x, w1)), w2)).mean();
const eager = valueAndGrad(loss, { argnums: [0, 1] });
const call = process.argv[2] === "jit" ? jit(eager) : eager;
const [value, gradients] = call(waves(16, 32), waves(32, 4), waves(8, 16));
const sums = gradients.map((g) => g.dataSync().reduce((sum, entry) => sum + Math.abs(entry), 0));
console.log(JSON.stringify({ numbers: [value.dataSync()[0], ...sums] }));
