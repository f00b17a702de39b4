/**
 * @file sin and cos: x = n π/2 + r with |r| ≤ π/4; then ±sin r or ±cos r, by the two low bits of n.
 *
 * Up to 2^20, n π/2 is taken off in parts of 33 bits, which is exact (Cody & Waite 1980). Beyond, behind a
 * branch, x · 2/π is computed modulo 4 from those bits of 2/π that matter: Payne & Hanek, "Radian reduction for
 * trigonometric functions" (1983). Both are in float64 for both dtypes. The polynomials are our own fits.
 */
import { exactSum } from "./exact.ts";
import { halves, joined } from "./halves.ts";
import { Lanes, type Value, type VectorContext } from "./lanes.ts";
import { reduceHuge } from "./payne-hanek.ts";

/** |x| below this is reduced in parts: n has 20 bits, and its products with 33 bits are exact. */
const MODERATE = 2 ** 20;
const MAGIC = 1.5 * 2 ** 52;

const HALF_PI = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32] as const; // biome-ignore format: parts
const HALF_PI_REST = 6.077100506506192e-11;

// on |r| ≤ 0.7858: sin r = r + r³ p(r²), cos r = 1 - r²/2 + r⁴ q(r²)
// float64: degrees 5 and 5, errors 6.8e-18 and 1.1e-18; float32: degrees 2 and 2, errors 5.5e-9 and 4.9e-10
const SIN_DOUBLE = [
  -0.16666666666666632, 0.00833333333332237, -0.0001984126982977087, 2.7557313678594747e-6,
  -2.5050755953674146e-8, 1.5896666193823625e-10,
];
const COS_DOUBLE = [
  0.0416666666666666, -0.0013888888888874068, 2.4801587289445206e-5, -2.7557314341124105e-7,
  2.0875721682106553e-9, -1.1359562108953213e-11,
];
const SIN_SINGLE = [-0.16666655242443085, 0.008332176133990288, -0.000195169763173908];
const COS_SINGLE = [0.04166664555668831, -0.0013887364184483886, 2.4438089894829318e-5];

interface Kernels {
  readonly sin: Value;
  readonly cos: Value;
}

/** n in the low bits of a float64, and the rest of x as locals, which the branch for huge numbers may set. */
interface Reduction {
  readonly shifted: number;
  readonly high: number;
  readonly low: number | null;
}

function reduce(lanes: Lanes, x: Value, isExact: boolean): Reduction {
  const magic = lanes.number(MAGIC);
  const shifted = lanes.variable(lanes.madd(x, lanes.number(2 / Math.PI), magic));
  const n = lanes.keep(lanes.sub(lanes.local(shifted), magic));
  const part = (k: number): Value => lanes.mul(n, lanes.number(HALF_PI[k]));
  const first = lanes.keep(lanes.sub(x, part(0)));
  const size = lanes.keep(lanes.op("abs", x));
  const isHuge = lanes.keep(lanes.op("ge", size, lanes.number(MODERATE)));
  if (!isExact) {
    const high = lanes.variable(lanes.sub(first, lanes.mul(n, lanes.number(HALF_PI_REST))));
    return reduced(lanes, x, isHuge, { shifted, high, low: null });
  }
  const second = exactSum(lanes, first, lanes.keep(lanes.op("neg", part(1))));
  const third = exactSum(lanes, second.high, lanes.keep(lanes.op("neg", part(2))));
  const high = lanes.variable(third.high);
  const low = lanes.variable(lanes.sub(lanes.add(second.low, third.low), part(3)));
  return reduced(lanes, x, isHuge, { shifted, high, low });
}

function reduced(lanes: Lanes, x: Value, isHuge: Value, parts: Reduction): Reduction {
  lanes.whenAny(isHuge, () => {
    const dtype = parts.low === null ? "float32" : "float64";
    const { turns, rest } = reduceHuge(lanes.double(), x, dtype);
    const replace = (local: number, value: Value): void => {
      lanes.assign(local, lanes.select(isHuge, value, lanes.local(local)));
    };
    replace(parts.shifted, lanes.add(turns, lanes.number(MAGIC)));
    replace(parts.high, rest.high);
    if (parts.low !== null) replace(parts.low, rest.low);
  });
  return parts;
}

/** sin(r) and cos(r) by the short polynomials, whose result is rounded to float32. */
function shortKernels(lanes: Lanes, r: Value): Kernels {
  const z = lanes.keep(lanes.mul(r, r));
  const main = lanes.nmadd(z, lanes.number(0.5), lanes.number(1));
  return {
    sin: lanes.mul(r, lanes.madd(lanes.polynomial(SIN_SINGLE, z), z, lanes.number(1))),
    cos: lanes.madd(lanes.polynomial(COS_SINGLE, z), lanes.mul(z, z), main),
  };
}

/**
 * sin(r + low) = sin r + low (1 - r²/2) and cos(r + low) = cos r - r · low, where 1 - r²/2 gets back what its
 * rounding lost.
 */
function kernels(lanes: Lanes, r: Value, low: Value): Kernels {
  const z = lanes.keep(lanes.mul(r, r));
  const half = lanes.keep(lanes.mul(z, lanes.number(0.5)));
  const one = lanes.number(1);
  const main = lanes.keep(lanes.sub(one, half));
  const lost = lanes.sub(lanes.sub(one, main), half);
  const cubic = lanes.mul(lanes.polynomial(SIN_DOUBLE, z), lanes.mul(z, r));
  const fourth = lanes.mul(lanes.polynomial(COS_DOUBLE, z), lanes.mul(z, z));
  return {
    sin: lanes.add(r, lanes.add(cubic, lanes.mul(low, main))),
    cos: lanes.add(main, lanes.add(lost, lanes.sub(fourth, lanes.mul(r, low)))),
  };
}

/** The two low bits of `bits` are n, plus 1 for cos: odd takes the other function, 2 and 3 the other sign. */
function byQuadrant(lanes: Lanes, bits: Value, { sin, cos }: Kernels): Value {
  const one = lanes.integer(1n);
  const isOdd = lanes.bits("sub", lanes.integer(0n), lanes.and(bits, one));
  const sign = lanes.shift("shl", lanes.and(bits, lanes.integer(2n)), 62);
  return lanes.xor(lanes.select(isOdd, cos, sin), sign);
}

/** sin for quarter 0, cos for quarter 1. */
function turned(lanes: Lanes, x: Value, quarter: bigint, isExact: boolean): Value {
  const { shifted, high, low } = reduce(lanes, x, isExact);
  const n = lanes.local(shifted);
  const bits = quarter === 0n ? n : lanes.keep(lanes.bits("add", n, lanes.integer(quarter)));
  const r = lanes.local(high);
  const both = low === null ? shortKernels(lanes, r) : kernels(lanes, r, lanes.local(low));
  return lanes.keep(byQuadrant(lanes, bits, both));
}

function emit(context: VectorContext, operand: number, quarter: bigint): void {
  const lanes = new Lanes(context);
  const x = lanes.local(operand);
  if (context.element.lane === "f64x2") {
    const value = turned(lanes, x, quarter, true);
    // sums of pairs have lost the sign of -0
    const isZero = lanes.op("eq", x, lanes.number(0));
    (quarter === 0n ? lanes.select(isZero, x, value) : value)();
    return;
  }
  const wide = lanes.double();
  const both = halves(wide, x);
  const lower = turned(wide, both[0], quarter, false);
  const upper = turned(wide, both[1], quarter, false);
  joined(wide, [lower, upper])();
}

export function sin(context: VectorContext, x: number): void {
  emit(context, x, 0n);
}

export function cos(context: VectorContext, x: number): void {
  emit(context, x, 1n);
}
