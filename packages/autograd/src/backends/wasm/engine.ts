/**
 * @file The engine's `WebAssembly`, where there is one: what it can do, one memory as scratch for eager
 * kernels, and the element types that kernels are written for.
 *
 * An eager kernel copies its operands into the scratch memory and its result out; nothing stays there between
 * calls. Compiled programs have a memory of their own (memory.ts).
 */
import { Code, encodeModule, type HostFunction, MOST_PAGES } from "./encoder.ts";
import { canShare, setEngineFlag } from "./host.ts";

/** The parts of `WebAssembly` that are used here; Node's types do not declare it. */
interface WebAssemblyLike {
  readonly Memory: new (limits: {
    readonly initial: number;
    readonly maximum?: number;
    readonly shared?: boolean;
  }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: {
      readonly env: { readonly memory: Memory };
      readonly host: Readonly<Record<number, HostFunction["run"]>>;
    },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array): boolean;
}

export interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** A WebAssembly with SIMD. */
export interface Engine {
  /** Whether relaxed multiply-add can be used. */
  readonly relaxed: boolean;
  newMemory(): Memory;
  /** A memory that threads can share; null where there is none, as in a page that is not isolated. */
  newSharedMemory(): Memory | null;
  compile(bytes: Uint8Array): object;
  instantiate(
    module: object,
    memory: Memory,
    host?: readonly HostFunction[],
  ): Readonly<Record<string, unknown>>;
}

export type FloatArray = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** The two element types of SIMD kernels. */
export interface Element {
  readonly lane: "f32x4" | "f64x2";
  readonly bytes: 4 | 8;
  /** Elements of one 128-bit vector. */
  readonly lanes: 4 | 2;
  readonly splat: "v128.load32_splat" | "v128.load64_splat";
  view(buffer: ArrayBuffer): FloatArray;
}

export const FLOAT32: Element = {
  lane: "f32x4",
  bytes: 4,
  lanes: 4,
  splat: "v128.load32_splat",
  view: (buffer) => new Float32Array(buffer),
};

export const FLOAT64: Element = {
  lane: "f64x2",
  bytes: 8,
  lanes: 2,
  splat: "v128.load64_splat",
  view: (buffer) => new Float64Array(buffer),
};

const PAGE = 65536;

/** undefined: not looked for yet; null: not to be had. */
let found: Engine | null | undefined;

/** The engine; null where SIMD is missing or a content policy forbids WebAssembly. */
export function wasmEngine(): Engine | null {
  if (found === undefined) found = findEngine();
  return found;
}

function findEngine(): Engine | null {
  const wasm = (globalThis as { WebAssembly?: WebAssemblyLike }).WebAssembly;
  if (wasm === undefined || !wasm.validate(probe("f32x4.add"))) return null;
  try {
    // a content policy without `wasm-unsafe-eval` forbids this
    new wasm.Module(probe("f32x4.add"));
  } catch {
    return null;
  }
  const hasRelaxed = (): boolean => wasm.validate(probe("f32x4.relaxed_madd"));
  // Node 20 knows relaxed SIMD but hides it; newer versions complain about the flag
  if (!hasRelaxed()) setEngineFlag("--experimental-wasm-relaxed-simd");
  return {
    relaxed: hasRelaxed(),
    newMemory: () => new wasm.Memory({ initial: 1 }),
    newSharedMemory: () => {
      if (!canShare()) return null;
      try {
        return new wasm.Memory({ initial: 1, maximum: MOST_PAGES, shared: true });
      } catch {
        return null;
      }
    },
    compile: (bytes) => new wasm.Module(bytes),
    instantiate: (module, memory, host = []) => {
      const functions = host.map(({ run }) => run);
      return new wasm.Instance(module, { env: { memory }, host: functions }).exports;
    },
  };
}

/** A module with one function that uses the instruction. */
function probe(name: "f32x4.add" | "f32x4.relaxed_madd"): Uint8Array<ArrayBuffer> {
  const code = new Code();
  code.zero().zero();
  if (name === "f32x4.relaxed_madd") code.zero();
  code.op(name, "drop");
  return encodeModule([{ name: "probe", code }]);
}

let memory: Memory | undefined;

/** The functions of a module over the scratch memory; null where there is no engine. */
export function loadModule(
  bytes: Uint8Array<ArrayBuffer>,
): Readonly<Record<string, unknown>> | null {
  const engine = wasmEngine();
  if (engine === null) return null;
  memory ??= engine.newMemory();
  return engine.instantiate(engine.compile(bytes), memory);
}

let views: { readonly buffer: ArrayBuffer; readonly f32x4: FloatArray; readonly f64x2: FloatArray };

/** The scratch memory, at least `bytes` long, as numbers of `element`. Only after `loadModule` succeeded. */
export function scratch(element: Element, bytes: number): FloatArray {
  if (memory === undefined) throw new Error("internal: scratch without a module");
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const { buffer } = memory;
  if (views?.buffer !== buffer) {
    views = { buffer, f32x4: FLOAT32.view(buffer), f64x2: FLOAT64.view(buffer) };
  }
  return views[element.lane];
}
