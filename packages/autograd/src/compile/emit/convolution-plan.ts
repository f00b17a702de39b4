/**
 * @file How a convolution is cut into matrix products, and the scratch memory that this takes.
 */
import { type Shape, sizeOf } from "../../array/shape.ts";
import type { ConvolutionKernel } from "../../kernel/kernel.ts";
import type { Value } from "../program.ts";
import { DEPTH, type GemmElement, gemmScratch, type GemmShape } from "./gemm.ts";
import { isImage, type PatchPlan, patchPlan, patchSize, stageBytes } from "./patches.ts";

/** The avals of the three arrays, and how the work is cut. */
export interface ConvolutionPlan {
  readonly kernel: ConvolutionKernel;
  readonly element: GemmElement;
  readonly x: Shape;
  readonly weight: Shape;
  readonly y: Shape;
  readonly patches: PatchPlan;
  readonly batch: number;
  /** Outputs of one group, rows of the patches, and places of the result. */
  readonly outputs: number;
  readonly size: number;
  readonly places: number;
  /** Rows of ȳ whose patches are made at a time. */
  readonly rowsAtOnce: number;
  /** Images whose sums are added before they go to the next level. */
  readonly imagesAtOnce: number;
  readonly product: GemmShape;
}

/** Bytes of patches that are made at a time, about, and the least columns that make a product worth its start. */
const PATCH_BYTES = 256 * 1024;
const LEAST_COLUMNS = 96;
/** Blocks of the matrix product that are added in a row. */
const BLOCKS = 64;

export function convolutionPlan(value: Value, kernel: ConvolutionKernel): ConvolutionPlan {
  const [a, b] = value.operands;
  const { role, groups } = kernel;
  const [x, weight, y] = { output: [a, b, value], input: [value, b, a], weight: [a, value, b] }[
    role
  ].map(({ shape }) => shape);
  const element: GemmElement =
    value.dtype === "float64" ? { lane: "f64x2", bytes: 8 } : { lane: "f32x4", bytes: 4 };
  const patches = patchPlan(kernel, element, x, weight, y);
  const outputs = weight[0] / groups;
  const [size, places] = [patchSize(patches), y[2] * y[3]];
  const rowsAtOnce = isImage(patches) ? patches.rows : rowsOf(patches, size);
  const product = {
    output: { m: outputs, n: places, k: size },
    input: { m: size, n: rowsAtOnce * patches.columns, k: outputs },
    weight: { m: outputs, n: size, k: places },
  }[role];
  const imagesAtOnce = Math.max(1, Math.floor(BLOCKS / Math.ceil(places / DEPTH)));
  const plan = { kernel, element, x, weight, y, patches, batch: x[0], outputs, size, places };
  return { ...plan, rowsAtOnce, imagesAtOnce, product };
}

/** How many rows of ȳ are one product: few enough for the cache, and the same number each time where that can be. */
function rowsOf({ rows, columns, element }: PatchPlan, size: number): number {
  const fitting = Math.floor(PATCH_BYTES / (size * columns * element.bytes));
  const most = Math.min(rows, Math.max(fitting, Math.ceil(LEAST_COLUMNS / columns)));
  return Math.ceil(rows / Math.ceil(rows / most));
}

/** Byte addresses of the parts of the scratch memory. */
export interface ConvolutionParts {
  /** Offsets of the patches. */
  readonly table: number;
  readonly stage: number;
  /** Sums over some images, before they are added to the result. */
  readonly sums: number;
  /** The weight, its elements first. */
  readonly turned: number;
  /** Patches that are added to an image. */
  readonly made: number;
  /** For the matrix product. */
  readonly panel: number;
  readonly end: number;
}

export function partsOf(plan: ConvolutionPlan, start: number): ConvolutionParts {
  const { kernel, element, patches, size, product, batch, imagesAtOnce } = plan;
  const { bytes } = element;
  const isInput = kernel.role === "input";
  const twoLevels = kernel.role === "weight" && batch > imagesAtOnce;
  const weightBytes = sizeOf(plan.weight) * bytes;
  let end = start;
  const take = (count: number): number => {
    const address = end;
    end += Math.ceil(count / 16) * 16;
    return address;
  };
  return {
    table: take(4 * size),
    stage: take(stageBytes(patches)),
    sums: take(twoLevels ? weightBytes : 0),
    turned: take(isInput ? weightBytes : 0),
    made: take(isInput && !isImage(patches) ? product.m * product.n * bytes : 0),
    // the left operand is read as it lies
    panel: take(gemmScratch(product, element, product.k * bytes, bytes)),
    end,
  };
}

export function convolutionScratch(value: Value, kernel: ConvolutionKernel): number {
  return partsOf(convolutionPlan(value, kernel), 0).end;
}
