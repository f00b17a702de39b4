/**
 * @file The scalar vocabulary in SIMD: one instruction sequence for each word and dtype.
 *
 * A vector holds `lanes` numbers: four, or two where float64 takes part. int32 and float32 stand in the low
 * lanes. A bool is a mask of 32-bit lanes, all ones for true; for float64 it is widened where it is used.
 */
import type { DType } from "../../array/dtype.ts";
import type { LibraryWord } from "../../kernel/scalar.ts";
import type { Code, OpName } from "../../backends/wasm/encoder.ts";
import { FLOAT32, FLOAT64 } from "../../backends/wasm/engine.ts";
import { FLOAT_WORDS } from "../../backends/wasm/instructions.ts";
import { VECTOR_MATH } from "../../backends/wasm/vector-math.ts";
import type { HostCalls } from "../host-call.ts";
import type { Word } from "../program.ts";
import { assertInvariant } from "../../errors.ts";

export interface WordContext {
  readonly code: Code;
  readonly lanes: 2 | 4;
  /** Whether relaxed multiply-add may be used. */
  readonly relaxed: boolean;
  readonly hosts: HostCalls;
}

/** Leaves the result of `word` on the stack; operands are locals, of dtype `from`, the result of dtype `to`. */
export function emitWord(
  context: WordContext,
  word: Word,
  operands: readonly number[],
  from: DType,
  to: DType,
): void {
  const { code } = context;
  if (word === "cast") return emitCast(context, operands[0], from, to);
  if (word === "select") return emitSelect(context, operands, to);
  if (word in COMPARE) {
    emitComparison(context, COMPARE[word as keyof typeof COMPARE], operands, from);
    return;
  }
  if (from === "int32") {
    emitInteger(code, word, operands);
    return;
  }
  assertInvariant(from === "float32" || from === "float64", `${word} has no meaning for ${from}`);
  const lane = from === "float32" ? "f32x4" : "f64x2";
  const instruction = FLOAT_WORDS[word as keyof typeof FLOAT_WORDS] ?? null;
  if (instruction !== null) {
    code.get(...operands).op(`${lane}.${instruction}`);
    return;
  }
  if (word === "sign") {
    // 1 or -1 where it is not 0, else x itself, which may be a zero with a sign or NaN
    const [x] = operands;
    const [one, minusOne] = [constant(code, from, 1), constant(code, from, -1)];
    const zero = constant(code, from, 0);
    code.get(one).get(minusOne, x).get(x, zero).op(`${lane}.lt`, "v128.bitselect");
    code.get(x, zero).op(`${lane}.gt`, "v128.bitselect");
    return;
  }
  const emit = VECTOR_MATH[word as keyof typeof VECTOR_MATH];
  assertInvariant(emit !== undefined, `${word} is not printed for ${from}`);
  emit(
    {
      code,
      element: from === "float32" ? FLOAT32 : FLOAT64,
      relaxed: context.relaxed,
      constant: (value) => constant(code, from, value),
      integer: (value) =>
        from === "float32"
          ? code.hoist(new Int32Array(4).fill(Number(BigInt.asIntN(32, value))))
          : code.hoist(new BigInt64Array(2).fill(value)),
      temporary: () => code.local("v128"),
    },
    ...operands,
  );
}

/**
 * As emitWord, for a word that exists as a function of float64 alone: called for each of the first `count` lanes,
 * so its numbers have the bits of the eager ones. One result is repeated in all lanes.
 */
export function emitHostWord(
  { code, hosts }: WordContext,
  word: LibraryWord,
  operands: readonly number[],
  dtype: DType,
  count: number,
): void {
  assertInvariant(dtype === "float32" || dtype === "float64", `${word} is a function of floats`);
  const isSingle = dtype === "float32";
  const lane = isSingle ? "f32x4" : "f64x2";
  const call = (k: number): void => {
    for (const operand of operands) {
      code.get(operand).lane(`${lane}.extract_lane`, k);
      if (isSingle) code.op("f64.promote_f32");
    }
    code.call(hosts.word(word, operands.length));
    if (isSingle) code.op("f32.demote_f64");
  };
  call(0);
  code.op(`${lane}.splat`);
  for (let k = 1; k < count; k++) {
    call(k);
    code.lane(`${lane}.replace_lane`, k);
  }
}

const COMPARE = {
  equal: { float: "eq", integer: "i32x4.eq" },
  notEqual: { float: "ne", integer: "i32x4.ne" },
  less: { float: "lt", integer: "i32x4.lt_s" },
  lessEqual: { float: "le", integer: "i32x4.le_s" },
} as const;

function emitComparison(
  { code }: WordContext,
  { float, integer }: { readonly float: "eq" | "ne" | "lt" | "le"; readonly integer: OpName },
  operands: readonly number[],
  from: DType,
): void {
  code.get(...operands);
  if (from === "float32") code.op(`f32x4.${float}`);
  else if (from === "float64") {
    code.op(`f64x2.${float}`);
    narrowMask(code);
  } else code.op(integer);
}

/** The mask of two float64 on the stack as one of the two low 32-bit lanes. */
function narrowMask(code: Code): void {
  const zero = code.hoist(new Int32Array(4));
  code.get(zero).shuffle([0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 16, 17, 18, 19]);
}

function emitSelect({ code }: WordContext, [condition, a, b]: readonly number[], to: DType): void {
  code.get(a, b, condition);
  if (to === "float64") code.op("i64x2.extend_low_i32x4_s");
  code.op("v128.bitselect");
}

function emitInteger(code: Code, word: Word, operands: readonly number[]): void {
  code.get(...operands);
  switch (word) {
    case "add":
    case "sub":
    case "mul":
    case "neg":
    case "abs":
      code.op(`i32x4.${word}`);
      return;
    case "maximum":
      code.op("i32x4.max_s");
      return;
    case "minimum":
      code.op("i32x4.min_s");
      return;
    case "floor":
      return;
    case "sign": {
      // the sign bit, or 1 where x is positive
      const [x] = operands;
      const zero = code.hoist(new Int32Array(4));
      code.i32(31).op("i32x4.shr_s");
      code.get(x, zero).op("i32x4.gt_s", "i32x4.sub");
      return;
    }
    default:
      throw new Error(`internal: ${word} is not printed for int32`);
  }
}

function emitCast({ code, lanes }: WordContext, x: number, from: DType, to: DType): void {
  code.get(x);
  if (from === to) return;
  if (from === "bool") {
    const one = {
      float32: new Float32Array(4).fill(1),
      float64: new Float64Array(2).fill(1),
      int32: new Int32Array(4).fill(1),
    };
    if (to === "float64") code.op("i64x2.extend_low_i32x4_s");
    assertInvariant(to !== "bool", "bool is not cast to itself");
    code.get(code.hoist(one[to])).op("v128.and");
    return;
  }
  if (to === "bool") {
    const zero = code.hoist(new Int32Array(4));
    code.get(zero).op(from === "int32" ? "i32x4.ne" : from === "float32" ? "f32x4.ne" : "f64x2.ne");
    if (from === "float64") narrowMask(code);
    return;
  }
  if (from === "int32") {
    code.op(to === "float32" ? "f32x4.convert_i32x4_s" : "f64x2.convert_low_i32x4_s");
    return;
  }
  if (to === "float64") {
    code.op("f64x2.promote_low_f32x4");
    return;
  }
  if (to === "float32") {
    code.op("f32x4.demote_f64x2_zero");
    return;
  }
  // JavaScript's conversion: truncated, then modulo 2³²; NaN and infinities become 0
  const lane = from === "float32" ? "f32x4" : "f64x2";
  const truncated = code.local("v128");
  const [down, up] = [constant(code, from, 2 ** -32), constant(code, from, 2 ** 32)];
  code.op(`${lane}.trunc`).set(truncated);
  // a small negative float32 plus 2³² would be rounded: what fits is converted as it is
  if (from === "float32") code.get(truncated).op("i32x4.trunc_sat_f32x4_s");
  code.get(truncated, truncated, down).op(`${lane}.mul`, `${lane}.floor`).get(up);
  code.op(`${lane}.mul`, `${lane}.sub`);
  if (from === "float64") code.op("i32x4.trunc_sat_f64x2_u_zero");
  else {
    code.op("i32x4.trunc_sat_f32x4_u").get(truncated).op("f32x4.abs");
    code.get(constant(code, from, 2 ** 31)).op("f32x4.lt", "v128.bitselect");
  }
  assertInvariant(lanes === 2 || from === "float32", "float64 takes two lanes");
}

/** A local with `value` in every lane. */
export function constant(code: Code, dtype: DType, value: number): number {
  if (dtype === "float32") return code.hoist(new Float32Array(4).fill(value));
  if (dtype === "float64") return code.hoist(new Float64Array(2).fill(value));
  return code.hoist(new Int32Array(4).fill(dtype === "bool" ? (value === 0 ? 0 : -1) : value));
}
