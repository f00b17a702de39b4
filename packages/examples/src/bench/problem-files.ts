/**
 * @file The problems of a workload as files that other systems read: a manifest in JSON, and the numbers as
 * float32 or int32, little-endian.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Numbers, Problem } from "./workload.ts";

/** Replaces the content of `folder`. */
export function writeProblems(folder: string, problems: readonly Problem[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = problems.map(({ name, parameters = {}, inputs, expected }, i) => {
    const write = (part: string, all: Problem["inputs"]): Record<string, object> =>
      Object.fromEntries(
        Object.entries(all).map(([key, numbers]) => {
          const file = `${i}-${part}-${key}.bin`;
          return [key, writeNumbers(join(folder, file), file, numbers)];
        }),
      );
    return {
      name,
      parameters,
      inputs: write("input", inputs),
      expected: write("expected", expected),
    };
  });
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
}

function writeNumbers(path: string, file: string, { shape, data }: Numbers): object {
  const stored = data instanceof Int32Array ? data : Float32Array.from(data);
  writeFileSync(path, new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
  return { shape, dtype: data instanceof Int32Array ? "int32" : "float32", file };
}
