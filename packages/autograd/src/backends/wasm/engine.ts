/**
 * @file The engine's `WebAssembly`, where there is one: one memory as scratch for eager kernels, and the
 * element types that kernels are written for.
 *
 * A kernel copies its operands into the scratch memory and its result out; nothing stays there between calls.
 */

/** The parts of `WebAssembly` that are used here; Node's types do not declare it. */
interface Engine {
  readonly Memory: new (limits: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly env: { readonly memory: Memory } },
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  validate(bytes: Uint8Array): boolean;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
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

/** undefined: not asked for yet; null: not to be had. */
let memory: Memory | null | undefined;

function engine(): Engine | undefined {
  return (globalThis as { WebAssembly?: Engine }).WebAssembly;
}

/** The functions of a module over the scratch memory; null where SIMD is missing or a content policy forbids it. */
export function loadModule(bytes: Uint8Array): Readonly<Record<string, unknown>> | null {
  const wasm = engine();
  if (wasm === undefined || memory === null || !wasm.validate(bytes)) return null;
  try {
    memory ??= new wasm.Memory({ initial: 1 });
    return new wasm.Instance(new wasm.Module(bytes), { env: { memory } }).exports;
  } catch {
    // a content policy without `wasm-unsafe-eval`: the reference loops serve
    memory = null;
    return null;
  }
}

let views: { readonly buffer: ArrayBuffer; readonly f32x4: FloatArray; readonly f64x2: FloatArray };

/** The scratch memory, at least `bytes` long, as numbers of `element`. Only after `loadModule` succeeded. */
export function scratch(element: Element, bytes: number): FloatArray {
  if (memory === undefined || memory === null)
    throw new Error("internal: scratch without a module");
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  const { buffer } = memory;
  if (views?.buffer !== buffer) {
    views = { buffer, f32x4: FLOAT32.view(buffer), f64x2: FLOAT64.view(buffer) };
  }
  return views[element.lane];
}
