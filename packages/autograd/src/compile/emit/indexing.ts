/**
 * @file Gather and scatter-add along one axis, seen as [before, axis, after]. Indices are checked before anything
 * is written; one that is out of range is reported with its position.
 */
import { bytesPerElement } from "../../array/dtype.ts";
import { sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import type { Places } from "./nest.ts";

interface IndexingContext {
  readonly places: Places;
  readonly report: number;
}

function addressOf({ places }: IndexingContext, value: Value): number {
  const { base, offset } = places.layout(value);
  return places.address(base) + offset * bytesPerElement(value.dtype);
}

export function emitGather(value: Value, axis: number, context: IndexingContext): Code {
  const code = new Code([], "i32");
  const [source, indices] = value.operands;
  const bytes = bytesPerElement(value.dtype);
  const length = source.shape[axis];
  const rowBytes = sizeOf(source.shape.slice(axis + 1)) * bytes;
  checkIndices(code, addressOf(context, indices), indices.shape[0], length, context.report);
  const [from, to, position, row] = [0, 1, 2, 3].map(() => code.local("i32"));
  code.i32(addressOf(context, source)).set(from).i32(context.places.address(value)).set(to);
  repeat(code, sizeOf(source.shape.slice(0, axis)), () => {
    code.i32(addressOf(context, indices)).set(position);
    repeat(code, indices.shape[0], () => {
      code
        .get(position)
        .memory("i32.load")
        .i32(rowBytes)
        .op("i32.mul")
        .get(from)
        .op("i32.add")
        .set(row);
      code.get(to, row).i32(rowBytes).copyMemory();
      advance(code, to, rowBytes);
      advance(code, position, 4);
    });
    advance(code, from, length * rowBytes);
  });
  code.i32(0);
  return code;
}

export function emitScatterAdd(value: Value, axis: number, context: IndexingContext): Code {
  const code = new Code([], "i32");
  const [updates, indices] = value.operands;
  const { dtype } = value;
  const bytes = bytesPerElement(dtype);
  const length = value.shape[axis];
  const after = sizeOf(value.shape.slice(axis + 1));
  const rowBytes = after * bytes;
  const target = context.places.address(value);
  checkIndices(code, addressOf(context, indices), indices.shape[0], length, context.report);
  code
    .i32(target)
    .i32(0)
    .i32(sizeOf(value.shape) * bytes)
    .fillMemory();
  const [from, to, position, row] = [0, 1, 2, 3].map(() => code.local("i32"));
  code.i32(addressOf(context, updates)).set(from).i32(target).set(to);
  const add = dtype === "float32" ? "f32x4.add" : dtype === "float64" ? "f64x2.add" : "i32x4.add";
  const lanes = 16 / bytes;
  repeat(code, sizeOf(value.shape.slice(0, axis)), () => {
    code.i32(addressOf(context, indices)).set(position);
    repeat(code, indices.shape[0], () => {
      code
        .get(position)
        .memory("i32.load")
        .i32(rowBytes)
        .op("i32.mul")
        .get(to)
        .op("i32.add")
        .set(row);
      repeat(code, Math.floor(after / lanes), () => {
        code.get(row, row).memory("v128.load").get(from).memory("v128.load").op(add);
        code.memory("v128.store");
        advance(code, row, 16);
        advance(code, from, 16);
      });
      repeat(code, after % lanes, () => {
        const [load, store] =
          bytes === 8
            ? (["v128.load64_splat", "v128.store64_lane"] as const)
            : (["v128.load32_splat", "v128.store32_lane"] as const);
        code.get(row, row).memory(load).get(from).memory(load).op(add).memoryLane(store, 0, 0);
        advance(code, row, bytes);
        advance(code, from, bytes);
      });
      advance(code, position, 4);
    });
    advance(code, to, length * rowBytes);
  });
  code.i32(0);
  return code;
}

/** Returns 1 from the function where an index is out of range, and leaves it and its position at `report`. */
export function checkIndices(
  code: Code,
  address: number,
  count: number,
  length: number,
  report: number,
): void {
  const [position, index] = [code.local("i32"), code.local("i32")];
  code.i32(0).set(position);
  repeat(code, count, () => {
    code.get(position).i32(4).op("i32.mul").memory("i32.load", address).tee(index);
    // a negative index is a large unsigned one
    code
      .i32(length)
      .op("i32.lt_u", "i32.eqz")
      .when((inside) => {
        inside.i32(report).get(index).memory("i32.store");
        inside.i32(report).get(position).memory("i32.store", 4);
        inside.i32(1).op("return");
      });
    advance(code, position, 1);
  });
}
