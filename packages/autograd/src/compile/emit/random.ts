/** @file Random words and permutations: Threefry-2x32 in integers, bit for bit as kernel/threefry.ts. */
import { sizeOf } from "../../array/shape.ts";
import { Code } from "../../backends/wasm/encoder.ts";
import type { PermutationKernel, RandomBitsKernel } from "../../kernel/kernel.ts";
import { PARITY, ROTATIONS } from "../../kernel/threefry.ts";
import { bytesPerElement } from "../../array/dtype.ts";
import type { Value } from "../program.ts";
import { advance, repeat } from "./control.ts";
import type { Places } from "./nest.ts";

interface RandomContext {
  readonly places: Places;
}

interface Words {
  /** Locals with the two output words. */
  readonly a: number;
  readonly b: number;
  /** Computes them for the counter in the local. */
  next(counter: number): void;
}

function wordsOf(code: Code, key: Value, stream: number, { places }: RandomContext): Words {
  const { base, offset } = places.layout(key);
  const address = places.address(base) + offset * bytesPerElement(key.dtype);
  const schedule = [code.local("i32"), code.local("i32"), code.local("i32")];
  const [a, b] = [code.local("i32"), code.local("i32")];
  code.i32(0).memory("i32.load", address).set(schedule[0]);
  code
    .i32(0)
    .memory("i32.load", address + 4)
    .set(schedule[1]);
  code.i32(PARITY).get(schedule[0]).op("i32.xor").get(schedule[1]).op("i32.xor").set(schedule[2]);
  const next = (counter: number): void => {
    code.get(counter, schedule[0]).op("i32.add").set(a);
    code.i32(stream).get(schedule[1]).op("i32.add").set(b);
    for (let group = 0; group < 5; group++) {
      for (const rotation of ROTATIONS[group % 2]) {
        code.get(a, b).op("i32.add").set(a);
        code.get(b).i32(rotation).op("i32.rotl").get(a).op("i32.xor").set(b);
      }
      code
        .get(a, schedule[(group + 1) % 3])
        .op("i32.add")
        .set(a);
      code
        .get(b, schedule[(group + 2) % 3])
        .op("i32.add")
        .i32(group + 1)
        .op("i32.add")
        .set(b);
    }
  };
  return { a, b, next };
}

export function emitRandomBits(
  value: Value,
  { stream }: RandomBitsKernel,
  context: RandomContext,
): Code {
  const code = new Code();
  const size = sizeOf(value.shape);
  const words = wordsOf(code, value.operands[0], stream, context);
  const [to, counter] = [code.local("i32"), code.local("i32")];
  code.i32(context.places.address(value)).set(to);
  repeat(code, Math.floor(size / 2), () => {
    words.next(counter);
    code.get(to, words.a).memory("i32.store").get(to, words.b).memory("i32.store", 4);
    advance(code, to, 8);
    advance(code, counter, 1);
  });
  if (size % 2 === 1) {
    words.next(counter);
    code.get(to, words.a).memory("i32.store");
  }
  return code;
}

export function emitPermutation(
  value: Value,
  { stream }: PermutationKernel,
  context: RandomContext,
): Code {
  const code = new Code();
  const count = sizeOf(value.shape);
  const target = context.places.address(value);
  const words = wordsOf(code, value.operands[0], stream, context);
  const [i, j, counter, held] = [0, 1, 2, 3].map(() => code.local("i32"));
  const at = (index: number): Code => code.get(index).i32(4).op("i32.mul");
  repeat(code, count, () => {
    at(i).get(i).memory("i32.store", target);
    advance(code, i, 1);
  });
  code.i32(count - 1).set(i);
  repeat(code, count - 1, () => {
    code.get(i).i32(1).op("i32.shr_u").set(counter);
    words.next(counter);
    // j = floor(word / 2^32 · (i + 1))
    code.get(words.b, words.a).get(i).i32(1).op("i32.and", "select");
    code
      .op("f64.convert_i32_u")
      .f64(2 ** -32)
      .op("f64.mul");
    code.get(i).i32(1).op("i32.add", "f64.convert_i32_u", "f64.mul", "i32.trunc_f64_s").set(j);
    at(i).memory("i32.load", target).set(held);
    at(i);
    at(j).memory("i32.load", target).memory("i32.store", target);
    at(j).get(held).memory("i32.store", target);
    advance(code, i, -1);
  });
  return code;
}
