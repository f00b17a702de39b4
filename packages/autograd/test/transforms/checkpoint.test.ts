import {
  bernoulli,
  checkpoint,
  compile,
  exp,
  grad,
  GradientError,
  hvp,
  jvp,
  matMul,
  memoryOf,
  normal,
  randomKey,
  record,
  sin,
  splitKey,
  sum,
  tanh,
  type Tensor,
  tensor,
  Variable,
  vjp,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";
import { alive, watch } from "./alive.ts";

const wide = (values: readonly number[]): Tensor => tensor(values, { dtype: "float64" });
const vectors = fc
  .array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 })
  .map(wide);

type Block = (x: Tensor, w: Tensor) => Tensor;
type Kind = (f: Block) => Block;

const plain: Kind = (f) => f;
const checkpointed: Kind = checkpoint;
/** A checkpoint inside of a checkpoint. */
const nested: Kind = (f) => checkpoint((x: Tensor, w: Tensor) => checkpoint(f)(x, w));

/** Three blocks, of which the second closes over what the others are given, and a loss. */
function lossWith(kind: Kind): (x: Tensor, w: Tensor) => Tensor {
  const block = kind((x, w) => sin(x.mul(w)).add(exp(w.mul(0.5))));
  return (x, w) => {
    const middle = kind((y) => tanh(y.mul(w)).mul(x));
    return sum(block(middle(block(x, w), w), w).mul(x));
  };
}

/** Derivatives as lists of tensors; pairs.test.ts has the others. */
const derivatives: Readonly<
  Record<string, (f: Block, x: Tensor, w: Tensor, t: Tensor) => readonly Tensor[]>
> = {
  "the gradient": (f, x, w) => [f(x, w), grad(f)(x, w), grad(f, { argument: 1 })(x, w)],
  "the third order": (f, x, w, t) => {
    const next =
      (g: Block): Block =>
      (a, b) =>
        sum(grad(g, { argument: 1 })(a, b).mul(t));
    return [grad(next(next(f)), { argument: 1 })(x, w)];
  },
  "jvp of jvp": (f, x, w, t) => {
    const along = (a: Tensor, b: Tensor): Tensor => jvp(f, [a, b], [t, t]).tangent;
    return [jvp(along, [x, w], [t, w]).tangent];
  },
  hvp: (f, x, w, t) => [...hvp(f, [x, w], [t, x]).product],
  "the gradient of a recording, recorded": (f, x, w) => {
    const squared = (a: Tensor, b: Tensor): Tensor => {
      const tape = record((c: Tensor) => f(c, b), a);
      return tape.gradient(tape.inputs)[0].square().sum();
    };
    const outer = record(squared, x, w);
    return outer.gradient(outer.inputs);
  },
};

describe("checkpoint", () => {
  it.each(Object.entries(derivatives))("leaves %s as it is", (_, look) => {
    fc.assert(
      fc.property(vectors, vectors, vectors, (x, w, t) => {
        const expected = look(lossWith(plain), x, w, t);
        for (const kind of [checkpointed, nested]) {
          const found = look(lossWith(kind), x, w, t);
          expect(found).toHaveLength(expected.length);
          found.forEach((y, i) => {
            expect(distance(y, expected[i].toTypedArray())).toBeLessThan(1e-13);
          });
        }
      }),
      { numRuns: 1 },
    );
  });

  it.each(["the third order", "hvp"])("leaves %s as it is in a compiled program", (name) => {
    const look = derivatives[name];
    const [x, w, t] = [[0.3, -0.4, 0.9], [1, 0.2, -0.7], [0.5, -1, 0.1]].map(wide); // biome-ignore format: three
    const expected = look(lossWith(plain), x, w, t);
    const run = compile((a: Tensor, b: Tensor, c: Tensor) => look(lossWith(nested), a, b, c));

    run(x, w, t).forEach((y, i) => {
      expect(distance(y, expected[i].toTypedArray())).toBeLessThan(1e-13);
    });
  });

  it("runs JavaScript once, however often a walk repeats what it did", () => {
    let runs = 0;
    const f = checkpoint((x: Tensor) => {
      runs++;
      return sin(x).mul(x);
    });

    grad((x: Tensor) => grad((y: Tensor) => f(y))(x))(tensor(1));

    expect(runs).toBe(1);
  });

  it("assigns to variables once, and a walk reads what they held then", () => {
    const count = new Variable(tensor(1), { name: "count" });
    const scale = new Variable(tensor(3), { name: "scale" });
    const f = checkpoint((x: Tensor) => {
      const before = count.value;
      count.assign(before.add(1));
      return exp(x.mul(scale.value)).mul(before).mul(count.value);
    });
    const tape = record((x: Tensor) => f(x).sum(), tensor([0]));
    scale.assign(tensor(100));

    expect(tape.gradient({ x: tape.inputs, scale, count })).toMatchObject({});
    expect(count.value.item()).toBe(2);
  });

  it("differentiates by the variables that it reads, and through those that it assigns", () => {
    const scale = new Variable(tensor(3), { name: "scale" });
    const state = new Variable(tensor(5), { name: "state" });
    const f = checkpoint((x: Tensor) => {
      state.assign(state.value.mul(x));
      return x.mul(scale.value);
    });
    const tape = record((x: Tensor) => f(x).mul(state.value), tensor(2));

    // x · scale · (state · x)
    expect(tape.output.item()).toBe(60);
    const gradient = tape.gradient({ x: tape.inputs[0], scale, state });
    expect([gradient.x, gradient.scale, gradient.state].map((g) => g.item())).toEqual([60, 20, 12]);
    expect(state.value.item()).toBe(10);
  });

  it("repeats its random numbers", () => {
    const seed = new Variable(randomKey(4), { name: "key" });
    const noisy = (kind: Kind) =>
      kind((x, w) => {
        const [now, next] = splitKey(seed.value, 2);
        seed.assign(next);
        const mask = bernoulli(now, [3], 0.5).cast("float64");
        return exp(x.mul(w))
          .mul(mask)
          .add(normal(next, [3], { dtype: "float64" }).mul(w));
      });
    const gradients = (kind: Kind): readonly Tensor[] => {
      const tape = record((x: Tensor, w: Tensor) => sum(noisy(kind)(x, w)), wide([1, 2, 3]), wide([4, 5, 6])); // biome-ignore format: the arguments
      return [tape.output, ...tape.gradient(tape.inputs)];
    };

    const expected = gradients(plain);
    const stored = seed.value.toArray();
    seed.assign(randomKey(4));

    expect(gradients(checkpointed).map(String)).toEqual(expected.map(String));
    expect(seed.value.toArray()).toEqual(stored);
  });

  it("hands on nested results, integers, and what it was given", () => {
    const f = checkpoint(({ x, n }: { x: Tensor; n: Tensor }) => ({
      both: [x.mul(n.cast("float64")), x],
      n: n.add(1),
    }));
    const n = tensor([1, 2, 3], { dtype: "int32" });
    const { output, pullback } = vjp((x) => f({ x, n }), wide([1, 1, 1]));

    expect(output.n.toArray()).toEqual([2, 3, 4]);
    const cotangent = { both: [wide([1, 1, 1]), wide([10, 10, 10])], n: output.n };
    expect(pullback(cotangent)[0].toArray()).toEqual([11, 12, 13]);
  });

  it("computes no cotangent that nobody asked for", () => {
    const [x, w] = [wide([1, 2, 3]).reshape([1, 3]), wide([1, 2, 3]).reshape([3, 1])];
    const products = (argument: 0 | 1): number => {
      const f = checkpoint((a: Tensor, b: Tensor) => sum(matMul(a, b)));
      const { nodes } = record(
        (a: Tensor, b: Tensor) => grad((c: Tensor, d: Tensor) => f(c, d), { argument })(a, b),
        x,
        w,
      );
      return nodes.flatMap(({ results }) => results).length;
    };

    // the loss, and one cotangent
    expect(products(0)).toBe(2);
    expect(products(1)).toBe(2);
  });

  it("needs no tape: then it is the function itself", () => {
    let runs = 0;
    const f = checkpoint((x: Tensor) => {
      runs++;
      return x.mul(2);
    });

    expect(f(tensor(2)).item()).toBe(4);
    expect(runs).toBe(1);
  });
});

describe("the memory of a checkpoint", () => {
  const width = 1000;
  const x = tensor(Array.from({ length: width }, (_, i) => i / width));
  const three = (kind: (f: (y: Tensor) => Tensor) => (y: Tensor) => Tensor) => (y: Tensor) => {
    const block = kind((z) => sin(exp(z.mul(0.5))).sigmoid());
    return sum(block(block(block(y))));
  };

  it("on a tape is that of its inputs", () => {
    const kept = (f: (y: Tensor) => Tensor): number => memoryOf(record(f, x)).keptBytes;

    // the inputs of three blocks and the sum; without, also the outputs of exp and the factors 0.5
    expect(kept(three(checkpoint))).toBe(12_004);
    expect(kept(three((f) => f))).toBe(28_016);
  });

  it("is free while the tape is alive, that of its result included", async () => {
    const f = checkpoint((y: Tensor) => {
      const made = exp(y);
      watch("inside", made);
      return sin(made);
    });
    // a sum keeps nothing, and neither does the addition of 1
    const tape = record((y: Tensor) => {
      const result = f(y);
      watch("result", result);
      return sum(result.add(1));
    }, x);

    expect(await alive()).toEqual([]);
    expect(tape.gradient(tape.inputs)[0].size).toBe(width);
  });
});

describe("a checkpoint is refused", () => {
  it("where it returns what is no tensor, with and without a tape", () => {
    const f = checkpoint((x: Tensor) => x.item() as unknown as Tensor);

    expect(refusalOf(() => f(tensor(1)))).toBeInstanceOf(GradientError);
    expect(refusalOf(() => grad(f)(tensor(1)))).toBeInstanceOf(GradientError);
  });

  it("where a value leaves it by another way than its result", () => {
    let seen: Tensor | null = null;
    const f = checkpoint((x: Tensor) => {
      seen = exp(x);
      return x;
    });
    const g = (x: Tensor): Tensor => f(x).mul(seen as unknown as Tensor);

    expect(refusalOf(() => grad(g)(tensor(1))).message).toContain("Return it from the function");
  });
});
