/** What the tools make of functions that are one node. */
import {
  checkpoint,
  cond,
  customGradient,
  diffRuns,
  diffTapes,
  explainNonFinite,
  grad,
  memoryOf,
  normal,
  profile,
  randomKey,
  record,
  recordWith,
  scan,
  type Tape,
  type Tensor,
  tapeToDot,
  tensor,
  ValueError,
  zeros,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";
import { here, lineNumber } from "../source-line.ts";

const namesOf = ({ nodes }: { readonly nodes: readonly { readonly name: string }[] }) =>
  nodes.map(({ name }) => name);

describe("explainNonFinite", () => {
  let planted = 0;
  const line = (report: { readonly line: string | null } | null): number =>
    lineNumber({ line: report?.line ?? null, derivativeOf: null });

  const logarithm = (x: Tensor): Tensor => {
    const y = x.mul(2);
    planted = here() + 1;
    return y.log().sum();
  };
  const root = (x: Tensor): Tensor => {
    planted = here() + 1;
    return x.sqrt().mul(2).sum();
  };

  it("finds the operation inside of a checkpoint, of one inside of another, and on a recorded tape", () => {
    const within = checkpoint((x: Tensor) => logarithm(x));
    const twice = checkpoint((x: Tensor) => within(x.mul(3)).mul(2));

    for (const f of [within, twice]) {
      const x = tensor([1, 0]);
      for (const report of [
        explainNonFinite((y: Tensor) => f(y.mul(1)), x),
        explainNonFinite(recordWith({ sourceLines: true }, f, x)),
      ]) {
        expect([report?.kind, report?.name, report?.value]).toEqual(["operation", "log", null]);
        expect(line(report)).toBe(planted);
        expect(report?.operands[0].name).toBe("a value of checkpoint");
      }
    }
  });

  it("finds it in the backward walk of a checkpoint", () => {
    const report = explainNonFinite(checkpoint(root), tensor([4, 0]));

    expect([report?.kind, report?.derivativeOf, report?.name]).toEqual([
      "derivative",
      "sqrt",
      "div",
    ]);
    expect(line(report)).toBe(planted);
  });

  it("believes the rule of a custom gradient", () => {
    const safe = customGradient((x: Tensor) => x.sqrt(), {
      residuals: ["output"],
      vjp: (cotangent, { output }) => [cotangent.div(output.add(1))],
    });

    expect(explainNonFinite((x: Tensor) => safe(x).sum(), tensor([4, 0]))).toBeNull();
    expect(explainNonFinite((x: Tensor) => x.sqrt().sum(), tensor([4, 0]))).not.toBeNull();
  });

  it("blames a loop, or a choice, as a whole", () => {
    let first = 0;
    const loop = (x: Tensor): Tensor => {
      first = here() + 1;
      return scan((total, y) => [total.add(y.log()), null], tensor(0), x)[0];
    };
    const report = explainNonFinite(loop, tensor([1, 0]));

    expect([report?.name, line(report)]).toEqual(["scan", first]);
    expect(
      explainNonFinite(
        (x: Tensor) =>
          cond(
            x.greater(1),
            () => x,
            () => x.log(),
          ),
        tensor(0),
      )?.name,
    ).toBe("cond");
  });
});

describe("profile, diffTapes and pictures", () => {
  const f = (x: Tensor): Tensor => checkpoint((y: Tensor) => y.exp().sin())(x).sum();

  it("time and compare what a checkpoint consists of", () => {
    const x = normal(randomKey(0), [4]);
    const inner = (factor: number): Tape =>
      record((y: Tensor) => checkpoint((z: Tensor) => z.exp().mul(factor))(y), x) as Tape;

    expect(namesOf(profile(f, x))).toEqual(["exp", "sin", "sum", "reshape"]);
    expect(namesOf(profile(record(f, x)))).toEqual(["exp", "sin", "sum", "reshape"]);
    expect(diffTapes(inner(2), inner(2))).toBeNull();
    expect(diffTapes(inner(2), inner(3))).toMatchObject({ fact: "numbers", a: { position: 1 } });
    expect(diffRuns(f, [x], [x.add(1)])?.a.text).toMatch(/exp/);
    expect(
      diffTapes(
        record((y: Tensor) => checkpoint((z: Tensor) => z.exp())(y), x),
        record((y: Tensor) => checkpoint((z: Tensor) => z.log())(y), x),
      )?.fact,
    ).toBe("primitive");
  });

  it("have one row, one box and one result for a loop", () => {
    const loop = (x: Tensor): Tensor =>
      scan((total, y) => [total.add(y), total.mul(y)], tensor(0), x)[1].sum();
    const x = tensor([1, 2, 3]);

    expect(namesOf(profile(loop, x))).toEqual(["scan", "sum", "reshape"]);
    expect(tapeToDot(record(loop, x))).toMatch(/= scan\(0, %0\)/);
    expect(diffRuns(loop, [x], [tensor([1, 2, 4])])?.a.text).toMatch(/= scan\(/);
    expect(memoryOf(record(loop, x)).peakBytes).toBeGreaterThan(24);
  });

  it("tell loops apart by the shapes of their results", () => {
    const loop = (shape: readonly number[]): Tape =>
      record(
        (x: Tensor) => scan((total, y) => [total.add(y), total.add(zeros(shape))], tensor(0), x)[0],
        tensor([1, 2]),
      ) as Tape;

    expect(diffTapes(loop([2]), loop([2]))).toBeNull();
    expect(diffTapes(loop([2]), loop([3]))?.fact).toBe("shape");
  });

  it("change nothing: a derivative around a profile is what it is without", () => {
    const x = normal(randomKey(1), [4]);
    const watched = grad((y: Tensor) => {
      profile(f, y);
      return f(y);
    });

    expect(watched(x).toArray()).toEqual(grad(f)(x).toArray());
  });
});

describe("a tape with a loop", () => {
  it("is refused when it is saved", () => {
    const tape = record(
      (x: Tensor) => scan((c, y) => [c.add(y), null], tensor(0), x)[0],
      tensor([1]),
    );

    const error = refusalOf(() => tape.toJSON());

    expect(error).toBeInstanceOf(ValueError);
    expect(error.details).toMatchObject({ primitive: "scan", value: 1 });
  });
});
