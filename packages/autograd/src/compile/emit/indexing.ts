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
  const shape = shapesOf(value)[0];
  const length = shape[axis];
  const rowBytes = sizeOf(shape.slice(axis + 1)) * bytes;
  checkIndices(code, addressOf(context, indices), indices.shape[0], length, context.report);
  const [from, to, position, row] = [0, 1, 2, 3].map(() => code.local("i32"));
  code.i32(addressOf(context, source)).set(from).i32(context.places.address(value)).set(to);
  repeat(code, sizeOf(shape.slice(0, axis)), () => {
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

/** Sums of float32 are taken in float64, in `scratch`, and rounded once. */
export function emitScatterAdd(
  value: Value,
  axis: number,
  context: IndexingContext & { readonly scratch: number },
): Code {
  const code = new Code([], "i32");
  const [updates, indices] = value.operands;
  const { dtype } = value;
  const isSingle = dtype === "float32";
  const bytes = bytesPerElement(dtype);
  const sumBytes = isSingle ? 8 : bytes;
  const length = value.shape[axis];
  const after = sizeOf(value.shape.slice(axis + 1));
  const target = context.places.address(value);
  const sums = isSingle ? context.scratch : target;
  const size = sizeOf(value.shape);
  checkIndices(code, addressOf(context, indices), indices.shape[0], length, context.report);
  code
    .i32(sums)
    .i32(0)
    .i32(size * sumBytes)
    .fillMemory();
  const [from, to, position, row] = [0, 1, 2, 3].map(() => code.local("i32"));
  code.i32(addressOf(context, updates)).set(from).i32(sums).set(to);
  repeat(code, sizeOf(value.shape.slice(0, axis)), () => {
    code.i32(addressOf(context, indices)).set(position);
    repeat(code, indices.shape[0], () => {
      code
        .get(position)
        .memory("i32.load")
        .i32(after * sumBytes)
        .op("i32.mul")
        .get(to)
        .op("i32.add")
        .set(row);
      repeat(code, after, () => {
        code.get(row, row);
        if (dtype === "int32") {
          code.memory("i32.load").get(from).memory("i32.load").op("i32.add").memory("i32.store");
        } else {
          code
            .memory("f64.load")
            .get(from)
            .memory(isSingle ? "f32.load" : "f64.load");
          if (isSingle) code.op("f64.promote_f32");
          code.op("f64.add").memory("f64.store");
        }
        advance(code, row, sumBytes);
        advance(code, from, bytes);
      });
      advance(code, position, 4);
    });
    advance(code, to, length * after * sumBytes);
  });
  if (isSingle) {
    code.i32(sums).set(from).i32(target).set(to);
    repeat(code, size, () => {
      code.get(to).get(from).memory("f64.load").op("f32.demote_f64").memory("f32.store");
      advance(code, to, 4);
      advance(code, from, 8);
    });
  }
  code.i32(0);
  return code;
}

/** Bytes of scratch memory of a scatter-add. */
export function scatterAddScratch(value: Value): number {
  return value.dtype === "float32" ? sizeOf(value.shape) * 8 : 0;
}

function shapesOf({ op, operands }: Value): readonly (readonly number[])[] {
  return op.kind === "routine" ? op.shapes : operands.map(({ shape }) => shape);
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
