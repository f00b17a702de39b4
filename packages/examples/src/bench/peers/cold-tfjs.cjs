/** @file W8 in TensorFlow.js: import, and one gradient of a small network; `cpu` or `wasm`. */
console.warn = () => {};
const { dirname } = require("node:path");
const [, , backend] = process.argv;
const tf = require("@tensorflow/tfjs");
if (backend === "wasm") {
  const wasm = require("@tensorflow/tfjs-backend-wasm");
  wasm.setWasmPaths(`${dirname(require.resolve("@tensorflow/tfjs-backend-wasm"))}/`);
  wasm.setThreadsCount(1);
}

async function main() {
  await tf.setBackend(backend);
  await tf.ready();
  const waves = (rows, columns) => {
    const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i + 1) * 0.3);
    return tf.tensor(values, [rows, columns]);
  };
  const x = waves(8, 16);
  const loss = (w1, w2) => tf.mean(tf.square(tf.matMul(tf.tanh(tf.matMul(x, w1)), w2)));
  const { value, grads } = tf.valueAndGrads(loss)([waves(16, 32), waves(32, 4)]);
  const sums = grads.map((g) => tf.sum(tf.abs(g)).dataSync()[0]);
  console.log(JSON.stringify({ numbers: [value.dataSync()[0], ...sums] }));
}

void main();
