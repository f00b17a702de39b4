/**
 * @file Panels of the matrix of patches, packed for the matrix product: places of the result as columns, or the
 * elements of the weight. Numbers that are neighbours in the image are moved by vectors, others one by one.
 */
import type { Code } from "../../backends/wasm/encoder.ts";
import { loadOne, transposeBlock } from "./blocks.ts";
import { advance } from "./control.ts";
import type { PanelPacker } from "./gemm.ts";
import type { PatchPlan } from "./patches.ts";

/** Where the matrix is: a local with the byte address of the first channel, and that of the offsets. */
export interface PatchSource {
  readonly source: number;
  readonly table: number;
}

/** Packs panels of the matrix: its columns are the columns of the product. */
export function patchPacker(code: Code, plan: PatchPlan, from: PatchSource): PanelPacker {
  const { element, columns, columnStep } = plan;
  const lanes = 16 / element.bytes;
  return ({ target, vectors, width, column, start, depth }) => {
    const to = code.local("i32");
    const [entry, left, offset] = [code.local("i32"), code.local("i32"), code.local("i32")];
    const places = Array.from({ length: vectors * lanes }, () => code.local("i32"));
    const walk = (body: () => void): void => {
      code.i32(target).set(to).get(depth).set(left);
      code.get(start).i32(4).op("i32.mul").i32(from.table).op("i32.add").set(entry);
      code.doWhile(() => {
        code.get(entry).memory("i32.load").set(offset);
        body();
        advance(code, entry, 4);
        advance(code, to, 16 * vectors);
        code.get(left).i32(1).op("i32.sub").tee(left);
      });
    };
    const vectorwise = (): void => {
      for (let v = 0; v < vectors; v++)
        place(code, plan, from.source, column, v * lanes, places[v]);
      walk(() => {
        for (let v = 0; v < vectors; v++) {
          code.get(to, places[v], offset).op("i32.add").memory("v128.load");
          code.memory("v128.store", 16 * v);
        }
      });
    };
    const lanewise = (): void => {
      // lanes without a column repeat the last one; their sums are not stored
      for (let i = 0; i < vectors * lanes; i++) {
        place(code, plan, from.source, column, Math.min(i, width - 1), places[i]);
      }
      const vector = code.local("v128");
      walk(() => {
        for (let v = 0; v < vectors; v++) {
          for (let i = 0; i < lanes; i++) {
            code.get(places[v * lanes + i], offset).op("i32.add");
            loadOne(code, element, vector, 0, i);
          }
          code.get(to, vector).memory("v128.store", 16 * v);
        }
      });
    };
    const isContiguous = columnStep === element.bytes && width === vectors * lanes;
    if (!isContiguous || columns < lanes) lanewise();
    else if (columns % lanes === 0) vectorwise();
    else {
      // 1 where no vector goes beyond its row
      const whole = code.local("i32");
      for (let v = 0; v < vectors; v++) {
        code
          .get(column)
          .i32(v * lanes)
          .op("i32.add")
          .i32(columns)
          .op("i32.rem_u");
        code.i32(columns - lanes + 1).op("i32.lt_u");
        if (v > 0) code.op("i32.and");
      }
      code.tee(whole).when(vectorwise);
      code.get(whole).op("i32.eqz").when(lanewise);
    }
  };
}

/** Sets `to` to the address of column `column + delta` in the first row of the matrix. */
function place(
  code: Code,
  { rows, columns, rowStep, columnStep }: PatchPlan,
  source: number,
  column: number,
  delta: number,
  to: number,
): void {
  const at = (): Code => code.get(column).i32(delta).op("i32.add");
  code.get(source);
  if (rows === 1) at().i32(columnStep).op("i32.mul", "i32.add").set(to);
  else {
    at().i32(columns).op("i32.div_u").i32(rowStep).op("i32.mul", "i32.add");
    at().i32(columns).op("i32.rem_u").i32(columnStep).op("i32.mul", "i32.add").set(to);
  }
}

/** Packs panels of the transpose: columns of the product are rows of the matrix. */
export function transposedPacker(code: Code, plan: PatchPlan, from: PatchSource): PanelPacker {
  const { element, columns, rowStep, columnStep } = plan;
  const { bytes } = element;
  const lanes = 16 / bytes;
  return ({ target, vectors, width, column, start, depth }) => {
    const [to, at, row] = [code.local("i32"), code.local("i32"), code.local("i32")];
    const [left, skipped, run, count] = [0, 1, 2, 3].map(() => code.local("i32"));
    const offsets = Array.from({ length: vectors * lanes }, (_, i) => {
      const offset = code.local("i32");
      code
        .get(column)
        .i32(Math.min(i, width - 1))
        .op("i32.add")
        .i32(4)
        .op("i32.mul");
      code.memory("i32.load", from.table).set(offset);
      return offset;
    });
    code.i32(target).set(to).get(depth).set(left);
    code.get(start).i32(columns).op("i32.rem_u").set(skipped);
    code.get(start).i32(columns).op("i32.div_u").i32(rowStep).op("i32.mul");
    code.get(from.source).op("i32.add").set(row);
    code.doWhile(() => {
      // what is left of this row, or of the panel
      code.i32(columns).get(skipped).op("i32.sub").set(run);
      code.get(run, left).get(run, left).op("i32.lt_u", "select").set(run);
      code.get(skipped).i32(columnStep).op("i32.mul").get(row).op("i32.add").set(at);
      code.get(left, run).op("i32.sub").set(left);
      if (columnStep === bytes) {
        code.get(run).i32(Math.log2(lanes)).op("i32.shr_u").tee(count);
        code.when(() => {
          code.doWhile(() => {
            for (let v = 0; v < vectors; v++) {
              const sources = offsets.slice(v * lanes, (v + 1) * lanes);
              transposeBlock(code, element, at, sources, to, 16 * v, 16 * vectors);
            }
            advance(code, at, 16);
            advance(code, to, 16 * vectors * lanes);
            code.get(count).i32(1).op("i32.sub").tee(count);
          });
        });
        code
          .get(run)
          .i32(lanes - 1)
          .op("i32.and")
          .set(run);
      }
      code.get(run).when(() => {
        const vector = code.local("v128");
        code.doWhile(() => {
          for (let v = 0; v < vectors; v++) {
            for (let i = 0; i < lanes; i++) {
              code.get(at, offsets[v * lanes + i]).op("i32.add");
              loadOne(code, element, vector, 0, i);
            }
            code.get(to, vector).memory("v128.store", 16 * v);
          }
          advance(code, at, columnStep);
          advance(code, to, 16 * vectors);
          code.get(run).i32(1).op("i32.sub").tee(run);
        });
      });
      code.i32(0).set(skipped);
      advance(code, row, rowStep);
      code.get(left);
    });
  };
}
