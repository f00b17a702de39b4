/**
 * @file Gather and scatter-add at positions inside planes. Positions are checked before anything is written,
 * unless they are those that pooling found.
 */
import { bytesPerElement, type DType } from "../../array/dtype.ts";
import { sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import { checkIndices } from "./indexing.ts";
import type { Places } from "./nest.ts";

interface PlaneContext {
  readonly places: Places;
  readonly report: number;
}

const INSTRUCTIONS = {
  float32: { load: "f32.load", store: "f32.store", add: "f32.add" },
  float64: { load: "f64.load", store: "f64.store", add: "f64.add" },
  int32: { load: "i32.load", store: "i32.store", add: "i32.add" },
  bool: { load: "i32.load8_u", store: "i32.store8", add: "i32.add" },
} as const satisfies Record<DType, unknown>;

/** Positions in one plane. */
export function planeSizeOf({ shape }: Value): number {
  return sizeOf(shape.slice(-2));
}

/** Whether no position of `indices` can be outside of planes of `size`, as pooling of such planes made them. */
export function areInside(indices: Value, size: number): boolean {
  const { op, operands } = indices;
  if (op.kind !== "routine" || op.kernel.kind !== "poolIndices") return false;
  return planeSizeOf(operands[0]) <= size;
}

export function emitPlaneGather(value: Value, context: PlaneContext): Code {
  const [source, indices] = value.operands;
  const { load, store } = INSTRUCTIONS[value.dtype];
  const plane = { value: source, bytes: bytesPerElement(value.dtype) };
  return eachPosition(value, indices, planeSizeOf(source), context, (code, at) => {
    code
      .i32(addressOf(context, source))
      .set(at.plane)
      .i32(context.places.address(value))
      .set(at.flat);
    at.each(plane.bytes, () => {
      code.get(at.flat);
      at.address(plane.bytes);
      code.memory(load).memory(store);
    });
  });
}

export function emitPlaneScatterAdd(value: Value, context: PlaneContext): Code {
  const [updates, indices] = value.operands;
  const { load, store, add } = INSTRUCTIONS[value.dtype];
  const bytes = bytesPerElement(value.dtype);
  const target = context.places.address(value);
  return eachPosition(value, indices, planeSizeOf(value), context, (code, at) => {
    code
      .i32(target)
      .i32(0)
      .i32(sizeOf(value.shape) * bytes)
      .fillMemory();
    code.i32(target).set(at.plane).i32(addressOf(context, updates)).set(at.flat);
    const place = code.local("i32");
    at.each(bytes, () => {
      at.address(bytes);
      code.tee(place).get(place).memory(load).get(at.flat).memory(load).op(add).memory(store);
    });
  });
}

interface Walk {
  /** Locals: the address of the plane, and of what lies beside the positions. */
  readonly plane: number;
  readonly flat: number;
  /** Emits a loop over all positions that moves the locals. */
  each(bytes: number, body: () => void): void;
  /** Leaves the address of the position in its plane. */
  address(bytes: number): void;
}

/** A function that checks the positions if it must, then does what `emit` says. */
function eachPosition(
  value: Value,
  indices: Value,
  size: number,
  context: PlaneContext,
  emit: (code: Code, walk: Walk) => void,
): Code {
  const isSafe = areInside(indices, size);
  const code = new Code([], isSafe ? null : "i32");
  const count = planeSizeOf(indices);
  const first = addressOf(context, indices);
  if (!isSafe) checkIndices(code, first, sizeOf(indices.shape), size, context.report);
  const [plane, flat, position] = [code.local("i32"), code.local("i32"), code.local("i32")];
  emit(code, {
    plane,
    flat,
    each: (bytes, body) => {
      code.i32(first).set(position);
      repeat(code, sizeOf(value.shape.slice(0, -2)), () => {
        repeat(code, count, () => {
          body();
          advance(code, position, 4);
          advance(code, flat, bytes);
        });
        advance(code, plane, size * bytes);
      });
    },
    address: (bytes) => {
      code.get(position).memory("i32.load").i32(bytes).op("i32.mul").get(plane).op("i32.add");
    },
  });
  if (!isSafe) code.i32(0);
  return code;
}

function addressOf({ places }: PlaneContext, value: Value): number {
  const { base, offset } = places.layout(value);
  return places.address(base) + offset * bytesPerElement(value.dtype);
}
