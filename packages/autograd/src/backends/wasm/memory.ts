/**
 * @file The memory of compiled programs: one WebAssembly memory, handed out in regions.
 *
 * Growing it may replace its buffer, so views are asked for each time and never kept.
 */
import type { DType, TypedArray } from "../../array/dtype.ts";
import { encodeModule, type HostFunction, type WasmFunction } from "./encoder.ts";
import { type Engine, type Memory, wasmEngine } from "./engine.ts";

export interface Region {
  readonly address: number;
  readonly bytes: number;
}

const ALIGNMENT = 64;
const PAGE = 65536;

interface Views {
  readonly buffer: ArrayBufferLike;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly bool: Uint8Array;
}

interface Heap {
  readonly engine: Engine;
  readonly memory: Memory;
  readonly isShared: boolean;
  /** Free stretches, by address; neighbours are merged. */
  free: Region[];
  /** Where memory that was never used begins. */
  end: number;
  views: Views;
}

/** undefined: not asked for yet; null: not to be had. */
let heap: Heap | null | undefined;

function open(): Heap {
  if (heap === undefined) {
    const engine = wasmEngine();
    const shared = engine?.newSharedMemory() ?? null;
    const memory = shared ?? engine?.newMemory() ?? null;
    heap =
      engine && memory
        ? {
            engine,
            memory,
            isShared: shared !== null,
            free: [],
            end: ALIGNMENT,
            views: viewsOf(memory.buffer),
          }
        : null;
  }
  if (heap === null) throw new Error("internal: memory without an engine");
  return heap;
}

/** Whether compiled programs can run here at all. */
export function hasProgramMemory(): boolean {
  return wasmEngine() !== null;
}

function viewsOf(buffer: ArrayBufferLike): Views {
  return {
    buffer,
    float32: new Float32Array(buffer),
    float64: new Float64Array(buffer),
    int32: new Int32Array(buffer),
    bool: new Uint8Array(buffer),
  };
}

/** `bytes` of memory, with 64 readable bytes behind them. */
export function allocate(bytes: number): Region {
  const own = open();
  const needed = Math.ceil((bytes + ALIGNMENT) / ALIGNMENT) * ALIGNMENT;
  const fit = own.free.findIndex((region) => region.bytes >= needed);
  if (fit >= 0) {
    const { address, bytes: available } = own.free[fit];
    if (available === needed) own.free.splice(fit, 1);
    else own.free[fit] = { address: address + needed, bytes: available - needed };
    return { address, bytes: needed };
  }
  const address = own.end;
  const missing = address + needed - own.memory.buffer.byteLength;
  if (missing > 0) own.memory.grow(Math.ceil(missing / PAGE));
  own.end += needed;
  return { address, bytes: needed };
}

/** Gives a region back. */
export function release(region: Region): void {
  const own = open();
  const at = own.free.findIndex(({ address }) => address > region.address);
  own.free.splice(at < 0 ? own.free.length : at, 0, region);
  const merged: Region[] = [];
  for (const next of own.free) {
    const last = merged[merged.length - 1];
    if (last !== undefined && last.address + last.bytes === next.address) {
      merged[merged.length - 1] = { address: last.address, bytes: last.bytes + next.bytes };
    } else merged.push(next);
  }
  const last = merged[merged.length - 1];
  if (last !== undefined && last.address + last.bytes === own.end) {
    own.end = last.address;
    merged.pop();
  }
  own.free = merged;
}

/** Bytes of the memory that are in use, and its size. */
export function memoryUse(): { readonly used: number; readonly size: number } {
  if (!heap) return { used: 0, size: 0 };
  const free = heap.free.reduce((sum, { bytes }) => sum + bytes, 0);
  return { used: heap.end - ALIGNMENT - free, size: heap.memory.buffer.byteLength };
}

/** The memory as numbers of `dtype`. Not to be kept: growing replaces it. */
export function memoryAs(dtype: DType): TypedArray {
  const own = open();
  if (own.views.buffer !== own.memory.buffer || own.views.buffer.byteLength === 0) {
    own.views = viewsOf(own.memory.buffer);
  }
  return own.views[dtype];
}

/** Whether threads can share the memory. */
export function isMemoryShared(): boolean {
  return open().isShared;
}

/** A module over the memory of compiled programs, and its functions. */
export interface Loaded {
  readonly module: object;
  readonly memory: Memory;
  readonly exports: Readonly<Record<string, unknown>>;
  /** How many functions of JavaScript it imports. */
  readonly imports: number;
}

/** @param imports functions of JavaScript, which have the first numbers. */
export function load(
  functions: readonly WasmFunction[],
  imports: readonly HostFunction[],
): Loaded & { readonly bytes: number } {
  const { engine, memory, isShared } = open();
  const bytes = encodeModule(functions, isShared, imports);
  const module = engine.compile(bytes);
  const exports = engine.instantiate(module, memory, imports);
  return { module, memory, exports, imports: imports.length, bytes: bytes.length };
}
