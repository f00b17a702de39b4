/**
 * @file Loads and stores of vectors, and of one number at a time, for every dtype.
 */
import { bytesPerElement, type DType } from "../../array/dtype.ts";
import type { Code } from "../../backends/wasm/encoder.ts";

export type Lanes = 2 | 4;

/**
 * Leaves `lanes` numbers on the stack, read at the address in the local `pointer` (null: 0) plus `offset`.
 *
 * @param step bytes from one number to the next; 0 repeats one number.
 */
export function emitLoad(
  code: Code,
  dtype: DType,
  lanes: Lanes,
  pointer: number | null,
  offset: number,
  step: number,
): void {
  const bytes = bytesPerElement(dtype);
  const at = (): Code => (pointer === null ? code.i32(0) : code.get(pointer));
  if (step === 0) {
    at().memory(
      bytes === 8 ? "v128.load64_splat" : bytes === 4 ? "v128.load32_splat" : "v128.load8_splat",
      offset,
    );
    if (dtype === "bool") toMask(code);
    return;
  }
  if (step !== bytes) {
    const name =
      bytes === 8 ? "v128.load64_lane" : bytes === 4 ? "v128.load32_lane" : "v128.load8_lane";
    const vector = code.local("v128");
    code.zero().set(vector);
    for (let lane = 0; lane < lanes; lane++) {
      // a byte is put where widening would put it
      at()
        .get(vector)
        .memoryLane(name, offset + lane * step, bytes === 1 ? 4 * lane : lane);
      code.set(vector);
    }
    code.get(vector);
    if (dtype === "bool") toMask(code);
    return;
  }
  if (bytes * lanes === 16) at().memory("v128.load", offset);
  else if (bytes * lanes === 8) at().memory("v128.load64_zero", offset);
  else if (lanes === 4) at().memory("v128.load32_zero", offset);
  else at().zero().memoryLane("v128.load16_lane", offset, 0);
  if (dtype === "bool") {
    code.op("i16x8.extend_low_i8x16_u", "i32x4.extend_low_i16x8_u");
    toMask(code);
  }
}

/**
 * Stores `lanes` numbers, or the first one, of the local `value` at `pointer` plus `offset`.
 *
 * @param step bytes from one number to the next.
 */
export function emitStore(
  code: Code,
  dtype: DType,
  lanes: Lanes | 1,
  pointer: number | null,
  offset: number,
  step: number,
  value: number,
): void {
  const bytes = bytesPerElement(dtype);
  const at = (): Code => (pointer === null ? code.i32(0) : code.get(pointer));
  if (dtype !== "bool") {
    const name = bytes === 8 ? "v128.store64_lane" : "v128.store32_lane";
    if (lanes === 1) at().get(value).memoryLane(name, offset, 0);
    else if (step !== bytes) {
      for (let lane = 0; lane < lanes; lane++)
        at()
          .get(value)
          .memoryLane(name, offset + lane * step, lane);
    } else if (bytes * lanes === 16) at().get(value).memory("v128.store", offset);
    else at().get(value).memoryLane("v128.store64_lane", offset, 0);
    return;
  }
  const packed = code.local("v128");
  code
    .get(value)
    .get(code.hoist(new Int32Array(4).fill(1)))
    .op("v128.and");
  if (step !== 1 && lanes !== 1) {
    code.set(packed);
    for (let lane = 0; lane < lanes; lane++) {
      at()
        .get(packed)
        .memoryLane("v128.store8_lane", offset + lane * step, 4 * lane);
    }
    return;
  }
  code.tee(packed).get(packed).op("i16x8.narrow_i32x4_u").tee(packed);
  code.get(packed).op("i8x16.narrow_i16x8_u").set(packed);
  const name =
    lanes === 4 ? "v128.store32_lane" : lanes === 2 ? "v128.store16_lane" : "v128.store8_lane";
  at().get(packed).memoryLane(name, offset, 0);
}

/** Bytes that are 0 or 1 (repeated, or one to a lane) as a mask. */
function toMask(code: Code): void {
  code.get(code.hoist(new Int32Array(4))).op("i32x4.ne");
}
