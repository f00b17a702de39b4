/** @file Jacobian matrices by one compiled program, which is called once for each input number. */
import { compile, jvp, type Tensor, tensor } from "@tapegrad/autograd";

/**
 * The Jacobian of `f` by its first argument as a matrix, [numbers that come out, numbers put in], float64. The program
 * is compiled once for each shape; a program of all columns at once would have a forward walk for each of them.
 */
export function compiledJacobian<Rest extends readonly Tensor[]>(
  f: (x: Tensor, ...rest: Rest) => Tensor,
): (x: Tensor, ...rest: Rest) => Tensor {
  const along = compile((x: Tensor, direction: Tensor, ...rest: Rest) => {
    return jvp((primal: Tensor) => f(primal, ...rest), [x], [direction]).tangent;
  });
  return (x, ...rest) => {
    const columns = Array.from({ length: x.size }, (_, at) => {
      const unit = new Float64Array(x.size);
      unit[at] = 1;
      return along(x, tensor(unit, { shape: x.shape, dtype: x.dtype }), ...rest).toTypedArray();
    });
    const rows = columns[0].length;
    const matrix = new Float64Array(rows * x.size);
    columns.forEach((column, j) => {
      for (let i = 0; i < rows; i++) matrix[i * x.size + j] = column[i];
    });
    return tensor(matrix, { shape: [rows, x.size] });
  };
}
