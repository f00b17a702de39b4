/** The laws of layers find mistakes: each of these layers has one, and its law refuses it. */
import { add, matMul, mul, stopGradient, sum, type Tensor, zeros } from "@tapegrad/autograd";
import { Buffer, type ForwardOptions, Linear, Module, Parameter } from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { layerLaws } from "./laws.ts";
import { drawn, type LayerCase, layerCase } from "./layer-case.ts";

/** x W, with one mistake in a subclass. */
class Product extends Module {
  readonly weight: Parameter;

  constructor(dtype: "float32" | "float64") {
    super();
    this.weight = new Parameter(zeros([3, 2], { dtype }), { name: "weight" });
  }

  forward(x: Tensor, _options?: ForwardOptions): Tensor {
    return matMul(x, this.weight.value);
  }
}

class Detached extends Product {
  override forward(x: Tensor): Tensor {
    return matMul(x, stopGradient(this.weight.value));
  }
}

class HalfDetached extends Product {
  override forward(x: Tensor): Tensor {
    return mul(super.forward(x), add(1, sum(stopGradient(x))));
  }
}

class Forgetful extends Product {
  override forward(x: Tensor): Tensor {
    return matMul(x, new Product("float64").weight.value);
  }
}

class Counting extends Product {
  #calls = 0;

  override forward(x: Tensor): Tensor {
    this.#calls += 1;
    return mul(super.forward(x), this.#calls);
  }
}

class Hidden extends Product {
  #kept: Tensor | null = null;

  override forward(x: Tensor): Tensor {
    this.#kept ??= stopGradient(this.weight.value);
    return add(super.forward(x), sum(this.#kept));
  }
}

class Widening extends Product {
  readonly offset: Buffer = new Buffer(zeros([2], { dtype: "float64" }), { name: "offset" });

  override forward(x: Tensor): Tensor {
    return add(super.forward(x), this.offset.value);
  }
}

class Hasty extends Product {
  readonly calls: Buffer = new Buffer(zeros([]), { name: "calls" });

  override forward(x: Tensor): Tensor {
    this.calls.assign(add(this.calls.value, 1));
    return super.forward(x);
  }
}

class Tolerant extends Product {
  override forward(x: Tensor): Tensor {
    return super.forward(x.shape[1] === 3 ? x : zeros([1, 3], { dtype: "float64" }));
  }
}

type Making = Parameters<LayerCase["build"]>[0];

function caseOf(build: (making: Making) => Module): LayerCase {
  return layerCase({
    name: "planted",
    order: 2,
    build,
    inputs: (making) => [drawn(making, [2, 3])],
    bad: () => [zeros([2, 4])],
  });
}

const PLANTED: readonly (readonly [layer: typeof Product, law: RegExp, message: RegExp])[] = [
  [Detached, /derivatives/, /by reverse mode .* by differences/],
  [Detached, /every input/, /weight/],
  [HalfDetached, /derivatives/, /by reverse mode .* by differences/],
  [Forgetful, /every input/, /weight/],
  [Counting, /derivatives/, /two runs at the same point/],
  [Counting, /when compiled/, /second call/],
  [Hidden, /state dict/, /expected/],
  [Widening, /float32/, /expected/],
  [Hasty, /refuses/, /expected/],
  [Tolerant, /refuses/, /expected a refusal/],
];

describe("the laws of layers", () => {
  it.each(PLANTED.map((row) => [row[0].name, ...row] as const))(
    "refuse %s",
    (_, planted, name, message) => {
      const law = layerLaws.find((law) => name.test(law.name));
      const of = caseOf(({ dtype }) => new planted(dtype));

      expect(() => law?.check(of, 1)).toThrow(message);
    },
  );

  it("refuse a declaration that is not true", () => {
    const law = layerLaws.find(({ name }) => name.includes("declared"));
    const of = caseOf((making) => new Linear(3, 2, making));

    expect(() => law?.check({ ...of, zeroGradient: ["bias"] }, 1)).toThrow("deeply equal");
  });

  it("accept the layer without a mistake", () => {
    const of = caseOf(({ dtype }) => new Product(dtype));

    for (const law of layerLaws) if (law.applies?.(of) ?? true) law.check(of, 1);
  });
});
