/**
 * @file Kernels that are a unit of their own, each printed for its sizes.
 */
import { bytesPerElement } from "../../array/dtype.ts";
import { rowMajor } from "../../array/strided-array.ts";
import { type Shape, sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import { assertInvariant } from "../../errors.ts";
import type { HostCalls } from "../host-call.ts";
import type { Layout } from "../layout.ts";
import type { RoutineKernel, Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import type { Lanes } from "./elements.ts";
import { emitGemm, type GemmElement, gemmScratch, type GemmShape, stridedPacker } from "./gemm.ts";
import { emitNest, type Places } from "./nest.ts";
import { type ColumnsOrRows, type RoutinePart, slicedImages } from "./routine-parts.ts";
import { constant } from "./words.ts";
import { emitGather, emitScatterAdd, scatterAddScratch } from "./indexing.ts";
import { emitConvolution } from "./convolution.ts";
import { convolutionScratch } from "./convolution-plan.ts";
import { areInside, emitPlaneGather, emitPlaneScatterAdd, planeSizeOf } from "./plane-indexing.ts";
import { emitPool } from "./pool.ts";
import { emitPoolIndices } from "./pool-indices.ts";
import { poolScratch } from "./pool-plan.ts";
import { emitPermutation, emitRandomBits } from "./random.ts";

export type { RoutinePart } from "./routine-parts.ts";

export interface RoutineContext {
  readonly places: Places;
  /** Byte address of the memory that `routineScratch` asks for. */
  readonly scratch: number;
  readonly relaxed: boolean;
  readonly hosts: HostCalls;
  /** Byte address where a routine that fails leaves what it found. */
  readonly report: number;
}

/** Whether its function returns before it is done where it meets an index out of range. */
export function isFallible(value: Value): boolean {
  const { op, operands } = value;
  if (op.kind !== "routine") return false;
  const { kind } = op.kernel;
  if (kind === "planeGather") return !areInside(operands[1], planeSizeOf(operands[0]));
  if (kind === "planeScatterAdd") return !areInside(operands[1], planeSizeOf(value));
  return kind === "gather" || kind === "scatterAdd";
}

/** What a routine that failed was to index: the name of its operation, and how many places there are. */
export function indexedBy(value: Value): { readonly op: string; readonly length: number } {
  const { op, operands } = value;
  assertInvariant(op.kind === "routine", "only routines fail");
  const { kernel } = op;
  switch (kernel.kind) {
    case "gather":
      return { op: kernel.op, length: op.shapes[0][kernel.axis] };
    case "scatterAdd":
      return { op: kernel.op, length: value.shape[kernel.axis] };
    case "planeGather":
      return { op: kernel.op, length: planeSizeOf(operands[0]) };
    case "planeScatterAdd":
      return { op: kernel.op, length: planeSizeOf(value) };
    default:
      throw new Error(`internal: ${kernel.kind} has no index`);
  }
}

/** Operands that must lie in row-major order, with no view in between. */
export function needsDense(kernel: RoutineKernel): boolean {
  return kernel.kind !== "contraction" && kernel.kind !== "place";
}

export function routineScratch(value: Value, layouts: (value: Value) => Layout): number {
  const { op } = value;
  if (op.kind !== "routine") return 0;
  const { kernel } = op;
  if (kernel.kind === "scatterAdd") return scatterAddScratch(value);
  if (kernel.kind === "convolution") return convolutionScratch(value, kernel);
  if (kernel.kind === "pool" || kernel.kind === "poolIndices") return poolScratch(value, kernel);
  if (kernel.kind !== "contraction") return 0;
  const { shape, element, rowStep, depthStep } = productOf(value, layouts);
  return gemmScratch(shape, element, rowStep, depthStep);
}

/** @param part what to compute of it; null for all. */
export function emitRoutine(
  whole: Value,
  wholeContext: RoutineContext,
  part: RoutinePart | null = null,
): Code {
  const sliced = part?.kind === "images" ? slicedImages(whole, wholeContext.places, part) : null;
  const value = sliced?.value ?? whole;
  const context = sliced === null ? wholeContext : { ...wholeContext, places: sliced.places };
  const { op } = value;
  assertInvariant(op.kind === "routine", "a routine has a kernel");
  const { kernel } = op;
  switch (kernel.kind) {
    case "contraction":
      return emitContraction(value, context, part?.kind === "images" ? null : part);
    case "place":
      return emitPlace(value, kernel.starts, kernel.steps, context);
    case "gather":
      return emitGather(value, kernel.axis, context);
    case "scatterAdd":
      return emitScatterAdd(value, kernel.axis, context);
    case "randomBits":
      return emitRandomBits(value, kernel, context);
    case "permutation":
      return emitPermutation(value, kernel, context);
    case "convolution":
      return emitConvolution(value, kernel, context);
    case "pool":
      return emitPool(value, kernel, context);
    case "poolIndices":
      return emitPoolIndices(value, kernel, context);
    case "planeGather":
      return emitPlaneGather(value, context);
    case "planeScatterAdd":
      return emitPlaneScatterAdd(value, context);
    case "host":
      throw new Error("internal: a routine in JavaScript has no code");
  }
}

function elementOf({ dtype }: Value): GemmElement {
  return dtype === "float64" ? { lane: "f64x2", bytes: 8 } : { lane: "f32x4", bytes: 4 };
}

function productOf(
  value: Value,
  layouts: (value: Value) => Layout,
): { shape: GemmShape; element: GemmElement; rowStep: number; depthStep: number } {
  const [a] = value.operands;
  const element = elementOf(value);
  const rank = value.shape.length;
  const shape = { m: value.shape[rank - 2], n: value.shape[rank - 1], k: a.shape[rank - 1] };
  const { stride } = layouts(a);
  const [rowStep, depthStep] = [stride[rank - 2] * element.bytes, stride[rank - 1] * element.bytes];
  return { shape, element, rowStep, depthStep };
}

/**
 * Rows of the left operand that are multiplied before the next ones: a block of them along k (256 numbers, more or
 * less) stays in a second-level cache while all panels of columns pass.
 */
const ROWS_AT_ONCE = 256;

function emitContraction(
  value: Value,
  { places, scratch, relaxed }: RoutineContext,
  part: ColumnsOrRows | null,
): Code {
  const code = new Code();
  const [a, b] = value.operands;
  const layouts = (x: Value): Layout => places.layout(x);
  const { shape: whole, element, rowStep, depthStep } = productOf(value, layouts);
  const { bytes } = element;
  const [rows, columns] = [
    part?.kind === "rows" ? part : { start: 0, length: whole.m },
    part?.kind === "columns" ? part : { start: 0, length: whole.n },
  ];
  const shape = { m: rows.length, n: columns.length, k: whole.k };
  const rank = value.shape.length;
  const [baseA, baseB, baseC] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const first = (x: Value): number => places.address(layouts(x).base) + layouts(x).offset * bytes;
  const strideB = layouts(b).stride;
  code.i32(first(a) + rows.start * rowStep).set(baseA);
  code.i32(first(b) + columns.start * strideB[rank - 1] * bytes).set(baseB);
  const start = rows.start * whole.n + columns.start;
  code.i32(places.address(value) + start * bytes).set(baseC);
  const packPanel = stridedPacker(code, element, {
    base: baseB,
    depthStep: strideB[rank - 2] * bytes,
    columnStep: strideB[rank - 1] * bytes,
  });
  const multiply = (m: number): void => {
    emitGemm({
      code,
      element,
      shape: { ...shape, m },
      relaxed,
      a: { base: baseA, rowStep, depthStep },
      packPanel,
      c: { base: baseC, rowStep: whole.n * bytes },
      accumulate: false,
      scratch,
    });
  };
  const moveDown = (count: number): void => {
    advance(code, baseA, count * rowStep);
    advance(code, baseC, count * whole.n * bytes);
  };
  const one = (): void => {
    if (shape.m < 2 * ROWS_AT_ONCE) {
      multiply(shape.m);
      return;
    }
    repeat(code, Math.floor(shape.m / ROWS_AT_ONCE), () => {
      multiply(ROWS_AT_ONCE);
      moveDown(ROWS_AT_ONCE);
    });
    const rest = shape.m % ROWS_AT_ONCE;
    if (rest > 0) multiply(rest);
    moveDown(rest - shape.m);
  };
  const batches = value.shape.slice(0, -2);
  const inner = rowMajor(value.shape);
  const nested = (axis: number): void => {
    if (axis === batches.length) {
      one();
      return;
    }
    const steps = [layouts(a).stride[axis], strideB[axis], inner[axis]].map((step) => step * bytes);
    const bases = [baseA, baseB, baseC];
    repeat(code, batches[axis], () => {
      nested(axis + 1);
      for (let i = 0; i < bases.length; i++) advance(code, bases[i], steps[i]);
    });
    for (let i = 0; i < bases.length; i++) advance(code, bases[i], -steps[i] * batches[axis]);
  };
  nested(0);
  return code;
}

function emitPlace(
  value: Value,
  starts: readonly Shape[],
  steps: readonly Shape[],
  { places, relaxed, hosts }: RoutineContext,
): Code {
  const code = new Code();
  const bytes = bytesPerElement(value.dtype);
  const address = places.address(value);
  const own = rowMajor(value.shape);
  code
    .i32(address)
    .i32(0)
    .i32(sizeOf(value.shape) * bytes)
    .fillMemory();
  const lanes: Lanes = value.dtype === "float64" ? 2 : 4;
  value.operands.forEach((operand, k) => {
    const start = own.reduce((sum, step, axis) => sum + step * starts[k][axis], 0);
    emitNest(
      { code, places, lanes, relaxed, hosts },
      {
        domain: operand.shape,
        reduced: [],
        compute: new Set(),
        accumulators: [],
        stores: [operand],
        target: {
          address: address + start * bytes,
          stride: own.map((step, axis) => step * steps[k][axis]),
        },
      },
    );
  });
  // an empty function would have no locals: constants keep their place
  constant(code, "int32", 0);
  return code;
}
