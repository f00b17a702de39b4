/**
 * @file The patches of an image that a weight slides over, as a matrix that is never made: one row for each
 * element (c, k, l) of the weight, one column for each place (i, j) of the result.
 *
 * - element (row, column) lies at `source + offsets[row] + place of the column`; offsets are a table in scratch
 *   memory, places follow from the steps of the result's rows and columns
 * - a padded image, or one walked in steps of two, is first copied ("staged") into planes with zeros around it,
 *   whose rows hold the even columns before the odd ones under a step of two: places are contiguous again
 */
import type { Code } from "../../backends/wasm/encoder.ts";
import type { Shape } from "../../array/shape.ts";
import type { Windows } from "../../kernel/kernel.ts";
import { advance, repeat } from "./control.ts";
import type { GemmElement } from "./gemm.ts";
import { copyRow, joinRow, splitRow } from "./rows.ts";

/** Sizes in elements, steps in bytes. */
export interface PatchPlan {
  readonly element: GemmElement;
  /** All channels of an image, and those of one group. */
  readonly channels: number;
  readonly perGroup: number;
  readonly height: number;
  readonly width: number;
  readonly window: readonly [number, number];
  /** Rows and columns of the result; a single row where all of them follow each other in the image. */
  readonly rows: number;
  readonly columns: number;
  /** From one channel, one row of the result, one place in such a row to the next. */
  readonly plane: number;
  readonly rowStep: number;
  readonly columnStep: number;
  /** From one element of the weight to the next: down and across. */
  readonly down: number;
  readonly across: number;
  readonly staged: boolean;
  /** From one row of a plane to the next, to its first element, and to the odd columns (0 where not split). */
  readonly pitch: number;
  readonly inset: readonly [number, number];
  readonly odd: number;
}

export function patchPlan(
  { strides, padding, dilation }: Windows,
  element: GemmElement,
  x: Shape,
  weight: Shape,
  y: Shape,
): PatchPlan {
  const { bytes } = element;
  const [, channels, height, width] = x;
  const [, perGroup, kh, kw] = weight;
  const [rows, columns] = [y[2], y[3]];
  const [[top, bottom], [left, right]] = padding;
  const isSplit = strides[1] === 2;
  const staged = isSplit || top + bottom + left + right > 0;
  const whole = [
    Math.max(top + height, (rows - 1) * strides[0] + (kh - 1) * dilation[0] + 1),
    Math.max(left + width, (columns - 1) * strides[1] + (kw - 1) * dilation[1] + 1),
  ];
  const half = Math.ceil(whole[1] / 2) * bytes;
  const pitch = isSplit ? 2 * half : (staged ? whole[1] : width) * bytes;
  const rowStep = strides[0] * pitch;
  const columnStep = (isSplit ? 1 : strides[1]) * bytes;
  const isOneRow = rowStep === columns * columnStep;
  return {
    element,
    channels,
    perGroup,
    height,
    width,
    window: [kh, kw],
    rows: isOneRow ? 1 : rows,
    columns: isOneRow ? rows * columns : columns,
    plane: pitch * (staged ? whole[0] : height),
    rowStep,
    columnStep,
    down: dilation[0] * pitch,
    across: dilation[1],
    staged,
    pitch,
    inset: [top, left],
    odd: isSplit ? half : 0,
  };
}

/** Rows of the matrix, for one group. */
export function patchSize({ perGroup, window }: PatchPlan): number {
  return perGroup * window[0] * window[1];
}

/** Whether the matrix is the image itself, plane after plane. */
export function isImage({ staged, window, rows, columns, height, width }: PatchPlan): boolean {
  return !staged && window[0] * window[1] === 1 && rows * columns === height * width;
}

export function stageBytes({ staged, channels, plane }: PatchPlan): number {
  return staged ? channels * plane : 0;
}

/** Bytes from the place of the first column to that of column l · across. */
function acrossBytes({ odd, columnStep, element }: PatchPlan, column: number): number {
  return odd === 0 ? column * element.bytes : (column & 1) * odd + (column >> 1) * columnStep;
}

/** Fills the table of offsets at `table`, four bytes for each row of the matrix. */
export function emitOffsets(code: Code, plan: PatchPlan, table: number): void {
  const { perGroup, window, plane, down, across } = plan;
  const { bytes } = plan.element;
  const [to, offset, column] = [code.local("i32"), code.local("i32"), code.local("i32")];
  code.i32(table).set(to).i32(0).set(offset);
  repeat(code, perGroup, () => {
    repeat(code, window[0], () => {
      code.i32(0).set(column);
      repeat(code, window[1], () => {
        code.get(to, offset, column);
        if (plan.odd === 0) code.i32(bytes).op("i32.mul", "i32.add");
        else {
          code.i32(1).op("i32.and").i32(plan.odd).op("i32.mul", "i32.add");
          code.get(column).i32(1).op("i32.shr_u").i32(bytes).op("i32.mul", "i32.add");
        }
        code.memory("i32.store");
        advance(code, to, 4);
        advance(code, column, across);
      });
      advance(code, offset, down);
    });
    advance(code, offset, plane - window[0] * down);
  });
}

/**
 * Copies the image at the local `image` into the stage, whose border is not touched, or back.
 *
 * @param stage byte address of the stage.
 */
export function emitStage(
  code: Code,
  plan: PatchPlan,
  image: number,
  stage: number,
  direction: "in" | "out",
): void {
  const { element, channels, height, width, plane, pitch, inset, odd } = plan;
  const [outside, inside] = [code.local("i32"), code.local("i32")];
  const start = inset[0] * pitch;
  code.get(image).set(outside).i32(stage).set(inside);
  const [first, second] = [acrossBytes(plan, inset[1]), acrossBytes(plan, inset[1] + 1)];
  repeat(code, channels, () => {
    advance(code, inside, start);
    repeat(code, height, () => {
      const at = { outside, inside, first, second };
      if (odd === 0 && direction === "in") copyRow(code, element, width, outside, 0, inside, first);
      else if (odd === 0) copyRow(code, element, width, inside, first, outside, 0);
      else if (direction === "in") splitRow(code, element, width, at);
      else joinRow(code, element, width, at);
      advance(code, outside, width * element.bytes);
      advance(code, inside, pitch);
    });
    advance(code, inside, plane - height * pitch - start);
  });
}
