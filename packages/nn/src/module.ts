/**
 * @file Module, the base of layers and models, and its three kinds of variables: parameters are trained,
 * buffers are only carried along, random states give every draw a key of its own.
 *
 * A module finds its variables by walking its own properties: variables, modules, and arrays of them. The
 * names that result are PyTorch's in camelCase (`1.runningMean`).
 */
import { full, splitKey, type Tensor, Variable } from "@tapegrad/autograd";
import { loadState, snapshots } from "./state-dict.ts";

/** A variable that optimisers change. */
export class Parameter extends Variable {}

/** A variable that layers themselves change, such as a running mean. */
export class Buffer extends Variable {
  #refusal: (() => Error) | null = null;

  /** @throws what `invalidate` was given, until the next assignment. */
  override get value(): Tensor {
    if (this.#refusal !== null) throw this.#refusal();
    return super.value;
  }

  override assign(value: Tensor): void {
    super.assign(value);
    this.#refusal = null;
  }

  /**
   * Makes every read throw, because the value no longer fits the weights. Programs that were compiled before do not
   * ask; they find NaN.
   */
  invalidate(refusal: () => Error): void {
    const { shape, dtype } = this.aval;
    this.assign(full(shape, Number.NaN, { dtype }));
    this.#refusal = refusal;
  }
}

/**
 * The random key of a layer that draws in training. Every draw replaces it, so that no two draws are alike, in
 * a compiled step either; what a rejected step drew is drawn again.
 *
 * No part of a state dict, as in PyTorch, but one of `variables`, which a run that resumes has to restore.
 */
export class RandomState extends Variable {
  /** A key for one draw. */
  next(): Tensor {
    const [kept, drawn] = splitKey(this.value);
    this.assign(kept);
    return drawn;
  }
}

/** Whether batch statistics are used and running ones updated ("train"), or running ones used ("eval"). */
export type Mode = "train" | "eval";

/** Mean and biased variance of one batch, shape [channels], and how many values of each channel they summarise. */
export interface BatchStatistics {
  readonly mean: Tensor;
  /** Biased: the sum of squares over `count`. */
  readonly variance: Tensor;
  /** How many values of each channel; a tensor of rank 0 where a mask decides. */
  readonly count: number | Tensor;
}

/** What a forward pass may depend on besides its input. Every module passes it on to the modules it calls. */
export interface ForwardOptions {
  /** Required as soon as the model holds a layer that depends on it. */
  readonly mode?: Mode;
  /** Which positions count, for layers whose statistics span several: bool, in the shape of their input without channels. */
  readonly mask?: Tensor;
  /** Whose running statistics are used and updated, for layers that keep them by domain, as a discriminator's of real and fake. */
  readonly domain?: string;
  /** Is told the batch statistics of every normalisation layer that computes them. */
  readonly onStatistics?: (layer: Module, statistics: BatchStatistics) => void;
}

/** A module of one tensor to one tensor: what can stand in a Sequential. */
export interface Layer extends Module {
  /** What the layer makes of `x`. */
  forward(x: Tensor, options?: ForwardOptions): Tensor;
}

/**
 * Base of everything that holds variables; a subclass has a `forward` of the inputs it needs.
 *
 * @example
 * class Scale extends Module {
 *   readonly factor = new Parameter(ones([]), { name: "factor" });
 *
 *   forward(x: Tensor): Tensor {
 *     return mul(x, this.factor.value);
 *   }
 * }
 * new Scale().stateDict();   // { factor: 1 }
 */
export abstract class Module {
  /** Variables and modules directly inside, by name. */
  children(): readonly (readonly [string, Variable | Module])[] {
    const found: [string, Variable | Module][] = [];
    for (const [name, value] of Object.entries(this)) {
      const items: [string, unknown][] = Array.isArray(value)
        ? value.map((item, i) => [`${name}.${i}`, item])
        : [[name, value]];
      for (const [path, item] of items) {
        if (item instanceof Variable || item instanceof Module) found.push([path, item]);
      }
    }
    return found;
  }

  /** All modules inside, this one first, by path; a shared one once, under its first name. */
  modules(): ReadonlyMap<string, Module> {
    const found = new Map<string, Module>();
    const seen = new Set<Module>();
    const visit = (module: Module, path: string): void => {
      if (seen.has(module)) return;
      seen.add(module);
      found.set(path, module);
      for (const [name, child] of module.children()) {
        if (child instanceof Module) visit(child, path === "" ? name : `${path}.${name}`);
      }
    };
    visit(this, "");
    return found;
  }

  /** All variables by path; a shared one once, under its first name. */
  variables(): ReadonlyMap<string, Variable> {
    const found = new Map<string, Variable>();
    const seen = new Set<Variable>();
    for (const [path, module] of this.modules()) {
      for (const [name, child] of module.children()) {
        if (!(child instanceof Variable) || seen.has(child)) continue;
        seen.add(child);
        found.set(path === "" ? name : `${path}.${name}`, child);
      }
    }
    return found;
  }

  /** All variables but random states, by path: what a state dict holds. */
  state(): ReadonlyMap<string, Variable> {
    return new Map(
      [...this.variables()].filter(([, variable]) => !(variable instanceof RandomState)),
    );
  }

  /** All parameters, in the order of `state`. */
  parameters(): readonly Parameter[] {
    return [...this.state().values()].filter((variable) => variable instanceof Parameter);
  }

  /** Snapshots of all parameters and buffers by path. */
  stateDict(): Record<string, Tensor> {
    return snapshots(this.state());
  }

  /**
   * Assigns all parameters and buffers, or none.
   *
   * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs;
   *   DTypeError if a value is no tensor.
   */
  loadStateDict(values: Readonly<Record<string, Tensor>>): void {
    loadState(this.state(), values, "model");
  }
}
