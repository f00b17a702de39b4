/**
 * @file W8: import, and one gradient of a small network. A process of its own, timed from outside.
 */
import {
  abs,
  matMul,
  mean,
  square,
  sum,
  type Tensor,
  tanh,
  tensor,
  valueAndGrad,
} from "@tapegrad/autograd";

const waves = (rows: number, columns: number): Tensor =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(i + 1) * 0.3),
    { shape: [rows, columns] },
  );

const x = waves(8, 16);
const loss = (w1: Tensor, w2: Tensor): Tensor => mean(square(matMul(tanh(matMul(x, w1)), w2)));
const { value, gradient } = valueAndGrad(([w1, w2]: readonly [Tensor, Tensor]) => loss(w1, w2))([
  waves(16, 32),
  waves(32, 4),
]);
const sums = gradient.map((g) => sum(abs(g)).item());
console.log(JSON.stringify({ numbers: [value.item(), ...sums] }));
