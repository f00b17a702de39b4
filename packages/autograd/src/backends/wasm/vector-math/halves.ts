/**
 * @file float32 lanes as two vectors of float64, and back.
 */
import type { Lanes, Value } from "./lanes.ts";

const UPPER = [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15];
const BOTH_LOWER = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** The two lower and the two upper lanes in float64. */
export function halves(lanes: Lanes, x: Value): readonly [Value, Value] {
  const upper: Value = () => {
    x();
    x();
    lanes.code.shuffle(UPPER);
  };
  return [
    lanes.keep(lanes.apply("f64x2.promote_low_f32x4", x)),
    lanes.keep(lanes.apply("f64x2.promote_low_f32x4", upper)),
  ];
}

/** Both, rounded to float32. */
export function joined(lanes: Lanes, [lower, upper]: readonly [Value, Value]): Value {
  return () => {
    lanes.apply("f32x4.demote_f64x2_zero", lower)();
    lanes.apply("f32x4.demote_f64x2_zero", upper)();
    lanes.code.shuffle(BOTH_LOWER);
  };
}
