/** @file freshKey. */
import { randomKey, type Tensor } from "@tapegrad/autograd";

/** A random key that differs from run to run. Pass keys of your own where a run must be reproducible. */
export function freshKey(): Tensor {
  return randomKey(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
}
