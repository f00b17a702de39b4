/**
 * @file BatchNorm: the layer around the batch-normalising transform, with running statistics.
 */
import {
  full,
  type Shape,
  ShapeError,
  stopGradient,
  type Tensor,
  ValueError,
  type Variable,
} from "@tapegrad/autograd";
import {
  type BatchNormOptions,
  batchNormInference,
  batchNormTrain,
} from "../functional/batch-norm.ts";
import { requireSeveralValues } from "../functional/channels.ts";
import { channelAxis, type Layout, statisticsAxes } from "../functional/layout.ts";
import {
  type BatchStatistics,
  type Buffer,
  type ForwardOptions,
  Module,
  Parameter,
} from "../module.ts";
import { type BatchNormLayerOptions, batchNormSettings } from "./batch-norm-options.ts";
import { requireMode } from "./layer-options.ts";
import { type Average, RunningStatistics } from "./running-statistics.ts";

/** What `freeze` holds: the running statistics, the parameters γ and β, or both. */
export type Freezable = "all" | "statistics" | "parameters";

/** What a subclass of `BatchNorm` is given to normalise by. */
export interface TransformOptions extends BatchNormOptions {
  readonly epsilon: number;
  readonly layout: Layout;
  /** Not yet moved towards this batch; null for a layer without. */
  readonly running: RunningStatistics | null;
}

/** What a subclass of `BatchNorm` makes of a batch. */
export interface Transformed {
  readonly output: Tensor;
  /** What the running statistics are moved towards, one after the other. */
  readonly batches: readonly BatchStatistics[];
}

/**
 * Batch normalisation of every channel, with γ (`weight`) and β (`bias`).
 *
 * - shapes: x in `layout`; `weight`, `bias`, `runningMean`, `runningVariance` [channels]
 * - dtype: an input of another floating dtype meets the parameters; running statistics keep their own
 * - mode "train" normalises by the statistics of the batch and moves the running ones towards them:
 *   running ← decay · running + (1 - decay) · batch; where a new value is not finite the old one stays
 * - mode "eval" normalises by the running statistics, which start as 0 and 1
 * - `mask` of a call: as for `batchNormTrain`, in both modes; running statistics stay where fewer than two
 *   positions are true
 * - `domain` of a call, required where the layer has domains: whose running statistics are meant
 * - `freeze()` wins over the mode: running statistics, no update, no gradient for γ and β
 * - two values per channel are enough for a variance, but hardly for a gradient: see `batchNormTrain`
 *
 * There is no option called momentum: half of the libraries mean the weight of the old value by it, the
 * others that of the new. `preset` names a library instead.
 *
 * @throws ShapeError if the input does not fit; ValueError if mode or domain is missing or an option is out of range.
 * @example
 * const norm = new BatchNorm(64, { layout: "NCHW", preset: "keras" });
 * norm.forward(images, { mode: "train" });   // by the statistics of these images, which move the running ones
 * norm.forward(images, { mode: "eval" });    // by the running statistics
 * @see Ioffe & Szegedy (2015), sections 3.1 and 3.2.
 */
export class BatchNorm extends Module {
  readonly channels: number;
  readonly layout: Layout;
  readonly epsilon: number;
  readonly average: Average;
  /** The weight of the old running value; NaN where there is none: a cumulative average, no running statistics. */
  readonly decay: number;
  readonly storesUnbiased: boolean;
  /**
   * Whether there is a γ, a β, and running statistics. What there is not throws when it is read, so that nobody who
   * has them, which is the rule, must rule out null.
   */
  readonly hasScale: boolean;
  readonly hasCenter: boolean;
  readonly tracksRunningStats: boolean;
  /** Empty for one set of running statistics. */
  readonly domains: readonly string[];
  /** For messages. */
  readonly #op: string;
  readonly #weight: Parameter | null;
  readonly #bias: Parameter | null;
  /** By domain, under "" for a layer without domains. */
  readonly #running: ReadonlyMap<string, RunningStatistics>;
  #statisticsFrozen = false;
  #parametersFrozen = false;

  constructor(channels: number, options: BatchNormLayerOptions = {}) {
    super();
    const settings = batchNormSettings(channels, options);
    const { running, domains, dtype } = settings;
    this.#op = options.name === undefined ? "BatchNorm" : `BatchNorm ${options.name}`;
    this.channels = settings.channels;
    this.layout = settings.layout;
    this.epsilon = settings.epsilon;
    this.average = running.average;
    this.decay = settings.tracks ? running.decay : Number.NaN;
    this.storesUnbiased = running.storesUnbiased;
    this.hasScale = settings.scale;
    this.hasCenter = settings.center;
    this.tracksRunningStats = settings.tracks;
    this.domains = domains;
    const filled = (value: number, name: string): Parameter =>
      new Parameter(full([channels], value, { dtype }), { name });
    this.#weight = settings.scale ? filled(settings.initialScale, "weight") : null;
    this.#bias = settings.center ? filled(0, "bias") : null;
    const names = !settings.tracks ? [] : domains.length === 0 ? [""] : domains;
    const statistics = (): RunningStatistics => new RunningStatistics(channels, running, dtype);
    this.#running = new Map(names.map((name) => [name, statistics()]));
  }

  /** γ. @throws ValueError for a layer without. */
  get weight(): Parameter {
    return this.#weight ?? this.#absent("weight", "scale: false", "hasScale");
  }

  /** β. @throws ValueError for a layer without. */
  get bias(): Parameter {
    return this.#bias ?? this.#absent("bias", "center: false", "hasCenter");
  }

  /** Of a layer without domains; see `statistics`. */
  get runningMean(): Buffer {
    return this.statistics().runningMean;
  }

  get runningVariance(): Buffer {
    return this.statistics().runningVariance;
  }

  get numBatchesTracked(): Buffer {
    return this.statistics().numBatchesTracked;
  }

  /**
   * The running statistics, of one domain if the layer has any.
   *
   * @throws ValueError if there are none, or the domain is missing or not one of the layer's.
   */
  statistics(domain?: string): RunningStatistics {
    if (!this.tracksRunningStats)
      return this.#absent("running statistics", "trackRunningStats: false", "tracksRunningStats");
    const found = domain === "" ? undefined : this.#running.get(domain ?? "");
    return found ?? this.#unknownDomain(domain);
  }

  /** Names are PyTorch's; those of a domain's statistics begin with `domains.` and its name. */
  override children(): readonly (readonly [string, Variable | Module])[] {
    const parameters: (readonly [string, Variable | null])[] = [
      ["weight", this.#weight],
      ["bias", this.#bias],
    ];
    const running =
      this.domains.length > 0
        ? [...this.#running].map(([name, statistics]) => [`domains.${name}`, statistics] as const)
        : [...this.#running.values()].flatMap((statistics) => statistics.children());
    const present = parameters.flatMap(([name, p]) => (p === null ? [] : [[name, p] as const]));
    return [...present, ...running, ...super.children()];
  }

  /** Whether both parts are frozen. */
  get frozen(): boolean {
    return this.#statisticsFrozen && this.#parametersFrozen;
  }

  get statisticsFrozen(): boolean {
    return this.#statisticsFrozen;
  }

  get parametersFrozen(): boolean {
    return this.#parametersFrozen;
  }

  /**
   * From now on, in every mode: running statistics and no update of them ("statistics"), no gradient for γ and β
   * ("parameters"), or both. Returns the layer. A step that was compiled before keeps what it was compiled with, as
   * all of JavaScript's state: compile it anew.
   *
   * @throws ValueError if there are no running statistics to freeze, or `what` is none of the three.
   */
  freeze(what: Freezable = "all"): this {
    return this.#setFrozen(what, true);
  }

  /** Takes `freeze` back, or a part of it. Returns the layer. @throws ValueError as `freeze`. */
  unfreeze(what: Freezable = "all"): this {
    return this.#setFrozen(what, false);
  }

  #setFrozen(what: Freezable, frozen: boolean): this {
    requireFreezable(what, this.tracksRunningStats);
    if (what !== "parameters") this.#statisticsFrozen = frozen;
    if (what !== "statistics") this.#parametersFrozen = frozen;
    return this;
  }

  /** `x` normalised, in its shape: by the statistics of this batch in mode "train", by the stored ones in mode "eval". */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    requireChannels(this.#op, x.shape, this.layout, this.channels);
    const running = this.#runningFor(options.domain);
    const { epsilon, layout } = this;
    const how = { epsilon, layout, mask: options.mask };
    const [gamma, beta] = [this.#weight, this.#bias].map((p) => this.#used(p));
    if (running !== null && this.#evaluates(options)) {
      const [mean, variance] = [running.runningMean.value, running.runningVariance.value];
      return batchNormInference(x, gamma, beta, { ...how, mean, variance });
    }
    const axes = statisticsAxes(this.#op, x.shape, { layout });
    requireSeveralValues(this.#op, x.shape, axes, LAYER_REMEDY);
    const { output, batches } = this.transform(x, gamma, beta, { ...how, running });
    for (const statistics of batches) {
      running?.track(statistics);
      options.onStatistics?.(this, statistics);
    }
    return output;
  }

  /** What training does to a batch: the one thing in which relatives of batch norm differ. */
  protected transform(
    x: Tensor,
    gamma: Tensor | null,
    beta: Tensor | null,
    { running: _, ...how }: TransformOptions,
  ): Transformed {
    const { output, ...statistics } = batchNormTrain(x, gamma, beta, how);
    return { output, batches: [statistics] };
  }

  /** Without running statistics there is nothing to choose, and the mode does not matter. */
  #evaluates({ mode }: ForwardOptions): boolean {
    return this.#statisticsFrozen || requireMode(this.#op, mode) === "eval";
  }

  #runningFor(domain: string | undefined): RunningStatistics | null {
    if (this.tracksRunningStats) return this.statistics(domain);
    return domain === undefined ? null : this.#unknownDomain(domain);
  }

  #used(parameter: Parameter | null): Tensor | null {
    if (parameter === null) return null;
    return this.#parametersFrozen ? stopGradient(parameter.value) : parameter.value;
  }

  #absent(name: string, option: string, predicate: keyof BatchNorm): never {
    throw new ValueError(this.#op, { name, option }, (d) => {
      return `the layer has no ${d.name}: it was made with \`${d.option}\`. Leave that option out, or read it only where \`${predicate}\` is true.`;
    });
  }

  #unknownDomain(domain: string | undefined): never {
    throw new ValueError(this.#op, { domain, domains: this.domains }, (d) => {
      const fact =
        d.domain === undefined
          ? "the domain is missing"
          : `there is no domain ${JSON.stringify(d.domain)}`;
      return d.domains.length === 0
        ? `${fact}: the layer has one set of statistics. Make it with \`domains\`, or leave the domain out.`
        : `${fact}, and every domain has statistics of its own. Use one of ${d.domains.join(", ")}.`;
    });
  }
}

const LAYER_REMEDY =
  'Use a larger batch (drop or merge a last batch of one), evaluate with `{ mode: "eval" }`, or `freeze()` the layer.';

function requireFreezable(what: Freezable, tracks: boolean): void {
  if (what !== "all" && what !== "statistics" && what !== "parameters") {
    throw new ValueError("BatchNorm", { what }, (d) => {
      return `there is no part ${JSON.stringify(d.what)} to freeze. Use "statistics", "parameters" or "all".`;
    });
  }
  if (tracks || what === "parameters") return;
  throw new ValueError("BatchNorm", { what }, () => {
    return 'there are no running statistics to freeze. Use `freeze("parameters")`, or leave `trackRunningStats: false` out.';
  });
}

function requireChannels(op: string, shape: Shape, layout: Layout, channels: number): void {
  const axis = channelAxis(layout);
  if (shape.length === layout.length && shape[axis] === channels) return;
  throw new ShapeError(op, { shape, layout, channels }, (d) => {
    const found = `the input has shape [${d.shape.join(", ")}]`;
    if (d.shape.length !== d.layout.length) {
      return `${found}, but layout ${d.layout} has ${d.layout.length} axes. Make the layer with the \`layout\` of its input.`;
    }
    return `${found}, which has ${d.shape[axis]} channels on axis ${axis} of layout ${d.layout}, but the layer has ${d.channels}. Make the layer with ${d.shape[axis]} channels, or check the layout.`;
  });
}
