/**
 * @file Optimizer: applies an update rule to groups of parameters.
 *
 * Everything that changes while training is a variable: parameters, slots, learning rates and momenta. So a step
 * computes the same eagerly, inside a recording, and in a compiled program, which need not be compiled again when a
 * schedule changes a rate.
 */
import {
  full,
  GradientError,
  neg,
  Tensor,
  tensor,
  transaction,
  ValueError,
  Variable,
} from "@tapegrad/autograd";
import { Parameter } from "../module.ts";
import { loadState, snapshots } from "../state-dict.ts";
import { requireNotNegative, requireRange } from "./ranges.ts";
import type { AnyOptions, InitialSlot, UpdateRule } from "./update-rule.ts";

/** Parameters, with options of their own; the others are those of the optimiser. */
export type GroupOptions<Options> = {
  readonly parameters: readonly Parameter[];
} & Partial<Options>;

/** One list of parameters, or groups of them. */
export type ParametersOrGroups<Options> = readonly Parameter[] | readonly GroupOptions<Options>[];

/** Parameters that are updated under the same options. */
export interface ParameterGroup<Options extends AnyOptions = AnyOptions> {
  readonly parameters: readonly Parameter[];
  /** As they were given, with defaults; fixed. */
  readonly options: Options;
  /** float64, shape []; `assign` or a Scheduler changes it. */
  readonly learningRate: Variable;
  /** float64, shape []; β₁ of Adam and its relatives. null where there is none. */
  readonly momentum: Variable | null;
}

type Slots = Readonly<Record<string, Variable>>;

const NO_MOMENTUM: Tensor = scalar(0);

/**
 * Base of optimisers that update each parameter by itself.
 *
 * `variables` names all that a run needs to be resumed: `groups.0.learningRate`, `groups.0.momentum`, and the slots
 * of each parameter by its position in `parameters`, `3.expAvg`.
 */
export abstract class Optimizer<Options extends AnyOptions = AnyOptions> {
  readonly groups: readonly ParameterGroup<Options>[];
  /** Of all groups, in order: the order of gradients. */
  readonly parameters: readonly Parameter[];
  readonly #rule: UpdateRule<Options>;
  readonly #slots: readonly Slots[];

  /** For subclasses. @throws ValueError if an option is out of range, or a parameter is given twice or none is. */
  constructor(
    rule: UpdateRule<Options>,
    parameters: ParametersOrGroups<Options>,
    options: Partial<Options>,
  ) {
    this.#rule = rule;
    this.groups = groupsOf(parameters).map((group) => makeGroup(rule, options, group));
    this.parameters = this.groups.flatMap((group) => group.parameters);
    requireDistinct(rule.name, this.parameters);
    this.#slots = this.groups.flatMap((group) => {
      const initial = Object.entries(rule.slots(group.options));
      return group.parameters.map((parameter) => {
        return Object.fromEntries(
          initial.map(([name, slot]) => [name, makeSlot(parameter, name, slot)]),
        );
      });
    });
  }

  /**
   * Moves every parameter by one step; all of them, or none if this throws.
   *
   * @param gradients one for each of `parameters`, in their order and shapes. null leaves a parameter and what is
   *   remembered of it as they are.
   * @throws GradientError if their number, a shape or a dtype differs.
   */
  step(gradients: readonly (Tensor | null)[]): void {
    requireGradients(this.#rule.name, this.parameters, gradients);
    transaction(() => {
      let position = 0;
      for (const group of this.groups) {
        for (const parameter of group.parameters) {
          const gradient = gradients[position];
          if (gradient !== null) this.#move(group, parameter, gradient, this.#slots[position]);
          position++;
        }
      }
    });
  }

  #move(
    { options, learningRate, momentum }: ParameterGroup<Options>,
    parameter: Parameter,
    gradient: Tensor,
    variables: Slots,
  ): void {
    const updated = this.#rule.update({
      value: parameter.value,
      gradient: options.maximize ? neg(gradient) : gradient,
      slots: snapshots(Object.entries(variables)),
      learningRate: learningRate.value,
      momentum: momentum?.value ?? NO_MOMENTUM,
      options,
    });
    for (const [name, value] of Object.entries(updated.slots)) variables[name].assign(value);
    parameter.assign(updated.value);
  }

  /** All variables but the parameters, by name. */
  variables(): ReadonlyMap<string, Variable> {
    const found = new Map<string, Variable>();
    this.groups.forEach(({ learningRate, momentum }, i) => {
      found.set(`groups.${i}.learningRate`, learningRate);
      if (momentum !== null) found.set(`groups.${i}.momentum`, momentum);
    });
    this.#slots.forEach((slots, i) => {
      for (const [name, variable] of Object.entries(slots)) found.set(`${i}.${name}`, variable);
    });
    return found;
  }

  /** Snapshots of all variables by name. */
  stateDict(): Record<string, Tensor> {
    return snapshots(this.variables());
  }

  /**
   * Assigns all variables, or none.
   *
   * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs; DTypeError if a
   *   value is no tensor.
   */
  loadStateDict(values: Readonly<Record<string, Tensor>>): void {
    loadState(this.variables(), values, "optimizer");
  }
}

/** A float64 tensor of shape []. */
export function scalar(value: number): Tensor {
  return tensor(value, { dtype: "float64" });
}

function groupsOf<Options>(given: ParametersOrGroups<Options>): readonly GroupOptions<Options>[] {
  const isPlain = given.every((item) => item instanceof Parameter);
  return (isPlain ? [{ parameters: given }] : given) as readonly GroupOptions<Options>[];
}

function makeGroup<Options extends AnyOptions>(
  rule: UpdateRule<Options>,
  common: Partial<Options>,
  { parameters, ...own }: GroupOptions<Options>,
): ParameterGroup<Options> {
  const options: Options = { ...rule.defaults, ...common, ...own };
  const { learningRate, weightDecay } = options;
  requireRange(rule.name, "learningRate", learningRate, learningRate > 0, "a positive number");
  requireNotNegative(rule.name, { weightDecay });
  rule.check(options);
  const momentum = rule.momentum(options);
  return {
    parameters,
    options,
    learningRate: new Variable(scalar(learningRate), { name: "learningRate" }),
    momentum: momentum === 0 ? null : new Variable(scalar(momentum), { name: "momentum" }),
  };
}

function makeSlot(parameter: Parameter, name: string, slot: InitialSlot): Variable {
  const { shape, dtype } = parameter.aval;
  const value =
    typeof slot === "number"
      ? full(shape, slot, { dtype })
      : tensor(slot.scalar, { dtype: slot.dtype });
  return new Variable(value, { name: `${parameter.name}.${name}` });
}

/** @throws ValueError if there is no parameter, or one is given twice. */
export function requireDistinct(op: string, parameters: readonly Parameter[]): void {
  if (parameters.length === 0) {
    throw new ValueError(op, {}, () => {
      return "there are no parameters. Pass `model.parameters()`.";
    });
  }
  if (new Set(parameters).size === parameters.length) return;
  const position = parameters.findIndex((p, i) => parameters.indexOf(p) !== i);
  const { name } = parameters[position];
  throw new ValueError(op, { position, name }, (d) => {
    return `parameter ${d.position} (${d.name}) was given before, and would move twice in a step. Pass each parameter once, in one group.`;
  });
}

/** @throws GradientError unless there is one gradient, or null, for each parameter, in its shape and dtype. */
export function requireGradients(
  name: string,
  parameters: readonly Parameter[],
  gradients: readonly (Tensor | null)[],
): void {
  const op = `${name}.step`;
  if (gradients.length !== parameters.length) {
    const details = { found: gradients.length, expected: parameters.length };
    throw new GradientError(op, details, (d) => {
      return `got ${d.found} gradients for ${d.expected} parameters. Pass \`tape.gradient(optimizer.parameters)\`.`;
    });
  }
  parameters.forEach((parameter, i) => {
    if (gradients[i] !== null) requireFit(op, parameter, gradients[i], i);
  });
}

function requireFit(op: string, parameter: Parameter, gradient: Tensor, position: number): void {
  const text = ({ dtype, shape }: Parameter["aval"]): string => `${dtype}[${shape.join(",")}]`;
  const found = gradient instanceof Tensor ? text(gradient.aval) : "no tensor";
  const expected = text(parameter.aval);
  if (found === expected) return;
  const details = { position, name: parameter.name, found, expected };
  throw new GradientError(op, details, (d) => {
    return `gradient ${d.position} is ${d.found}, but its parameter ${d.name} is ${d.expected}. Pass one gradient for each parameter, in their order.`;
  });
}
