/** @file Which arrays are alive: whether a tape keeps what it says, and nothing else. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Tensor } from "@tapegrad/autograd";
import { concrete } from "../../src/core/tensor.ts";

const watched = new Map<string, WeakRef<object>>();

/** Watches the numbers of `x`. */
export function watch(name: string, x: Tensor): void {
  const { array } = concrete(x);
  if (array === null) throw new Error(`${name} has no numbers`);
  watched.set(name, new WeakRef(array.data));
}

/** The names of those watched that are still there after collections; they are forgotten. */
export async function alive(): Promise<readonly string[]> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 3; i++) {
    // what was referred to in this task is alive until it ends
    await new Promise((resolve) => setTimeout(resolve, 1));
    collect();
  }
  const names = [...watched].filter(([, reference]) => reference.deref() !== undefined);
  watched.clear();
  return names.map(([name]) => name);
}
