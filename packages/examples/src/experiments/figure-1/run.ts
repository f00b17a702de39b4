/**
 * @file The experiment from the first seed to the last: trains both networks of every seed, and can be
 * stopped between two steps and resumed.
 */
import { setImmediate } from "node:timers/promises";
import { describeEnvironment } from "../shared/environment.ts";
import { formatPercent } from "../shared/format.ts";
import { type ExperimentData, loadData } from "../shared/image-data.ts";
import { createProgress, type ProgressStream } from "../shared/progress.ts";
import type { Results, Settings, TimedCurve } from "../shared/results.ts";
import { summarize } from "../shared/results.ts";
import { type Checkpoint, deleteCheckpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { curveOf, networkLabel, networksOf, populationBatchesOf } from "./curve.ts";
import { SIGMOID_UNIT } from "./evaluate.ts";
import { EPSILON, HIDDEN_SIZES, UPDATE } from "./network.ts";
import type { Options } from "./options.ts";
import { Training } from "./train.ts";

/** How a run is watched and stopped from outside. */
export interface RunControl {
  readonly stream: ProgressStream;
  /** Asked after every step; a run that is stopped leaves a checkpoint. */
  readonly shouldStop: (stepsDone: number) => boolean;
}

/** What a run leaves: results, or null where it was stopped. */
export type Outcome = { readonly results: Results } | { readonly stoppedAt: string };

/** The event loop gets its turn (Ctrl-C is delivered there) and a checkpoint is written this often. */
const YIELD_MS = 50;
const CHECKPOINT_MS = 20_000;

/** Runs the experiment of `options`, or goes on with the one in `options.out`. */
export async function runExperiment(
  options: Options,
  control: RunControl,
  data: ExperimentData = loadData(options.data, options.binary),
): Promise<Outcome> {
  const started = performance.now();
  const environment = describeEnvironment();
  const settings = settingsOf(options, data);
  control.stream.write(`${describe(settings, data)}\n`);
  const before: Checkpoint | null = options.resume
    ? loadCheckpoint(options.out, settings, data.description)
    : null;
  const curves: TimedCurve[] = [...(before?.curves ?? [])];
  const elapsed = (): number =>
    (before?.elapsedSeconds ?? 0) + (performance.now() - started) / 1000;
  const save = (current: Checkpoint["current"]): void => {
    const description = data.description;
    saveCheckpoint(options.out, {
      settings,
      data: description,
      curves,
      current,
      elapsedSeconds: elapsed(),
    });
  };

  const networks = networksOf(settings.seeds).slice(curves.length);
  for (const [i, { batchNorm, seed }] of networks.entries()) {
    const state = i === 0 ? (before?.current ?? undefined) : undefined;
    const training = new Training(batchNorm, seed, settings, data, state);
    const stopped = await train(
      training,
      networkLabel({ batchNorm, seed }),
      settings,
      control,
      save,
    );
    if (stopped)
      return { stoppedAt: `${networkLabel({ batchNorm, seed })}, step ${training.step}` };
    const secondsPerStep = training.state.trainSeconds / settings.steps;
    const curve = curveOf(training, { batchNorm, seed }, settings.batchSize, data);
    curves.push({ ...curve, secondsPerStep });
    save(null);
  }
  const results = {
    settings,
    environment,
    data: data.description,
    curves,
    summary: summarize(curves),
    elapsedSeconds: elapsed(),
  };
  deleteCheckpoint(options.out);
  return { results };
}

/** Trains one network to the end; true if it was stopped before, with a checkpoint written. */
async function train(
  training: Training,
  label: string,
  settings: Settings,
  control: RunControl,
  save: (current: Checkpoint["current"]) => void,
): Promise<boolean> {
  const { stream } = control;
  const progress = createProgress({ label, total: settings.steps, stream, start: training.step });
  let [lastYield, lastSave] = [performance.now(), performance.now()];
  while (!training.done) {
    training.advance();
    progress.update(training.step, `test accuracy ${accuracyText(training)}`);
    const now = performance.now();
    if (now - lastYield > YIELD_MS) {
      await setImmediate();
      lastYield = now;
    }
    const stop = control.shouldStop(training.step);
    if (stop || now - lastSave > CHECKPOINT_MS) {
      save(training.state);
      lastSave = now;
    }
    if (!stop) continue;
    progress.stop();
    return true;
  }
  progress.stop();
  return false;
}

function accuracyText({ latest }: Training): string {
  return latest === undefined ? "" : `${formatPercent(latest.testAccuracy)} %`;
}

function settingsOf(options: Options, data: ExperimentData): Settings {
  const { steps, seeds, learningRate, initStd, batchSize } = options;
  return {
    steps,
    seeds,
    learningRate,
    initStd,
    batchSize,
    hiddenSizes: HIDDEN_SIZES,
    epsilon: EPSILON,
    update: UPDATE,
    sigmoidUnit: SIGMOID_UNIT,
    populationBatches: populationBatchesOf(data, batchSize),
  };
}

function describe(settings: Settings, { description }: ExperimentData): string {
  const { kind, trainSize, testSize } = description;
  const source = kind.endsWith("mnist")
    ? `${kind} (${trainSize} training and ${testSize} test images)`
    : `${kind}: ${trainSize} training and ${testSize} test images\n      drawn here by a generator; this is not MNIST (--data DIR reads it)`;
  return [
    "Figure 1 of Ioffe & Szegedy (2015): one network, with and without batch normalization",
    `Data: ${source}`,
    `Network: 784-${settings.hiddenSizes.join("-")}-10, sigmoid\nTraining: SGD, rate ${settings.learningRate}, batch ${settings.batchSize}, ${settings.steps} steps, seeds 1 to ${settings.seeds}`,
    "",
  ].join("\n");
}
