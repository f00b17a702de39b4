/** A loop over memory around each word of VECTOR_MATH, as the compiler would write it. */
import { setFlagsFromString } from "node:v8";
import { Code, encodeModule } from "../../src/backends/wasm/encoder.ts";
import {
  type Element,
  FLOAT32,
  type FloatArray,
  loadModule,
  scratch,
} from "../../src/backends/wasm/engine.ts";
import { VECTOR_MATH, type VectorContext } from "../../src/backends/wasm/vector-math.ts";

export type Word = keyof typeof VECTOR_MATH;
type Apply = (...operands: readonly FloatArray[]) => FloatArray;

interface Constants {
  readonly numbers: Map<string, readonly [local: number, set: (code: Code) => void]>;
}

/** Writes the loop with the constants that an earlier pass found set before it. */
function write(
  word: Word,
  element: Element,
  relaxed: boolean,
  known: Constants | null,
): [Code, Constants] {
  const arity = word === "pow" ? 2 : 1;
  const code = new Code(["i32", ...new Array<"i32">(arity + 1).fill("i32")]);
  const constants: Constants = { numbers: new Map() };
  const local = (key: string, set: (code: Code) => void): number => {
    const found = constants.numbers.get(key)?.[0];
    if (found !== undefined) return found;
    const made = code.local("v128");
    constants.numbers.set(key, [made, set]);
    return made;
  };
  const isSingle = element === FLOAT32;
  const splat = (value: number): Uint8Array =>
    new Uint8Array((isSingle ? new Float32Array(4) : new Float64Array(2)).fill(value).buffer);
  const context: VectorContext = {
    code,
    element,
    relaxed,
    constant: (value) =>
      local(`${Object.is(value, -0) ? "-0" : value}`, (c) => c.vector(splat(value))),
    integer: (value) =>
      local(`i${value}`, (c) => {
        const bytes = isSingle
          ? new Uint8Array(new Int32Array(4).fill(Number(BigInt.asIntN(32, value))).buffer)
          : new Uint8Array(new BigInt64Array(2).fill(value).buffer);
        c.vector(bytes);
      }),
    temporary: () => code.local("v128"),
  };
  const operands = Array.from({ length: arity }, () => code.local("v128"));
  if (known !== null) {
    for (const [key, [, set]] of known.numbers) {
      const index = local(key, set);
      set(code);
      code.set(index);
    }
  }
  code.doWhile(() => {
    for (const [i, operand] of operands.entries()) {
      code
        .get(1 + i)
        .memory("v128.load")
        .set(operand);
    }
    code.get(1 + arity);
    VECTOR_MATH[word](context, ...operands);
    code.memory("v128.store");
    for (let k = 1; k <= arity + 1; k++) code.get(k).i32(16).op("i32.add").set(k);
    code.get(0).i32(1).op("i32.sub").tee(0);
  });
  return [code, constants];
}

export function codeOf(word: Word, element: Element, relaxed: boolean): Code {
  const [, constants] = write(word, element, relaxed, null);
  return write(word, element, relaxed, constants)[0];
}

/** Vectors, then addresses of the operands and of the result. */
export function loopOf(
  word: Word,
  element: Element,
  relaxed: boolean,
): (...args: readonly number[]) => void {
  const exports = loadModule(
    encodeModule([{ name: "loop", code: codeOf(word, element, relaxed) }]),
  );
  if (exports === null) throw new Error(`the engine refuses ${word}`);
  return exports["loop"] as (...args: readonly number[]) => void;
}

/** `word` of arrays whose lengths are whole vectors. */
export function vectorFunction(word: Word, element: Element, relaxed: boolean): Apply {
  const loop = loopOf(word, element, relaxed);
  return (...operands) => {
    const [{ length }] = operands;
    const bytes = length * element.bytes;
    const memory = scratch(element, (operands.length + 1) * bytes);
    for (const [k, x] of operands.entries()) memory.set(x, k * length);
    loop(length / element.lanes, ...operands.map((_, k) => k * bytes), operands.length * bytes);
    return memory.slice(operands.length * length, (operands.length + 1) * length);
  };
}

/** Whether relaxed multiply-add is to be had; in Node 20 it is behind a flag that later versions do not know. */
export function enableRelaxed(): boolean {
  const code = new Code();
  code.zero().zero().zero().op("f32x4.relaxed_madd", "drop");
  const probe = encodeModule([{ name: null, code }]);
  if (loadModule(probe) !== null) return true;
  if (!process.versions.node.startsWith("20.")) return false;
  setFlagsFromString("--experimental-wasm-relaxed-simd");
  return loadModule(probe) !== null;
}
