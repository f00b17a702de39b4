// A module for workerSource: samples of the tests, in plain JavaScript, since a worker runs no TypeScript.
import { isMainThread } from "node:worker_threads";

export function createSource({ length = 10, fail = null, kind = "plain" } = {}) {
  if (fail === "start") throw new RangeError("no data");
  const memory = Float32Array.from({ length: 2 * length }, (_, i) => i);
  return {
    length,
    get(index, { seed, epoch }) {
      if (fail === index) throw new RangeError(`sample ${index} is broken`);
      if (fail === "exit") process.exit(3);
      if (kind === "class") return { when: new Date(0) };
      if (kind === "function") return { f: () => 1 };
      return {
        row: memory.subarray(2 * index, 2 * index + 2),
        index,
        seed: Float64Array.of(seed),
        epoch,
        main: isMainThread,
      };
    },
  };
}
