/** @file Loops with known counts. */
import type { Code } from "../../backends/wasm/encoder.ts";

/** Emits `body` to run `count` times: not at all for 0, without a loop for 1. */
export function repeat(code: Code, count: number, body: () => void): void {
  if (count === 0) return;
  if (count === 1) {
    body();
    return;
  }
  const counter = code.local("i32");
  code.i32(count).set(counter);
  code.doWhile(() => {
    body();
    code.get(counter).i32(1).op("i32.sub").tee(counter);
  });
}

/** Adds `delta` to a local. */
export function advance(code: Code, local: number, delta: number): void {
  if (delta !== 0) code.get(local).i32(delta).op("i32.add").set(local);
}
