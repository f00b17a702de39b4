/** @file PhotometricDistortion. */
import { add, mul, randomKey, splitKey, type Tensor, uniform } from "@tapegrad/autograd";
import { type ForwardOptions, Module, RandomState } from "@tapegrad/nn";

/**
 * Changes the brightness and the contrast of every image anew in mode "train": x · c + b, with c uniform in
 * 1 ± strength and b in ± strength.
 *
 * - shape: x [N, pixels] to the same
 */
export class PhotometricDistortion extends Module {
  readonly strength: number;
  /** Given its key by whoever starts a run. */
  readonly random: RandomState = new RandomState(randomKey(0), { name: "random" });

  constructor(strength: number) {
    super();
    this.strength = strength;
  }

  forward(x: Tensor, { mode }: ForwardOptions = {}): Tensor {
    if (mode !== "train") return x;
    const [contrastKey, brightnessKey] = splitKey(this.random.next());
    const { strength } = this;
    const draw = (key: Tensor, middle: number): Tensor =>
      uniform(key, [x.shape[0], 1], { min: middle - strength, max: middle + strength });
    return add(mul(x, draw(contrastKey, 1)), draw(brightnessKey, 0));
  }
}
