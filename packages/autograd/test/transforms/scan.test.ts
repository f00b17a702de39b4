/**
 * @file scan, held against the same loop written out.
 */
import {
  add,
  checkpoint,
  cond,
  customGradient,
  exp,
  grad,
  greater,
  hessian,
  jacobian,
  jvp,
  less,
  matMul,
  mul,
  normal,
  onCotangent,
  randomKey,
  record,
  scan,
  sin,
  splitKey,
  stack,
  sum,
  tanh,
  type TapeNode,
  type Tensor,
  tensor,
  vjp,
  vmap,
  whileLoop,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { assertGradcheck } from "@tapegrad/autograd/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distance } from "../closeness.ts";
import { refusalOf } from "../refusal.ts";

const wide = (values: unknown): Tensor => tensor(values as readonly number[], { dtype: "float64" });
const rows = (x: Tensor): readonly Tensor[] =>
  Array.from({ length: x.shape[0] }, (_, i) => x.at(i).get());

type Loop = <C, X extends Tensor, Y extends Tensor>(
  step: (carry: C, x: X) => readonly [C, Y],
  carry: C,
  xs: X,
) => readonly [C, Y];

/** The loop written out. */
const unrolled: Loop = (step, carry, xs) => {
  let now = carry;
  const ys = rows(xs).map((x) => {
    const [next, y] = step(now, x as typeof xs);
    now = next;
    return y;
  });
  return [now, stack(ys) as (typeof ys)[number]];
};

const [keyX, keyW, keyV, keyH, keyC] = splitKey(randomKey(3), 5);
const draw = (key: Tensor, shape: readonly number[]): Tensor =>
  normal(key, shape, { dtype: "float64" });
const xs = draw(keyX, [3, 2]);
const w = draw(keyW, [2, 3]);
const v = draw(keyV, [3, 3]).mul(0.5);
const h = draw(keyH, [3]);
const weights = draw(keyC, [3, 3]);

interface Cell {
  readonly h: Tensor;
  readonly count: Tensor;
}

/** A recurrent network over `xs`, as one number: of its last state and of all results. */
const network =
  (loop: Loop) =>
  (h: Tensor, xs: Tensor, w: Tensor, v: Tensor): Tensor => {
    const step = ({ h, count }: Cell, x: Tensor): readonly [Cell, Tensor] => {
      const next = tanh(matMul(x, w).add(matMul(h, v)));
      return [{ h: next, count: count.add(1) }, sin(next.mul(h)).mul(count)];
    };
    const start = { h, count: tensor(1, { dtype: "int32" }) };
    const [last, ys] = loop(step, start, xs);
    return sum(mul(ys, weights))
      .add(sum(exp(last.h)))
      .add(last.count);
  };

const scanned = network(scan);
const written = network(unrolled);
const point = [h, xs, w, v] as const;

const close = (a: Tensor, b: Tensor, tolerance = 1e-13): void => {
  expect(distance(a, b.toTypedArray())).toBeLessThanOrEqual(tolerance);
};
const scansOn = (tape: { readonly nodes: readonly TapeNode[] }): number =>
  tape.nodes.filter(({ primitive }) => primitive.name === "scan").length;

describe("scan", () => {
  it("gives the last carry and the stacked results", () => {
    const step = (total: Tensor, x: Tensor) => [total.add(x), total.mul(x)] as const;

    const [total, products] = scan(step, tensor(0), tensor([1, 2, 3]));
    const [, backwards] = scan(step, tensor(0), tensor([1, 2, 3]), { reverse: true });

    expect(total.item()).toBe(6);
    expect(products.toArray()).toEqual([0, 2, 9]);
    expect(backwards.toArray()).toEqual([5, 6, 0]);
  });

  it("takes any nesting, of integers and truth values too, and goes without elements or results", () => {
    const keys = splitKey(randomKey(1), 3);
    const [[last, flag], ys] = scan(
      ([n, _]: readonly [Tensor, Tensor], { key }: { key: Tensor }) => [
        [n.add(1), n.greater(1)] as const,
        { drawn: [normal(key, [2])], n },
      ],
      [tensor(0, { dtype: "int32" }), tensor(false)] as const,
      { key: stack(keys) },
    );

    expect([last.item(), flag.toArray()]).toEqual([3, true]);
    expect(ys.n.toArray()).toEqual([0, 1, 2]);
    expect(ys.drawn[0].toArray()).toEqual(keys.map((key) => normal(key, [2]).toArray()));
    const [power, nothing] = scan((x: Tensor, _: null) => [x.mul(2), null], tensor(1), null, {
      length: 10,
    });
    expect([power.item(), nothing]).toEqual([1024, null]);
  });

  it("has zero steps where there are no elements", () => {
    const f = (h: Tensor, w: Tensor, xs: Tensor): Tensor => {
      const [last, ys] = scan((h: Tensor, x: Tensor) => [h.mul(w), h.mul(x)], h, xs);
      return add(last, sum(ys));
    };
    const none = zeros([0], { dtype: "float64" });
    const args = [wide(3), wide(2), none] as const;

    expect(f(...args).item()).toBe(3);
    expect(grad(f)(...args).item()).toBe(1);
    expect(grad(f, { argument: 1 })(...args).item()).toBe(0);
    expect(grad(f, { argument: 2 })(...args).shape).toEqual([0]);
    expect(jvp(f, args, [wide(5), wide(1), none]).tangent.item()).toBe(5);
    expect(hessian(f)(...args).item()).toBe(0);
  });

  it("runs the step once, and is one node, whatever its length", () => {
    let runs = 0;
    const f = (h: Tensor, xs: Tensor): Tensor =>
      scan(
        (h: Tensor, x: Tensor) => {
          runs++;
          return [sin(h.add(x)), null];
        },
        h,
        xs,
      )[0];

    const tape = record(f, wide(1), zeros([100], { dtype: "float64" }));

    expect(runs).toBe(1);
    expect(String(tape).split("\n").slice(2)).toEqual([
      "%2, %3 = scan(%0, %1, length=100) : float64[], float64[100]",
    ]);
    expect(tape.replay(wide(0), tensor(Array(100).fill(0), { dtype: "float64" })).item()).toBe(0);
  });

  it("closes over values of every tape around it, and reads variables", () => {
    const factor = new Variable(wide(3), { name: "factor" });
    const f = (a: Tensor): Tensor => {
      const inner = (b: Tensor): Tensor => {
        const step = (h: Tensor, x: Tensor) =>
          [h.mul(a).add(b.mul(x)).mul(factor.value), null] as const;
        return scan(step, mul(a, b), wide([1, 2]))[0];
      };
      return grad(inner)(mul(a, 2));
    };

    // h = 9 a² (a b) + 9 a b + 6 b, by b
    const tape = record(f, wide(2));
    expect(tape.output.item()).toBe(9 * 8 + 9 * 2 + 6);
    expect(tape.gradient(tape.inputs)[0].item()).toBe(27 * 4 + 9);
    expect(record(f, wide(2)).gradient(factor).item()).toBe(6 * 8 + 6 * 2 + 2);
  });

  it("cannot be saved, since it holds a function", () => {
    const tape = record(
      (h: Tensor) => scan((h: Tensor, x: Tensor) => [h.mul(sum(x)), null], h, xs)[0],
      h,
    );

    expect(refusalOf(() => JSON.stringify(tape)).message).toContain("scan(…) is a function");
  });

  it("may stand inside of another", () => {
    const power =
      (loop: Loop) =>
      (x: Tensor): Tensor =>
        loop(
          (outer: Tensor, scale: Tensor) => {
            const [inner] = loop(
              (h: Tensor, y: Tensor) => [sin(h.mul(y).add(x)), h],
              outer,
              xs.at(0).get(),
            );
            return [inner.mul(scale), inner];
          },
          x,
          wide([1, -0.5, 2]),
        )[0];

    const [a, b] = [power(scan), power(unrolled)];
    close(a(wide(0.3)), b(wide(0.3)));
    close(grad(a)(wide(0.3)), grad(b)(wide(0.3)));
    close(hessian(a)(wide(0.3)), hessian(b)(wide(0.3)), 1e-12);
  });
});

describe("the derivatives of scan", () => {
  it("are those of the loop written out, by carry, elements and what the step closes over", () => {
    close(scanned(...point), written(...point));
    for (const argument of [0, 1, 2, 3] as const) {
      const [a, b] = [scanned, written].map((f) => grad(f, { argument })(...point));
      close(a, b);
    }
    const [a, b] = [scanned, written].map((f) => jvp(f, point, point).tangent);
    close(a, b);
  });

  it("are so at the second order, in every mix of modes", () => {
    const [a, b] = [scanned, written].map((f) => hessian(f)(...point));
    close(a, b, 1e-12);
    const mixes = [scanned, written].map((f) => {
      const along = (u: Tensor): Tensor => jvp((y: Tensor) => f(h, xs, w, y), [u], [v]).tangent;
      const slope = (u: Tensor): Tensor => sum(mul(grad((y: Tensor) => f(h, xs, w, y))(u), v));
      return [grad(slope)(v), grad(along)(v), jvp(along, [v], [v]).tangent];
    });
    for (const [k, a] of mixes[0].entries()) close(a, mixes[1][k], 1e-12);
  });

  it("are so at the third order", () => {
    const twice =
      (f: (x: Tensor) => Tensor) =>
      (x: Tensor): Tensor =>
        sum(sin(grad(f)(x)));
    const third = (f: typeof scanned): Tensor => grad(twice(twice((x) => f(x, xs, w, v))))(h);

    close(third(scanned), third(written), 1e-12);
  });

  it("agree with differences at order 2, in reverse too", () => {
    const f = (h: Tensor, xs: Tensor, v: Tensor) => {
      const step = (h: Tensor, x: Tensor) => [tanh(matMul(h, v).add(x)), exp(h)] as const;
      return scan(step, h, xs, { reverse: true });
    };
    const [two, square] = [draw(keyX, [2, 2]), draw(keyV, [2, 2])];

    assertGradcheck(f, [draw(keyH, [2]), two, square], { order: 2, mode: "both" });
  });

  it("go through rules and hooks of the caller's own, which may close over what a step computes", () => {
    const step = (h: Tensor, x: Tensor) => {
      const y = sin(h);
      const doubled = customGradient((a: Tensor) => mul(a, 2), {
        vjp: (c) => [mul(c, y)],
        jvp: ([t]) => mul(t, y),
      });
      return [onCotangent(doubled(h), (c) => mul(c, 3)).mul(x), h] as const;
    };
    const [a, b] = [scan, unrolled].map((loop: Loop) => (h: Tensor): Tensor => {
      return loop(step, h, wide([1, 2, 3]))[0];
    });

    close(grad(a)(wide(0.3)), grad(b)(wide(0.3)));
    close(jvp(a, [wide(0.3)], [wide(1)]).tangent, jvp(b, [wide(0.3)], [wide(1)]).tangent);
    close(hessian(a)(wide(0.3)), hessian(b)(wide(0.3)));
  });

  it("are found again after a walk that kept the tape, and from results alone", () => {
    const f = (h: Tensor): Tensor =>
      scan((h: Tensor, x: Tensor) => [h.mul(x), sin(h)], h, wide([2, 3]))[1];
    const { pullback } = vjp(f, wide(0.5));

    expect(pullback(wide([1, 0]))[0].item()).toBe(Math.cos(0.5));
    expect(pullback(wide([0, 1]))[0].item()).toBe(2 * Math.cos(1));
    close(jacobian(f)(wide(0.5)), wide([Math.cos(0.5), 2 * Math.cos(1)]));
  });
});

describe("a long scan", () => {
  // the nightly run takes a hundred thousand steps
  const length = (fc.readConfigureGlobal().numRuns ?? 100) > 100 ? 100_000 : 1000;

  it("is differentiated as its closed form", () => {
    const f = (a: Tensor): Tensor =>
      scan((h: Tensor, _: null) => [h.mul(a).add(1), null], wide(0), null, { length })[0];
    const a = 1 - 4 / length;

    // (1 - aⁿ) / (1 - a), and its derivative
    const power = a ** length;
    const value = (1 - power) / (1 - a);
    const slope = (value - (length * power) / a) / (1 - a);
    expect(Math.abs(f(wide(a)).item() / value - 1)).toBeLessThanOrEqual(1e-11);
    expect(Math.abs(grad(f)(wide(a)).item() / slope - 1)).toBeLessThanOrEqual(1e-11);
  });
});

describe("vmap of a scan", () => {
  const batch = stack([xs, xs.mul(0.5), xs.neg()]);
  const ofMember = (x: Tensor): Tensor => scanned(h, x, w, v);

  it("is one scan whose steps are those of all members", () => {
    const tape = record((b: Tensor) => vmap(ofMember)(b), batch);

    expect(scansOn(tape)).toBe(1);
    close(tape.output, stack(rows(batch).map(ofMember)));
  });

  it("is right whichever of carry, elements and closure have members", () => {
    const f = (h: Tensor, x: Tensor, v: Tensor): Tensor => scanned(h, x, w, v);
    const many = [stack([h, h.mul(2)]), stack([xs, xs.neg()]), stack([v, v.mul(0.5)])] as const;

    for (let subset = 1; subset < 8; subset++) {
      const isMapped = many.map((_, i) => ((subset >> i) & 1) === 1);
      const [a, b, c] = many.map((all, i) => (isMapped[i] ? all : all.at(0).get()));
      const member = (k: number): Tensor => {
        const [p, q, r] = many.map((all, i) => all.at(isMapped[i] ? k : 0).get());
        return f(p, q, r);
      };
      close(
        vmap(f, { inAxes: isMapped.map((is) => (is ? 0 : null)) })(a, b, c),
        stack([member(0), member(1)]),
      );
    }
  });

  it("maps what stands inside of a step: checkpoints, choices, loops", () => {
    const power = (y: Tensor): Tensor =>
      whileLoop((z: Tensor) => less(z, 4), (z) => z.mul(2).add(5), y); // biome-ignore format: a row
    const choice = (h: Tensor): Tensor => cond(greater(h, 0.5), sin, exp, h);
    const f =
      (g: (h: Tensor) => Tensor) =>
      (h: Tensor): Tensor =>
        scan(
          checkpoint((h: Tensor, x: Tensor) => [g(h).mul(x), h] as const),
          h,
          wide([1, 2, 3]),
        )[0];
    const members = wide([0.1, 0.7, -2]);

    for (const g of [f(choice), f(power), grad(f(choice))]) {
      close(vmap(g)(members), stack(rows(members).map((h) => g(h))));
    }
  });

  it("maps gradients, and has gradients", () => {
    const slope = (x: Tensor): Tensor => grad((y: Tensor) => scanned(h, x, w, y))(v);
    const total = (f: (b: Tensor) => Tensor): Tensor => grad((b: Tensor) => sum(f(b)))(batch);

    close(vmap(slope)(batch), stack(rows(batch).map(slope)));
    close(
      total(vmap(ofMember)),
      total((b) => stack(rows(b).map(ofMember))),
    );
  });
});
