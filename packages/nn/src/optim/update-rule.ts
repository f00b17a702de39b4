/**
 * @file What an optimiser is: a pure function from a parameter, its gradient and its slots to new ones.
 *
 * Slots are what is remembered of one parameter between steps. Rates, momenta and powers of decays are float64
 * scalars; they are rounded to the dtype of a parameter only where they meet its numbers.
 */
import { add, cast, type DType, mul, pow, sub, type Tensor } from "@tapegrad/autograd";

/** What every optimiser takes, for all parameters or for a group of them. */
export interface OptimizerOptions {
  /** What a step is multiplied by; the default is that of the class. */
  readonly learningRate?: number;
  /** Weight of the penalty ½ · weightDecay · ‖p‖²; 0 by default, unless the optimiser says otherwise. */
  readonly weightDecay?: number;
  /** Whether the objective grows along its gradient; false by default. */
  readonly maximize?: boolean;
}

/** How a slot begins: this number everywhere in the shape and dtype of the parameter, or one number of a dtype. */
export type InitialSlot = number | { readonly scalar: number; readonly dtype: DType };

/** A slot that counts steps. */
export const COUNT: InitialSlot = { scalar: 0, dtype: "int32" };

/** Options as a rule reads them, with their defaults. */
export type AnyOptions = Required<OptimizerOptions>;

export interface UpdateInput<Options> {
  readonly value: Tensor;
  /** In the shape and dtype of `value`; negated already where the objective is maximised. */
  readonly gradient: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** float64, shape []. */
  readonly learningRate: Tensor;
  /** What schedules of momentum change; float64, shape []. 0 where the rule has none. */
  readonly momentum: Tensor;
  readonly options: Options;
}

export interface Updated {
  readonly value: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

export interface UpdateRule<Options extends AnyOptions> {
  /** Of the class, for messages. */
  readonly name: string;
  readonly defaults: Options;
  /** @throws ValueError if an option is out of range. */
  check(options: Options): void;
  /** The momentum that schedules may change, or 0 for none. */
  momentum(options: Options): number;
  /** What is remembered of one parameter between steps, by name. */
  slots(options: Options): Readonly<Record<string, InitialSlot>>;
  /** One step of one parameter. */
  update(input: UpdateInput<Options>): Updated;
}

/** x times a float64 scalar, in the dtype of x. */
export function scaled(x: Tensor, factor: Tensor): Tensor {
  return mul(x, cast(factor, x.dtype));
}

/** The gradient of the objective with its penalty: g + weightDecay · p. */
export function penalized({
  value,
  gradient,
  options,
}: Pick<UpdateInput<{ readonly weightDecay: number }>, "value" | "gradient" | "options">): Tensor {
  const { weightDecay } = options;
  return weightDecay === 0 ? gradient : add(gradient, mul(value, weightDecay));
}

/** decay · average + (1 - decay) · x. */
export function averaged(average: Tensor, x: Tensor, decay: number | Tensor): Tensor {
  if (typeof decay === "number") return add(mul(average, decay), mul(x, 1 - decay));
  return add(scaled(average, decay), scaled(x, sub(1, decay)));
}

/** The number of this step, from 1, and as float64 for arithmetic. */
export function counted(step: Tensor): { readonly step: Tensor; readonly t: Tensor } {
  const next = add(step, 1);
  return { step: next, t: cast(next, "float64") };
}

/** 1 - decayᵗ: the weights in an average that began at 0, after t steps. */
export function biasCorrection(decay: number | Tensor, t: Tensor): Tensor {
  return sub(1, pow(decay, t));
}
