/**
 * @file A small WebAssembly encoder: bytes of a module from functions written as calls of `Code`.
 *
 * It knows the instructions that our kernels use and nothing of what they compute. Source: the
 * WebAssembly core specification, chapter 5 (binary format), with the SIMD instructions of 2.0.
 */

export type ValueType = "i32" | "v128";

const TYPE_BYTE = { i32: 0x7f, v128: 0x7b } satisfies Record<ValueType, number>;

/** The shape of a vector: four float32 or two float64. */
export type Lane = "f32x4" | "f64x2";
/** Operations of a vector, lane by lane. */
export type LaneOp =
  | "Abs"
  | "Neg"
  | "Sqrt"
  | "Add"
  | "Sub"
  | "Mul"
  | "Div"
  | "Min"
  | "Max"
  | "Floor";
type PlainName = "end" | "select" | "i32Add" | "i32Sub" | "i32Mul" | "i32LtU";
type ScalarMemoryName = "i32Load" | "i32Store" | "i64Load" | "i64Store";
type MemoryName =
  | "v128Load"
  | "v128Load64Zero"
  | "v128Load32Splat"
  | "v128Load64Splat"
  | "v128Store";

/** Plain instructions without immediates. */
const PLAIN: Readonly<Record<PlainName, number>> = {
  end: 0x0b,
  select: 0x1b,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32LtU: 0x49,
};

/** Lane operations of float32 and float64, after the prefix 0xfd. */
const LANE: Readonly<Record<LaneOp, Readonly<Record<Lane, number>>>> = {
  Floor: { f32x4: 104, f64x2: 117 },
  Abs: { f32x4: 224, f64x2: 236 },
  Neg: { f32x4: 225, f64x2: 237 },
  Sqrt: { f32x4: 227, f64x2: 239 },
  Add: { f32x4: 228, f64x2: 240 },
  Sub: { f32x4: 229, f64x2: 241 },
  Mul: { f32x4: 230, f64x2: 242 },
  Div: { f32x4: 231, f64x2: 243 },
  Min: { f32x4: 232, f64x2: 244 },
  Max: { f32x4: 233, f64x2: 245 },
};

/** Scalar loads and stores; the alignment is a hint, and an address may have any. */
const SCALAR_MEMORY: Readonly<
  Record<ScalarMemoryName, readonly [code: number, alignment: number]>
> = { i32Load: [0x28, 2], i64Load: [0x29, 3], i32Store: [0x36, 2], i64Store: [0x37, 3] };

/** SIMD instructions with an alignment and an offset. */
const MEMORY: Readonly<Record<MemoryName, readonly [code: number, alignment: number]>> = {
  v128Load: [0, 4],
  v128Load32Splat: [9, 2],
  v128Load64Splat: [10, 3],
  v128Load64Zero: [93, 3],
  v128Store: [11, 4],
};

/** The instructions of one function, appended in order. */
export class Code {
  readonly bytes: number[] = [];

  op(...names: readonly PlainName[]): this {
    for (const name of names) this.bytes.push(PLAIN[name]);
    return this;
  }

  /** The two low float32 of a vector as a vector of float64. */
  promoteLow(): this {
    this.bytes.push(0xfd, 95);
    return this;
  }

  lane(lane: Lane, op: LaneOp): this {
    this.bytes.push(0xfd);
    pushUnsigned(this.bytes, LANE[op][lane]);
    return this;
  }

  /** Loads from, or stores to, the address on the stack plus `offset` bytes. */
  memory(name: MemoryName, offset: number): this {
    const [code, alignment] = MEMORY[name];
    this.bytes.push(0xfd);
    pushUnsigned(this.bytes, code);
    pushUnsigned(this.bytes, alignment);
    pushUnsigned(this.bytes, offset);
    return this;
  }

  /** Loads from, or stores to, the address on the stack, one number. */
  scalar(name: ScalarMemoryName): this {
    const [code, alignment] = SCALAR_MEMORY[name];
    this.bytes.push(code, alignment, 0);
    return this;
  }

  get(...locals: readonly number[]): this {
    for (const local of locals) this.#indexed(0x20, local);
    return this;
  }

  set(local: number): this {
    return this.#indexed(0x21, local);
  }

  tee(local: number): this {
    return this.#indexed(0x22, local);
  }

  i32(value: number): this {
    this.bytes.push(0x41);
    pushSigned(this.bytes, value);
    return this;
  }

  /** A v128 of zeros. */
  zero(): this {
    this.bytes.push(0xfd, 12, ...new Array<number>(16).fill(0));
    return this;
  }

  /** Runs `body` again for as long as the i32 that it leaves on the stack is not 0. */
  doWhile(body: (code: this) => void): this {
    this.bytes.push(0x03, 0x40);
    body(this);
    this.bytes.push(0x0d, 0);
    return this.op("end");
  }

  #indexed(code: number, index: number): this {
    this.bytes.push(code);
    pushUnsigned(this.bytes, index);
    return this;
  }
}

export interface WasmFunction {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly code: Code;
}

/** A module that imports the memory `env.memory` and exports `functions`, which return nothing. */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const bytes = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const count = functions.length;
  const types = functions.flatMap(({ parameters }) => [
    0x60,
    ...vector(parameters.map((type) => [TYPE_BYTE[type]])),
    0,
  ]);
  section(bytes, 1, [...unsigned(count), ...types]);
  section(bytes, 2, [1, ...text("env"), ...text("memory"), 0x02, 0x00, 0]);
  section(bytes, 3, vector(functions.map((_, i) => unsigned(i))));
  section(bytes, 7, vector(functions.map(({ name }, i) => [...text(name), 0x00, ...unsigned(i)])));
  section(bytes, 10, vector(functions.map(functionBody)));
  return Uint8Array.from(bytes);
}

function functionBody({ locals, code }: WasmFunction): number[] {
  const declared = vector(locals.map((type) => [1, TYPE_BYTE[type]]));
  const body = [...declared, ...code.bytes, PLAIN.end];
  return [...unsigned(body.length), ...body];
}

function section(bytes: number[], id: number, content: readonly number[]): void {
  bytes.push(id);
  pushUnsigned(bytes, content.length);
  for (const byte of content) bytes.push(byte);
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function text(name: string): number[] {
  const codes = [...name].map((letter) => letter.charCodeAt(0));
  return [...unsigned(codes.length), ...codes];
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

/** LEB128, seven bits a byte. */
function pushUnsigned(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
}

function pushSigned(bytes: number[], value: number): void {
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return;
  }
}
