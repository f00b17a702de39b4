/**
 * @file A small WebAssembly encoder: bytes of a module from functions written as calls of `Code`.
 *
 * It knows the instructions that our kernels use, by the names of the specification's text format, and
 * nothing of what they compute. Source: the WebAssembly core specification, chapter 5 (binary format), with
 * the SIMD instructions of 2.0 and the relaxed ones of 3.0.
 */
import { Bytes } from "./bytes.ts";
import {
  ATOMIC,
  type AtomicName,
  type LaneName,
  type MemoryLaneName,
  type MemoryName,
  MEMORY,
  MEMORY_LANE,
  PLAIN,
  type PlainName,
  SIMD,
  SIMD_LANE,
  SIMD_MEMORY,
  type SimdMemoryName,
  type SimdName,
} from "./instructions.ts";

export type ValueType = "i32" | "f32" | "f64" | "v128";

const TYPE_BYTE = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } satisfies Record<
  ValueType,
  number
>;

const NOTHING = 0x40;
const SIMD_PREFIX = 0xfd;

export type OpName = PlainName | SimdName;

/** The instructions of one function, appended in order. */
export class Code {
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | null;
  /** What runs before `bytes`: the constants of `hoist`. */
  readonly head: Bytes = new Bytes();
  readonly bytes: Bytes = new Bytes();
  readonly #hoisted = new Map<string, number>();
  readonly #locals: ValueType[] = [];

  constructor(parameters: readonly ValueType[] = [], result: ValueType | null = null) {
    this.parameters = parameters;
    this.result = result;
  }

  /** Types of the locals after the parameters. */
  get locals(): readonly ValueType[] {
    return this.#locals;
  }

  /** The number of a new local, which starts as zero. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.parameters.length + this.#locals.length - 1;
  }

  /** Instructions without immediates, in order. */
  op(...names: readonly OpName[]): this {
    for (const name of names) {
      const plain = (PLAIN as Readonly<Record<string, number | undefined>>)[name];
      if (plain === undefined) this.#simd(SIMD[name as SimdName]);
      else this.bytes.push(plain);
    }
    return this;
  }

  /** Loads from, or stores to, the address on the stack plus `offset` bytes. */
  memory(name: MemoryName | SimdMemoryName, offset = 0): this {
    if (name in SIMD_MEMORY) {
      const [code, alignment] = SIMD_MEMORY[name as SimdMemoryName];
      this.#simd(code).bytes.push(alignment).unsigned(offset);
    } else {
      const [code, alignment] = MEMORY[name as MemoryName];
      this.bytes.push(code).push(alignment).unsigned(offset);
    }
    return this;
  }

  /** An atomic access to the address on the stack plus `offset` bytes. */
  atomic(name: AtomicName, offset = 0): this {
    this.bytes.push(0xfe).unsigned(ATOMIC[name]).push(2).unsigned(offset);
    return this;
  }

  /** Loads into, or stores from, one lane of the vector on the stack. */
  memoryLane(name: MemoryLaneName, offset: number, lane: number): this {
    const [code, alignment] = MEMORY_LANE[name];
    this.#simd(code).bytes.push(alignment).unsigned(offset).push(lane);
    return this;
  }

  /** Reads or replaces one lane. */
  lane(name: LaneName, lane: number): this {
    this.#simd(SIMD_LANE[name]).bytes.push(lane);
    return this;
  }

  /** Bytes chosen from two vectors: 0 to 15 from the first, 16 to 31 from the second. */
  shuffle(lanes: readonly number[]): this {
    this.#simd(13);
    for (const lane of lanes) this.bytes.push(lane);
    return this;
  }

  get(...locals: readonly number[]): this {
    for (const local of locals) this.bytes.push(0x20).unsigned(local);
    return this;
  }

  set(local: number): this {
    this.bytes.push(0x21).unsigned(local);
    return this;
  }

  tee(local: number): this {
    this.bytes.push(0x22).unsigned(local);
    return this;
  }

  i32(value: number): this {
    this.bytes.push(0x41).signed(value);
    return this;
  }

  f64(value: number): this {
    this.bytes.push(0x44).float64(value);
    return this;
  }

  /** A vector of sixteen bytes given as numbers of `array`. */
  vector(array: Float32Array | Float64Array | Int32Array | Uint8Array): this {
    this.#simd(12);
    for (const byte of new Uint8Array(array.buffer, array.byteOffset, 16)) this.bytes.push(byte);
    return this;
  }

  /** A local that holds the vector from the start of the function on. */
  hoist(array: Float32Array | Float64Array | Int32Array | BigInt64Array): number {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, 16);
    const key = bytes.join();
    let local = this.#hoisted.get(key);
    if (local === undefined) {
      local = this.local("v128");
      this.#hoisted.set(key, local);
      this.head.push(SIMD_PREFIX).unsigned(12);
      for (const byte of bytes) this.head.push(byte);
      this.head.push(0x21).unsigned(local);
    }
    return local;
  }

  zero(): this {
    return this.vector(new Uint8Array(16));
  }

  /** Runs `body` again for as long as the i32 that it leaves on the stack is not 0. */
  doWhile(body: (code: this) => void): this {
    this.bytes.push(0x03).push(NOTHING);
    body(this);
    this.bytes.push(0x0d).unsigned(0);
    return this.op("end");
  }

  /** Runs `body` if the i32 on the stack is not 0. */
  when(body: (code: this) => void): this {
    this.bytes.push(0x04).push(NOTHING);
    body(this);
    return this.op("end");
  }

  /** Calls function number `index` of the module. */
  call(index: number): this {
    this.bytes.push(0x10).unsigned(index);
    return this;
  }

  /** Copies bytes: target, source and length lie on the stack. */
  copyMemory(): this {
    this.bytes.push(0xfc).unsigned(10).push(0).push(0);
    return this;
  }

  /** Fills bytes: target, value and length lie on the stack. */
  fillMemory(): this {
    this.bytes.push(0xfc).unsigned(11).push(0);
    return this;
  }

  #simd(code: number): this {
    this.bytes.push(SIMD_PREFIX).unsigned(code);
    return this;
  }
}

export interface WasmFunction {
  /** Under which it is exported; null for one that only the module calls. */
  readonly name: string | null;
  readonly code: Code;
}

/** A function of JavaScript that a module imports. */
export interface HostFunction {
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | null;
  /** Gives a number where there is a result. */
  run(...values: number[]): unknown;
}

/** 64-KiB pages that a 32-bit address reaches: the limit of a shared memory, which has to be stated. */
export const MOST_PAGES = 65536;

/**
 * A module that imports the memory `env.memory` and exports the functions that have a name.
 *
 * @param shared whether the memory is shared between threads.
 * @param imports functions `host.0`, `host.1`, …: they have the first numbers, before `functions`.
 */
export function encodeModule(
  functions: readonly WasmFunction[],
  shared = false,
  imports: readonly Pick<HostFunction, "parameters" | "result">[] = [],
): Uint8Array<ArrayBuffer> {
  const bytes = new Bytes();
  for (const byte of [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) bytes.push(byte);
  section(bytes, 1, (out) => {
    out.unsigned(imports.length + functions.length);
    for (const { parameters, result } of [...imports, ...functions.map(({ code }) => code)]) {
      out.push(0x60);
      types(out, parameters);
      types(out, result === null ? [] : [result]);
    }
  });
  section(bytes, 2, (out) => {
    out
      .unsigned(1 + imports.length)
      .text("env")
      .text("memory")
      .push(0x02);
    if (shared) out.push(0x03).unsigned(0).unsigned(MOST_PAGES);
    else out.push(0x00).unsigned(0);
    for (let i = 0; i < imports.length; i++)
      out.text("host").text(String(i)).push(0x00).unsigned(i);
  });
  section(bytes, 3, (out) => {
    out.unsigned(functions.length);
    for (let i = 0; i < functions.length; i++) out.unsigned(imports.length + i);
  });
  section(bytes, 7, (out) => {
    const named = functions.map(({ name }, i) => ({ name, i })).filter(({ name }) => name !== null);
    out.unsigned(named.length);
    for (const { name, i } of named)
      out
        .text(name ?? "")
        .push(0)
        .unsigned(imports.length + i);
  });
  section(bytes, 10, (out) => {
    out.unsigned(functions.length);
    for (const { code } of functions) functionBody(out, code);
  });
  return bytes.toArray();
}

function functionBody(out: Bytes, code: Code): void {
  const body = new Bytes();
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of code.locals) {
    const last = runs[runs.length - 1];
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  body.unsigned(runs.length);
  for (const { type, count } of runs) body.unsigned(count).push(TYPE_BYTE[type]);
  out
    .unsigned(body.length + code.head.length + code.bytes.length + 1)
    .append(body)
    .append(code.head)
    .append(code.bytes)
    .push(PLAIN.end);
}

function types(out: Bytes, list: readonly ValueType[]): void {
  out.unsigned(list.length);
  for (const type of list) out.push(TYPE_BYTE[type]);
}

function section(bytes: Bytes, id: number, fill: (out: Bytes) => void): void {
  const content = new Bytes();
  fill(content);
  bytes.push(id).unsigned(content.length).append(content);
}
