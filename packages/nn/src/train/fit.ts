/**
 * @file fit: a training loop, as small as one that can be watched, stopped, resumed and saved from itself.
 *
 * Nothing else of the library depends on it: docs/training.md has the same as plain loops. What a run is between
 * two steps, and what happens in one, is in run.ts.
 */
import { ValueError } from "@tapegrad/autograd";
import { requireCount } from "../layers/layer-options.ts";
import type { FitOptions, FitResult } from "./fit-options.ts";
import { Run } from "./run.ts";

/**
 * Trains for a number of epochs.
 *
 * - every step moves all variables of `state` or none; one that is not finite moves none and throws, unless
 *   `spikes` says otherwise
 * - with `checkpoints`, a run that is resumed is the run that was not interrupted, bit for bit: variables,
 *   optimiser, random states, place of the loader, logs, stopping and all
 * - loggers are rewound to the step at which the run begins, and flushed before every checkpoint
 *
 * @throws NonFiniteError if a step is not finite, or too many in a row were rejected; ValueError if an option is
 *   out of range; FormatError if the checkpoint is damaged; and what the step, the loader and callbacks throw.
 * @example
 * const result = await fit({ ...trainStep({ model, optimizer, loss }), loader, epochs: 3, compiled: true });
 */
export async function fit<Batch>(options: FitOptions<Batch>): Promise<FitResult> {
  requireOptions(options);
  const run = new Run(options);
  run.begin();
  try {
    while (run.isGoingOn) await run.oneEpoch();
    return run.end();
  } finally {
    for (const logger of options.loggers ?? []) logger.flush();
  }
}

function requireOptions<Batch>(options: FitOptions<Batch>): void {
  const { epochs, logEvery = 1, checkpoints, spikes, loader, step } = options;
  requireCount("fit", "epochs", epochs);
  requireCount("fit", "logEvery", logEvery);
  requireCount("fit", "checkpoints.every", checkpoints?.every ?? 1);
  requireCount("fit", "spikes.patience", spikes?.patience ?? 1);
  if ("programFor" in step) {
    throw new ValueError("fit", {}, () => {
      return "the step is compiled already, and could not be left as a whole. Pass the function itself, with `compiled: true`.";
    });
  }
  if (checkpoints === undefined || (loader.stateDict && loader.restore)) return;
  throw new ValueError("fit", {}, () => {
    return "the loader has no `stateDict` and `restore`, so a checkpoint could not say where it is. Use a DataLoader, or leave `checkpoints` out.";
  });
}
