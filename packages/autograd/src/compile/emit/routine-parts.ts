/**
 * @file The parts in which threads compute a routine. Every number is computed as it would be in one part: a
 * matrix product is split by whole tiles, everything else by images.
 */
import { bytesPerElement } from "../../array/dtype.ts";
import { sizeOf } from "../../array/shape.ts";
import type { RoutineKernel, Value } from "../program.ts";
import type { Places } from "./nest.ts";

export interface ColumnsOrRows {
  readonly kind: "columns" | "rows";
  readonly start: number;
  readonly length: number;
}

/** A range of the leading axis. */
export interface Images {
  readonly kind: "images";
  readonly start: number;
  readonly length: number;
}

export type RoutinePart = ColumnsOrRows | Images;

/** Multiply-adds (or numbers read) from which a routine is split: some tens of microseconds. */
const WORTH_SPLITTING = 250_000;

/** The parts of `value` for `threads`; none where it is one. */
export function routineParts(value: Value, threads: number): readonly RoutinePart[] {
  const { op, shape } = value;
  if (op.kind !== "routine" || threads === 1 || workOf(value, op.kernel) < WORTH_SPLITTING)
    return [];
  const batches = sizeOf(shape.slice(0, -2));
  if (op.kernel.kind === "contraction" && batches === 1) {
    const [m, n] = shape.slice(-2);
    const panel = value.dtype === "float64" ? 4 : 8;
    const [panels, tiles] = [Math.floor(n / panel), Math.floor(m / 4)];
    // panels are packed once where columns are split; there must be enough of them to be even
    if (panels >= 4 * threads) return ranges("columns", n, panel, threads);
    return ranges("rows", m, 4, Math.min(threads, tiles));
  }
  return slicedOperands(op.kernel) === 0 ? [] : ranges("images", shape[0], 1, threads);
}

function workOf({ operands, shape }: Value, kernel: RoutineKernel): number {
  // JavaScript is called by the thread that it runs in
  if (kernel.kind === "host") return 0;
  const [a, b] = operands;
  if (kernel.kind === "contraction") return sizeOf(shape) * a.shape[a.shape.length - 1];
  if (kernel.kind === "convolution" && kernel.role !== "weight") {
    const outputs = kernel.role === "output" ? shape : a.shape;
    return sizeOf(outputs) * (sizeOf(b.shape) / b.shape[0]);
  }
  return sizeOf(a.shape);
}

/** How many operands, from the first on, have the leading axis of the result. */
function slicedOperands(kernel: RoutineKernel): number {
  if (kernel.kind === "contraction") return 2;
  if (kernel.kind === "convolution") return kernel.role === "weight" ? 0 : 1;
  return kernel.kind === "pool" || kernel.kind === "poolIndices" ? 1 : 0;
}

function ranges<K extends RoutinePart["kind"]>(
  kind: K,
  length: number,
  step: number,
  threads: number,
): readonly { readonly kind: K; readonly start: number; readonly length: number }[] {
  const steps = Math.floor(length / step);
  const count = Math.min(threads, steps);
  if (count < 2) return [];
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor((steps * i) / count) * step;
    const end = i === count - 1 ? length : Math.floor((steps * (i + 1)) / count) * step;
    return { kind, start, length: end - start };
  });
}

/** The same routine for a range of its leading axis, and where that lies. */
export function slicedImages(
  value: Value,
  places: Places,
  { start, length }: Images,
): { readonly value: Value; readonly places: Places } {
  const originals = new Map<Value, Value>();
  const cut = (x: Value): Value => {
    const part = { ...x, shape: x.shape.with(0, length) };
    originals.set(part, x);
    return part;
  };
  const { op } = value;
  const count = op.kind === "routine" ? slicedOperands(op.kernel) : 0;
  const operands = value.operands.map((x, i) => (i < count ? cut(x) : x));
  const part = { ...cut(value), operands };
  originals.set(part, value);
  return {
    value: part,
    places: {
      address: (base) => {
        const original = originals.get(base);
        if (original === undefined) return places.address(base);
        const image = sizeOf(original.shape) / original.shape[0];
        return places.address(original) + start * image * bytesPerElement(original.dtype);
      },
      layout: (x) => {
        const original = originals.get(x);
        if (original === undefined) return places.layout(x);
        const layout = places.layout(original);
        return { ...layout, offset: layout.offset + start * layout.stride[0] };
      },
    },
  };
}
