/**
 * @file Elementwise kernels by WebAssembly SIMD, for large eager tensors.
 *
 * A kernel is printed from the scalar expression. Operations that are one instruction are exact (IEEE 754 rounds
 * +, -, ×, ÷ and √ correctly), so their result is that of the reference loops bit for bit; elementary functions
 * of float32 are within the units in the last place of docs/vector-math.md.
 */
import type { Aval } from "../../array/aval.ts";
import { rowMajor, type StridedArray } from "../../array/strided-array.ts";
import type { LibraryWord, Scalar, ScalarOp } from "../../kernel/scalar.ts";
import { type LoopNest, planLoops } from "../reference/loops.ts";
import { Code, encodeModule } from "./encoder.ts";
import { type Element, FLOAT32, FLOAT64, type FloatArray, loadModule, scratch } from "./engine.ts";
import { FLOAT_WORDS } from "./instructions.ts";
import { VECTOR_MATH } from "./vector-math.ts";
import { copyStrided } from "./strided-copy.ts";

/** The one instruction of each word; null where there is none. */
const INSTRUCTION = {
  ...FLOAT_WORDS,
  exp: null,
  log: null,
  pow: null,
  sign: null,
  sin: null,
  cos: null,
  tanh: null,
  sigmoid: null,
  erf: null,
  equal: null,
  notEqual: null,
  less: null,
  lessEqual: null,
  select: null,
} as const satisfies Record<Exclude<ScalarOp, LibraryWord>, string | null>;

/** null for what is no single exact instruction. */
function instructionOf(op: ScalarOp): (typeof INSTRUCTION)[keyof typeof INSTRUCTION] {
  return op in INSTRUCTION ? INSTRUCTION[op as keyof typeof INSTRUCTION] : null;
}

/** Rows shorter than this are left to the reference loops: a call per row would cost more. */
const SHORTEST_ROW = 32;

/** Takes the number of vectors, then the byte addresses of output and inputs. */
type VectorLoop = (vectors: number, ...addresses: readonly number[]) => void;

const loops = new WeakMap<Scalar, Map<string, VectorLoop | null>>();

/** The result as a new array, or null, with nothing done, where this kernel does not apply. */
export function runElementwiseSimd(
  expression: Scalar,
  inputs: readonly StridedArray[],
  aval: Aval,
): StridedArray | null {
  const element = aval.dtype === "float32" ? FLOAT32 : aval.dtype === "float64" ? FLOAT64 : null;
  if (element === null || !inputs.every((x) => isOf(x, element))) return null;
  const stride = rowMajor(aval.shape);
  // only the strides of the output matter for the plan
  const output = { ...inputs[0], shape: aval.shape, stride };
  const nest = planLoops(aval.shape, [output, ...inputs]);
  if (!fits(nest) || !inputs.every((_, i) => isDense(nest, i + 1))) return null;
  const walks = nest.strides[nest.strides.length - 1]
    .slice(1)
    .map((step) => (step === 0 ? "0" : "1"));
  const loop = loopFor(expression, element, walks.join(""));
  if (loop === null) return null;
  const data = runRows(loop, nest, inputs, element);
  return { data, shape: aval.shape, stride, offset: 0 };
}

function isOf({ data }: StridedArray, element: Element): boolean {
  return data instanceof (element === FLOAT32 ? Float32Array : Float64Array);
}

/** One or two axes, the output contiguous along the inner one. */
function fits({ lengths, strides }: LoopNest): boolean {
  if (lengths.length === 0 || lengths.length > 2) return false;
  if (lengths.length === 2 && lengths[1] < SHORTEST_ROW) return false;
  return strides[strides.length - 1][0] === 1;
}

/** Whether the numbers of operand `k` lie close enough together to be copied with what is between them. */
function isDense({ lengths, strides }: LoopNest, k: number): boolean {
  const span = lengths.reduce((sum, n, axis) => sum + (n - 1) * Math.abs(strides[axis][k]), 1);
  return span <= 2 * lengths.reduce((product, n) => product * n, 1);
}

/** Whether the loop walks an input itself: contiguous or still along a row, rows forwards and not far apart. */
function isDirect(inner: number, outer: number, columns: number): boolean {
  return (inner === 0 || inner === 1) && outer >= 0 && outer <= columns;
}

/**
 * Copies the inputs in, computes row by row, and copies the result out. A row is computed in whole
 * vectors: what they write past its end is overwritten by the next row, or lies in the padding.
 * An input that the loop cannot walk is put in order first.
 */
function runRows(
  loop: VectorLoop,
  { lengths, strides }: LoopNest,
  inputs: readonly StridedArray[],
  element: Element,
): FloatArray {
  const { bytes, lanes } = element;
  const columns = lengths[lengths.length - 1];
  const rows = lengths.length === 2 ? lengths[0] : 1;
  const inner = strides[strides.length - 1];
  const outer = lengths.length === 2 ? strides[0] : inner.map(() => 0);
  const addresses = [0];
  const steps = [columns * bytes];
  let end = padded(rows * columns, lanes);
  inputs.forEach(({ data, offset }, i) => {
    const [along, between] = [inner[i + 1], outer[i + 1]];
    const [reach, reachBetween] = [(columns - 1) * along, (rows - 1) * between];
    const lowest = offset + Math.min(0, reach) + Math.min(0, reachBetween);
    const span = Math.abs(reach) + Math.abs(reachBetween) + 1;
    const direct = isDirect(along, between, columns);
    const start = direct ? end : end + padded(rows * columns, lanes);
    const memory = scratch(element, (start + padded(span, lanes)) * bytes);
    memory.set(data.subarray(lowest, lowest + span), start);
    addresses.push(end * bytes);
    steps.push((direct ? between : columns) * bytes);
    if (!direct) {
      const row = { count: rows, to: columns * bytes, from: between * bytes };
      const column = { count: columns, to: bytes, from: along * bytes };
      copyStrided(element, end * bytes, (start + offset - lowest) * bytes, row, column);
    }
    end += padded(direct ? span : rows * columns, lanes);
  });
  const vectors = Math.ceil(columns / lanes);
  for (let row = 0; row < rows; row++) {
    loop(vectors, ...addresses);
    for (let k = 0; k < addresses.length; k++) addresses[k] += steps[k];
  }
  return scratch(element, end * bytes).slice(0, rows * columns);
}

/** Room for `count` numbers and a vector that is read or written past them. */
function padded(count: number, lanes: number): number {
  return (Math.ceil(count / lanes) + 1) * lanes;
}

function loopFor(expression: Scalar, element: Element, walks: string): VectorLoop | null {
  let known = loops.get(expression);
  if (known === undefined) {
    known = new Map();
    loops.set(expression, known);
  }
  const key = element.lane + walks;
  let loop = known.get(key);
  if (loop === undefined) {
    loop = isPrinted(expression, element) ? compile(expression, element, walks) : null;
    known.set(key, loop);
  }
  return loop;
}

/** float64 keeps the elementary functions of `Math`: it is there for checks. */
function isPrinted(expression: Scalar, element: Element): boolean {
  if (expression.kind === "input") return true;
  if (expression.kind === "constant") return false;
  const isElementary = element === FLOAT32 && expression.op in VECTOR_MATH;
  if (instructionOf(expression.op) === null && !isElementary) return false;
  return expression.operands.every((operand) => isPrinted(operand, element));
}

/** `walks` has a letter for each input: 1 moves by a vector each time, 0 stays. */
function compile(expression: Scalar, element: Element, walks: string): VectorLoop | null {
  const count = walks.length;
  const VECTORS = 0;
  const address = (k: number): number => 1 + k;
  const code = new Code(new Array<"i32">(count + 2).fill("i32"));
  const locals = Array.from({ length: count }, () => code.local("v128"));
  const still = (i: number): number => locals[i];
  for (let i = 0; i < count; i++) {
    if (walks[i] === "0")
      code
        .get(address(i + 1))
        .memory(element.splat, 0)
        .set(still(i));
  }
  code.doWhile(() => {
    code.get(address(0));
    emit(
      expression,
      element,
      (i) => {
        if (walks[i] === "0") code.get(still(i));
        else code.get(address(i + 1)).memory("v128.load", 0);
      },
      code,
    );
    code.memory("v128.store", 0);
    for (let k = 0; k <= count; k++) {
      if (k === 0 || walks[k - 1] === "1")
        code.get(address(k)).i32(16).op("i32.add").set(address(k));
    }
    code.get(VECTORS).i32(1).op("i32.sub").tee(VECTORS);
  });
  const exports = loadModule(encodeModule([{ name: "loop", code }]));
  return exports === null ? null : (exports["loop"] as VectorLoop);
}

/** Leaves the value of `expression` on the stack. */
function emit(
  expression: Scalar,
  element: Element,
  load: (input: number) => void,
  code: Code,
): void {
  if (expression.kind === "input") {
    load(expression.index);
  } else if (expression.kind === "apply") {
    for (const operand of expression.operands) emit(operand, element, load, code);
    const instruction = instructionOf(expression.op);
    if (instruction !== null) code.op(`${element.lane}.${instruction}`);
    else emitElementary(expression.op, expression.operands.length, code);
  }
}

/** An elementary function of the float32 on the stack. */
function emitElementary(op: ScalarOp, arity: number, code: Code): void {
  const operands = Array.from({ length: arity }, () => code.local("v128"));
  for (const operand of operands.toReversed()) code.set(operand);
  const context = {
    code,
    element: FLOAT32,
    // the same bits on every machine
    relaxed: false,
    constant: (value: number) => code.hoist(new Float32Array(4).fill(value)),
    integer: (value: bigint) =>
      code.hoist(new Int32Array(4).fill(Number(BigInt.asIntN(32, value)))),
    temporary: () => code.local("v128"),
  };
  VECTOR_MATH[op as keyof typeof VECTOR_MATH](context, ...operands);
}
