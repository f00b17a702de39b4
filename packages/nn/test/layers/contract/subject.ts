/**
 * @file Subject: the module of a case as a function of tensors, the same at every call.
 *
 * A call first assigns every variable: parameters from its arguments, buffers and random states as they were
 * built. So a layer that draws draws the same numbers each time, and statistics do not run away between the
 * two sides of a difference.
 */
import {
  add,
  concatenate,
  mul,
  normal,
  randomKey,
  reshape,
  split,
  splitKey,
  type Tensor,
  type Variable,
} from "@tapegrad/autograd";
import type { Layer, Module } from "@tapegrad/nn";
import type { LayerCase, Making } from "./layer-case.ts";
import { isFloating } from "./leaves.ts";

export class Subject {
  readonly module: Module;
  readonly inputs: readonly Tensor[];
  /** The inputs, then the parameters. */
  readonly values: readonly Tensor[];
  readonly #forward: (inputs: readonly Tensor[]) => unknown;
  readonly #initial: ReadonlyMap<Variable, Tensor>;

  /** The same module and inputs from the same seed, in either dtype up to rounding. */
  constructor(of: LayerCase, seed: number, dtype: Making["dtype"] = "float64") {
    const [buildKey, inputKey, moveKey] = splitKey(randomKey(seed), 3);
    this.module = of.build({ key: buildKey, dtype });
    this.inputs = of.inputs({ key: inputKey, dtype });
    this.#forward = (inputs) => {
      return of.forward === undefined
        ? (this.module as Layer).forward(...(inputs as [Tensor]), { mode: "train" })
        : of.forward(this.module, inputs);
    };
    const parameters = this.module.parameters();
    const keys = splitKey(moveKey, parameters.length);
    parameters.forEach((parameter, i) => {
      const { value } = parameter;
      const step = normal(keys[i], value.shape, { dtype });
      parameter.assign(add(value, mul(step, 0.25)));
    });
    this.values = [...this.inputs, ...parameters.map(({ value }) => value)];
    this.#initial = new Map([...this.module.variables().values()].map((v) => [v, v.value]));
  }

  /** The names of floating inputs, as "input 0", and the paths of parameters. */
  get differentiable(): readonly string[] {
    const names = this.inputs.map((x, i) => (isFloating(x) ? [`input ${i}`] : []));
    const parameters = new Set<Variable>(this.module.parameters());
    const paths = [...this.module.variables()].filter(([, v]) => parameters.has(v));
    return [...names.flat(), ...paths.map(([path]) => path)];
  }

  /** What forward gives for these inputs. */
  forward(inputs: readonly Tensor[] = this.inputs): unknown {
    return this.#forward(inputs);
  }

  /** As a function of `values`. */
  at(values: readonly Tensor[]): unknown {
    for (const [variable, value] of this.#initial) variable.assign(value);
    this.module.parameters().forEach((parameter, i) => {
      parameter.assign(values[this.inputs.length + i]);
    });
    return this.forward(values.slice(0, this.inputs.length));
  }

  /** All floating `values` as one vector. */
  get vector(): Tensor {
    return concatenate(this.values.filter(isFloating).map((x) => reshape(x, [x.size])));
  }

  /** As a function of `vector`. */
  along(vector: Tensor): unknown {
    const { values } = this;
    const parts = split(
      vector,
      values.map((x) => (isFloating(x) ? x.size : 0)),
    );
    return this.at(values.map((x, i) => (isFloating(x) ? reshape(parts[i], x.shape) : x)));
  }
}
