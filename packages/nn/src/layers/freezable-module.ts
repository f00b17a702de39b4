/** @file FreezableModule: what `freeze` means for normalising layers other than BatchNorm. */
import { stopGradient, type Tensor } from "@tapegrad/autograd";
import { Module, type Parameter } from "../module.ts";

/** Base of layers that can be frozen: in every mode as in evaluation, no update of statistics, no gradient for γ and β. */
export abstract class FreezableModule extends Module {
  #frozen = false;

  get frozen(): boolean {
    return this.#frozen;
  }

  /** From now on, in every mode: running statistics, no update, no gradient for γ and β. Returns the layer. */
  freeze(): this {
    this.#frozen = true;
    return this;
  }

  /** Takes `freeze` back. Returns the layer. */
  unfreeze(): this {
    this.#frozen = false;
    return this;
  }

  /** The value of a parameter, without derivative where the layer is frozen. */
  protected used({ value }: Parameter): Tensor {
    return this.#frozen ? stopGradient(value) : value;
  }
}
