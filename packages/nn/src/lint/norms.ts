/** @file Which layers normalise, and by what. */
import { BatchNorm } from "../layers/batch-norm.ts";
import { Whitening } from "../layers/decorrelated-batch-norm.ts";
import { GroupNorm } from "../layers/group-norm.ts";
import { InstanceNorm } from "../layers/instance-norm.ts";
import { LayerNorm } from "../layers/layer-norm.ts";
import { RMSNorm } from "../layers/rms-norm.ts";
import type { Module } from "../module.ts";

/** Whether γ and β of this layer scale and shift what it has normalised. */
export function isNorm(module: Module): boolean {
  return [BatchNorm, Whitening, GroupNorm, InstanceNorm, LayerNorm, RMSNorm].some(
    (Class) => module instanceof Class,
  );
}

/** Whether this layer keeps running statistics of its batches. */
export function tracks(module: Module): module is BatchNorm | Whitening | InstanceNorm {
  return (
    (module instanceof BatchNorm && module.tracksRunningStats) ||
    module instanceof Whitening ||
    (module instanceof InstanceNorm && module.runningMean !== null)
  );
}
