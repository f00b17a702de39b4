/**
 * @file Elementwise kernels: one printed loop per expression, dtypes and walk of the innermost axis.
 */
import type { DType, TypedArray } from "../../array/dtype.ts";
import type { StridedArray } from "../../array/strided-array.ts";
import { input, type Scalar } from "../../kernel/scalar.ts";
import { compileLoop, type Loop, planLoops, runLoops, walkOf } from "./loops.ts";
import { computeScalar, printScalar } from "./scalar-code.ts";

const loops = new WeakMap<Scalar, Map<string, Loop>>();
const COPY = input(0);

/** Computes `expression` at every index of `inputs`, all of the shape of `output`, into `output`. */
export function runElementwise(
  expression: Scalar,
  inputs: readonly StridedArray[],
  output: StridedArray,
  dtype: DType,
): void {
  const operands = [output, ...inputs];
  const nest = planLoops(output.shape, operands);
  const walks = nest.strides.at(-1)?.map(walkOf) ?? operands.map(() => "0" as const);
  runLoops(loopFor(expression, dtype, operands, walks.join("")), nest, operands);
}

/** Copies the elements of `source` to `target`, converting to the storage of `target`. */
export function copyElements(source: StridedArray, target: StridedArray, dtype: DType): void {
  runElementwise(COPY, [source], target, dtype);
}

function loopFor(
  expression: Scalar,
  dtype: DType,
  operands: readonly StridedArray[],
  walks: string,
): Loop {
  let known = loops.get(expression);
  if (known === undefined) {
    known = new Map();
    loops.set(expression, known);
  }
  let key = dtype + walks;
  for (const operand of operands) key += storageLetter(operand.data);
  let loop = known.get(key);
  if (loop === undefined) {
    const body = printElementwise(expression, dtype, walks);
    loop = compileLoop(body, key) ?? closureLoop(expression, dtype);
    known.set(key, loop);
  }
  return loop;
}

function storageLetter(data: TypedArray): string {
  if (data instanceof Float32Array) return "f";
  if (data instanceof Float64Array) return "d";
  return data instanceof Int32Array ? "i" : "b";
}

/** The text of the loop. Operand 0 is the output; `walks` has one letter for each operand. */
export function printElementwise(expression: Scalar, dtype: DType, walks: string): string {
  const names = [...walks].map((_, k) => (k === 0 ? "o" : `x${k}`));
  const at = (k: number): string =>
    walks[k] === "1" ? `p${k} + j` : walks[k] === "0" ? `p${k}` : `p${k} + j * s${k}`;
  const inputs = names
    .slice(1)
    .map((name, i) => (walks[i + 1] === "0" ? `v${i + 1}` : `${name}[${at(i + 1)}]`));
  const lines = names.map(
    (name, k) =>
      `const ${name} = data[${k}], r${k} = outer[${k}], s${k} = inner[${k}]; let p${k} = position[${k}];`,
  );
  lines.push("for (let i = 0; i < rows; i++) {");
  names.forEach((name, k) => {
    if (k > 0 && walks[k] === "0") lines.push(`const v${k} = ${name}[p${k}];`);
  });
  lines.push(
    `for (let j = 0; j < columns; j++) o[${at(0)}] = ${printScalar(expression, inputs, dtype)};`,
  );
  lines.push(`${names.map((_, k) => `p${k} += r${k};`).join(" ")} }`);
  return lines.join("\n");
}

/** The same loop without printing code. */
export function closureLoop(expression: Scalar, dtype: DType): Loop {
  const compute = computeScalar(expression, dtype);
  return (rows, columns, data, position, outer, inner) => {
    const values = new Array<number>(data.length - 1);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        for (let k = 1; k < data.length; k++) {
          values[k - 1] = data[k][position[k] + i * outer[k] + j * inner[k]];
        }
        data[0][position[0] + i * outer[0] + j * inner[0]] = compute(values);
      }
    }
  };
}
