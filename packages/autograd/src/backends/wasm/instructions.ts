/**
 * @file Opcodes of the WebAssembly instructions that our kernels use, under the names of the text format.
 *
 * Source: the WebAssembly core specification, "Index of instructions"; `relaxed_…` from its version 3.0.
 */

/** Instructions without immediates. */
export const PLAIN = {
  end: 0x0b,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.ne": 0x47,
  "i32.lt_s": 0x48,
  "i32.lt_u": 0x49,
  "i32.gt_s": 0x4a,
  "i32.ge_u": 0x4f,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_u": 0x6e,
  "i32.rem_u": 0x70,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "i32.rotl": 0x77,
  "f32.add": 0x92,
  "f32.max": 0x97,
  "f64.eq": 0x61,
  "f64.floor": 0x9c,
  "f64.add": 0xa0,
  "f64.sub": 0xa1,
  "f64.mul": 0xa2,
  "f64.div": 0xa3,
  "f64.max": 0xa5,
  "i32.trunc_f64_s": 0xaa,
  "f32.demote_f64": 0xb6,
  "f64.convert_i32_s": 0xb7,
  "f64.convert_i32_u": 0xb8,
  "f64.promote_f32": 0xbb,
} as const;

/** Loads and stores of one number: opcode and natural alignment. The alignment is a hint; an address may have any. */
export const MEMORY = {
  "i32.load": [0x28, 2],
  "i64.load": [0x29, 3],
  "f32.load": [0x2a, 2],
  "f64.load": [0x2b, 3],
  "i32.load8_u": [0x2d, 0],
  "i32.store": [0x36, 2],
  "i64.store": [0x37, 3],
  "f32.store": [0x38, 2],
  "f64.store": [0x39, 3],
  "i32.store8": [0x3a, 0],
} as const;

/** What moves a number of so many bytes whatever it is: a NaN keeps its bits. */
export const MOVE = {
  4: ["i32.load", "i32.store"],
  8: ["i64.load", "i64.store"],
} as const;

/** Atomic accesses of an i32, after the prefix 0xfe; the alignment must be natural. */
export const ATOMIC = {
  "memory.atomic.notify": 0x00,
  "i32.atomic.load": 0x10,
  "i32.atomic.store": 0x17,
  "i32.atomic.rmw.add": 0x1e,
} as const;

/** Loads and stores of vectors: opcode after the prefix, and natural alignment. */
export const SIMD_MEMORY = {
  "v128.load": [0, 4],
  "v128.load8_splat": [7, 0],
  "v128.load32_splat": [9, 2],
  "v128.load64_splat": [10, 3],
  "v128.store": [11, 4],
  "v128.load32_zero": [92, 2],
  "v128.load64_zero": [93, 3],
} as const;

/** Loads and stores of one lane: opcode after the prefix, and natural alignment. */
export const MEMORY_LANE = {
  "v128.load8_lane": [84, 0],
  "v128.load16_lane": [85, 1],
  "v128.load32_lane": [86, 2],
  "v128.load64_lane": [87, 3],
  "v128.store8_lane": [88, 0],
  "v128.store16_lane": [89, 1],
  "v128.store32_lane": [90, 2],
  "v128.store64_lane": [91, 3],
} as const;

/** SIMD instructions with the number of a lane. */
export const SIMD_LANE = {
  "i32x4.extract_lane": 27,
  "i32x4.replace_lane": 28,
  "f32x4.extract_lane": 31,
  "f32x4.replace_lane": 32,
  "f64x2.extract_lane": 33,
  "f64x2.replace_lane": 34,
} as const;

/** Words of the scalar vocabulary that are one SIMD instruction on floats: its name after `f32x4.` or `f64x2.`. */
export const FLOAT_WORDS = {
  add: "add",
  sub: "sub",
  mul: "mul",
  div: "div",
  neg: "neg",
  sqrt: "sqrt",
  abs: "abs",
  maximum: "max",
  minimum: "min",
  floor: "floor",
} as const;

/** SIMD instructions without immediates, after the prefix. */
export const SIMD = {
  "i32x4.splat": 17,
  "i64x2.splat": 18,
  "f32x4.splat": 19,
  "f64x2.splat": 20,
  "i32x4.eq": 55,
  "i32x4.ne": 56,
  "i32x4.lt_s": 57,
  "i32x4.lt_u": 58,
  "i32x4.gt_s": 59,
  "i32x4.gt_u": 60,
  "i32x4.le_s": 61,
  "i32x4.ge_s": 63,
  "f32x4.eq": 65,
  "f32x4.ne": 66,
  "f32x4.lt": 67,
  "f32x4.gt": 68,
  "f32x4.le": 69,
  "f32x4.ge": 70,
  "f64x2.eq": 71,
  "f64x2.ne": 72,
  "f64x2.lt": 73,
  "f64x2.gt": 74,
  "f64x2.le": 75,
  "f64x2.ge": 76,
  "v128.not": 77,
  "v128.and": 78,
  "v128.andnot": 79,
  "v128.or": 80,
  "v128.xor": 81,
  "v128.bitselect": 82,
  "v128.any_true": 83,
  "f32x4.demote_f64x2_zero": 94,
  "f64x2.promote_low_f32x4": 95,
  "i8x16.narrow_i16x8_u": 102,
  "f32x4.ceil": 103,
  "f32x4.floor": 104,
  "f32x4.trunc": 105,
  "f32x4.nearest": 106,
  "f64x2.ceil": 116,
  "f64x2.floor": 117,
  "f64x2.trunc": 122,
  "f64x2.nearest": 148,
  "i16x8.narrow_i32x4_u": 134,
  "i16x8.extend_low_i8x16_u": 137,
  "i32x4.abs": 160,
  "i32x4.neg": 161,
  "i32x4.all_true": 163,
  "i32x4.bitmask": 164,
  "i32x4.extend_low_i16x8_u": 169,
  "i32x4.shl": 171,
  "i32x4.shr_s": 172,
  "i32x4.shr_u": 173,
  "i32x4.add": 174,
  "i32x4.sub": 177,
  "i32x4.mul": 181,
  "i32x4.min_s": 182,
  "i32x4.max_s": 184,
  "i64x2.neg": 193,
  "i64x2.extend_low_i32x4_s": 199,
  "i64x2.extend_low_i32x4_u": 201,
  "i64x2.shl": 203,
  "i64x2.shr_s": 204,
  "i64x2.shr_u": 205,
  "i64x2.add": 206,
  "i64x2.sub": 209,
  "i64x2.eq": 214,
  "i64x2.lt_s": 216,
  "i64x2.gt_s": 217,
  "f32x4.abs": 224,
  "f32x4.neg": 225,
  "f32x4.sqrt": 227,
  "f32x4.add": 228,
  "f32x4.sub": 229,
  "f32x4.mul": 230,
  "f32x4.div": 231,
  "f32x4.min": 232,
  "f32x4.max": 233,
  "f32x4.pmin": 234,
  "f32x4.pmax": 235,
  "f64x2.abs": 236,
  "f64x2.neg": 237,
  "f64x2.sqrt": 239,
  "f64x2.add": 240,
  "f64x2.sub": 241,
  "f64x2.mul": 242,
  "f64x2.div": 243,
  "f64x2.min": 244,
  "f64x2.max": 245,
  "f64x2.pmin": 246,
  "f64x2.pmax": 247,
  "i32x4.trunc_sat_f32x4_s": 248,
  "i32x4.trunc_sat_f32x4_u": 249,
  "f32x4.convert_i32x4_s": 250,
  "f32x4.convert_i32x4_u": 251,
  "i32x4.trunc_sat_f64x2_s_zero": 252,
  "i32x4.trunc_sat_f64x2_u_zero": 253,
  "f64x2.convert_low_i32x4_s": 254,
  "f64x2.convert_low_i32x4_u": 255,
  "i32x4.relaxed_trunc_f32x4_s": 0x101,
  "f32x4.relaxed_madd": 0x105,
  "f32x4.relaxed_nmadd": 0x106,
  "f64x2.relaxed_madd": 0x107,
  "f64x2.relaxed_nmadd": 0x108,
} as const;

export type PlainName = keyof typeof PLAIN;
export type AtomicName = keyof typeof ATOMIC;
export type MemoryName = keyof typeof MEMORY;
export type SimdMemoryName = keyof typeof SIMD_MEMORY;
export type MemoryLaneName = keyof typeof MEMORY_LANE;
export type LaneName = keyof typeof SIMD_LANE;
export type SimdName = keyof typeof SIMD;
