/**
 * @file The places of the largest elements of windows over planes.
 */
import { bytesPerElement, type DType } from "../../array/dtype.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { PoolIndicesKernel } from "../../kernel/kernel.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import { emitLoad, emitStore, type Lanes } from "./elements.ts";
import {
  addressOf,
  eachVector,
  type PoolContext,
  poolPlan,
  type Rectangle,
  type Taps,
} from "./pool-plan.ts";

/** The position of the first largest element of every window. */
export function emitPoolIndices(
  value: Value,
  kernel: PoolIndicesKernel,
  context: PoolContext,
): Code {
  const code = new Code();
  const [source] = value.operands;
  const { dtype } = source;
  const plan = poolPlan(kernel, dtype, source.shape, value.shape);
  const { bytes, lanes, planes, width, height, rows, columns, down, across } = plan;
  const [vertical, horizontal] = kernel.strides;
  const held = context.scratch;
  const [inX, inY] = [code.local("i32"), code.local("i32")];
  const [x, best, index] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const place = code.local("i32");
  const words = { code, dtype, lanes };
  const lane = Int32Array.from({ length: 4 }, (_, i) => i * horizontal);
  code.i32(addressOf(context, source)).set(inX).i32(addressOf(context, value)).set(inY);
  const tap = (a: Taps, b: Taps, k: number, l: number): void => {
    const start = (a.place + k * kernel.dilation[0]) * width + b.place + l * kernel.dilation[1];
    const first = a.first * columns + b.first;
    code
      .get(inX)
      .i32(start * bytes)
      .op("i32.add")
      .set(x);
    code.i32(held + first * bytes).set(best);
    code
      .get(inY)
      .i32(first * 4)
      .op("i32.add")
      .set(index);
    code.i32(start).set(place);
    const pointers: readonly Rectangle[] = [
      { pointer: x, row: vertical * width * bytes, column: horizontal * bytes },
      { pointer: best, row: columns * bytes, column: bytes },
      { pointer: index, row: columns * 4, column: 4 },
      // the position itself is one more number that moves
      { pointer: place, row: vertical * width, column: horizontal },
    ];
    eachVector(code, a.count, b.count, lanes, pointers, (count) =>
      keepLargest(words, count, { x, best, index, place }, horizontal * bytes, lane),
    );
  };
  repeat(code, planes, () => {
    code
      .get(inY)
      .i32(0xff)
      .i32(rows * columns * 4)
      .fillMemory();
    for (const a of down) {
      for (let k = 0; k < a.taps; k++) {
        for (const b of across) for (let l = 0; l < b.taps; l++) tap(a, b, k, l);
      }
    }
    advance(code, inX, width * height * bytes);
    advance(code, inY, rows * columns * 4);
  });
  return code;
}

/** Keeps of `best`, and of `index`, what is not less than the elements at `x`. Taps come in order. */
function keepLargest(
  { code, dtype, lanes }: { readonly code: Code; readonly dtype: DType; readonly lanes: Lanes },
  count: Lanes | 1,
  at: { readonly x: number; readonly best: number; readonly index: number; readonly place: number },
  step: number,
  lane: Int32Array,
): void {
  const [value, best, index, wins] = [0, 1, 2, 3].map(() => code.local("v128"));
  const bytes = bytesPerElement(dtype);
  const isOne = count === 1;
  emitLoad(code, dtype, lanes, at.x, 0, isOne ? 0 : step);
  code.set(value);
  emitLoad(code, dtype, lanes, at.best, 0, isOne ? 0 : bytes);
  code.set(best);
  emitLoad(code, "int32", lanes, at.index, 0, isOne ? 0 : 4);
  code
    .tee(index)
    .get(code.hoist(new Int32Array(4)))
    .op("i32x4.lt_s");
  if (dtype === "float64") code.op("i64x2.extend_low_i32x4_s");
  // a NaN wins over all but an earlier one
  if (dtype === "float32" || dtype === "float64") {
    const type = dtype === "float32" ? "f32x4" : "f64x2";
    code.get(value, best).op(`${type}.le`, "v128.not");
    code.get(best, best).op(`${type}.eq`, "v128.and", "v128.or");
  } else if (dtype === "int32") code.get(value, best).op("i32x4.gt_s", "v128.or");
  else code.get(best, value).op("i32x4.gt_s", "v128.or");
  code.set(wins);
  code.get(value, best, wins).op("v128.bitselect").set(value);
  emitStore(code, dtype, count, at.best, 0, bytes, value);
  code.get(at.place).op("i32x4.splat").get(code.hoist(lane)).op("i32x4.add").get(index).get(wins);
  if (dtype === "float64") {
    code.get(code.hoist(new Int32Array(4)));
    code.shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 16, 17, 18, 19]);
  }
  code.op("v128.bitselect").set(index);
  emitStore(code, "int32", count, at.index, 0, 4, index);
}
