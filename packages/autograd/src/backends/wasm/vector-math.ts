/**
 * @file Elementary functions of vectors, float32 and float64, as instructions of the function being written.
 *
 * Special values are those of JavaScript's `Math`. How accurate each is was measured: docs/vector-math.md.
 */
import { erf } from "./vector-math/erf.ts";
import { exp, sigmoid, tanh } from "./vector-math/exp.ts";
import type { VectorWord } from "./vector-math/lanes.ts";
import { log } from "./vector-math/log.ts";
import { pow } from "./vector-math/pow.ts";
import { cos, sin } from "./vector-math/sin-cos.ts";

export type { VectorContext, VectorWord } from "./vector-math/lanes.ts";

type Word = "exp" | "log" | "tanh" | "sigmoid" | "erf" | "sin" | "cos" | "pow";

export const VECTOR_MATH: Readonly<Record<Word, VectorWord>> = {
  exp,
  log,
  tanh,
  sigmoid,
  erf,
  sin,
  cos,
  pow,
};
