/**
 * @file A variable whose value lives in the memory of compiled programs, where all programs that use it find it.
 *
 * Outside it reads and assigns as before: what is read is a copy, made once and kept until a program writes;
 * what is assigned is copied in before the next program runs.
 */
import { bytesPerElement } from "../array/dtype.ts";
import { rowMajor, type StridedArray } from "../array/strided-array.ts";
import { sizeOf } from "../array/shape.ts";
import { allocate, memoryAs, type Region, release } from "../backends/wasm/memory.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import { type Cell, moveCell, type Variable } from "../core/variable.ts";
import { arrayOf } from "../core/tensor.ts";
import type { Aval } from "../array/aval.ts";
import { copyInto } from "./copies.ts";

export class ResidentCell implements Cell {
  readonly aval: Aval;
  readonly region: Region;
  /** The value as others see it; null where a program has written since. */
  #outside: Tensor | null;
  #isInMemory = false;

  constructor(value: Tensor) {
    this.aval = value.aval;
    this.region = allocate(sizeOf(value.shape) * bytesPerElement(value.dtype));
    this.#outside = value;
  }

  read(): Tensor {
    this.#outside ??= fromArray(copyOut(this.region.address, this.aval), this.aval.dtype);
    return this.#outside;
  }

  write(value: Tensor): void {
    this.#outside = value;
    this.#isInMemory = false;
  }

  /** Before a program reads it. */
  bringIn(): void {
    if (this.#isInMemory || this.#outside === null) return;
    copyInto(this.region.address, arrayOf("compile", this.#outside), this.aval);
    this.#isInMemory = true;
  }

  /** After a program wrote it. */
  changed(): void {
    this.#outside = null;
    this.#isInMemory = true;
  }
}

/** The numbers at an address, in storage of their own. */
export function copyOut(address: number, { shape, dtype }: Aval): StridedArray {
  const start = address / bytesPerElement(dtype);
  const data = memoryAs(dtype).slice(start, start + sizeOf(shape));
  return { data, shape, stride: rowMajor(shape), offset: 0 };
}

const regions = new FinalizationRegistry<Region>(release);

/** The cell of `variable` in the memory of programs, moved there if it is not. */
export function residentCell(variable: Variable): ResidentCell {
  return moveCell(variable, (present) => {
    if (present instanceof ResidentCell) return present;
    const cell = new ResidentCell(present.read());
    regions.register(cell, cell.region);
    return cell;
  });
}
