import { compile, record, type Tensor, tensor } from "@tapegrad/autograd";
import { type Evaluation, LBFGS, type LBFGSOptions, Parameter, Scheduler } from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { vectors } from "../oracles/batch-norm-problems.ts";
import { expectCloseToArray } from "../oracles/close-to-array.ts";
import { float64 } from "../oracles/float64.ts";
import { refusalOf } from "../oracles/refusal.ts";

/** (1 - x)² + 100 (y - x²)², whose valley bends; least at (1, 1). */
const rosenbrock = (x: Tensor, y: Tensor): Tensor => {
  return x.mul(-1).add(1).square().add(y.sub(x.square()).square().mul(100));
};

function rosenbrockRun(options: LBFGSOptions, dtype: "float64" | "float32" = "float64") {
  const parameters = [-1.2, 1].map((value) => new Parameter(tensor(value, { dtype })));
  const optimizer = new LBFGS(parameters, options);
  const evaluate = (): Evaluation => {
    const tape = record(() => rosenbrock(parameters[0].value, parameters[1].value));
    return { loss: tape.output, gradients: tape.gradient(parameters) };
  };
  return { parameters, optimizer, evaluate };
}

const WOLFE = { lineSearch: "strong-wolfe" } as const;
const PRECISE = { ...WOLFE, gradientTolerance: 1e-9, changeTolerance: 0, maxIterations: 100 };

describe("LBFGS", () => {
  it("finds the minimum of Rosenbrock's function to 1e-8", () => {
    const { parameters, optimizer, evaluate } = rosenbrockRun(PRECISE);

    const report = optimizer.step(evaluate);

    for (const p of parameters) expect(Math.abs(p.value.item() - 1)).toBeLessThan(1e-8);
    expect(report.ended).toBe("gradient");
    expect(report.lossBefore).toBeCloseTo(24.2, 12);
    expect(report.loss).toBeLessThan(1e-18);
    expect(report.iterations).toBeLessThan(50);
  });

  it("finds it in many short calls as well, remembering the curvature between them", () => {
    const short = rosenbrockRun({ ...PRECISE, maxIterations: 3, maxEvaluations: 20 });
    let calls = 0;
    let iterations = 0;
    for (let ended = ""; ended !== "gradient" && calls < 60; calls++) {
      const report = short.optimizer.step(short.evaluate);
      ended = report.ended;
      iterations += report.iterations;
    }

    for (const p of short.parameters) expect(Math.abs(p.value.item() - 1)).toBeLessThan(1e-8);
    expect(iterations).toBeLessThan(50);
  });

  it("takes float32 parameters, and a compiled evaluation", () => {
    const { parameters, optimizer, evaluate } = rosenbrockRun(
      { ...WOLFE, maxIterations: 100, gradientTolerance: 1e-4 },
      "float32",
    );
    let runs = 0;
    const program = compile((): Evaluation => {
      runs++;
      return evaluate();
    });

    optimizer.step(program);

    for (const p of parameters) expect(Math.abs(p.value.item() - 1)).toBeLessThan(1e-3);
    expect(parameters[0].value.dtype).toBe("float32");
    expect(runs).toBe(1);
  });

  it("solves least squares of n unknowns in about n iterations", () => {
    const problems = fc.record({ a: vectors(12, 1), b: vectors(4, 3) });
    fc.assert(
      fc.property(problems, ({ a, b }) => {
        const p = new Parameter(float64([0, 0, 0]));
        const [matrix, target] = [float64(a, [4, 3]), float64(b)];
        const optimizer = new LBFGS([p], { ...WOLFE, changeTolerance: 0, maxIterations: 60 });

        const evaluate = (): Evaluation => {
          const tape = record(() => {
            const residual = matrix
              .matMul(p.value.reshape([3, 1]))
              .reshape([4])
              .sub(target);
            // a little of |p|², so that there is one minimum
            return residual.square().sum().add(p.value.square().sum().mul(0.1));
          });
          return { loss: tape.output, gradients: tape.gradient([p]) };
        };
        const { iterations } = optimizer.step(evaluate);

        expectCloseToArray(evaluate().gradients[0] ?? [], [0, 0, 0], { absolute: 1e-6 });
        expect(iterations).toBeLessThan(30);
      }),
      { numRuns: 10 },
    );
  });

  it("takes steps of the learning rate without a line search, and none beyond its limits", () => {
    const p = new Parameter(float64([3]));
    const seen: number[] = [];
    const optimizer = new LBFGS([p], { learningRate: 0.5, maxIterations: 2 });
    const report = optimizer.step(() => {
      seen.push(p.value.item());
      const tape = record(() => p.value.square().sum());
      return { loss: tape.output, gradients: tape.gradient([p]) };
    });

    // the first along -6, at most 0.5 / 6 of it; then half of Newton's step, which is to 0
    expect(seen).toEqual([3, 2.5, 1.25]);
    expect(report).toMatchObject({ iterations: 2, evaluations: 3, ended: "iterations" });
  });

  it("stops where the gradient is small at the start, after one evaluation", () => {
    const p = new Parameter(float64([0]));

    const report = new LBFGS([p]).step(() => ({ loss: tensor(0), gradients: [null] }));

    expect(report).toEqual({
      lossBefore: 0,
      loss: 0,
      iterations: 0,
      evaluations: 1,
      ended: "gradient",
    });
  });

  it("stays at the last finite point where a step leads out of the domain", () => {
    const p = new Parameter(float64([1]));
    const optimizer = new LBFGS([p], { learningRate: 4 });

    const report = optimizer.step(() => {
      const tape = record(() => p.value.sqrt().sum());
      return { loss: tape.output, gradients: tape.gradient([p]) };
    });

    expect(report.ended).toBe("not finite");
    expect(p.value.item()).toBe(1);
  });

  it("comes back from outside of the domain by the line search", () => {
    const p = new Parameter(float64([0.1]));
    const optimizer = new LBFGS([p], { ...WOLFE, learningRate: 10, maxIterations: 50 });

    // x - log x, which is NaN below 0 and least at 1
    optimizer.step(() => {
      const tape = record(() => p.value.sub(p.value.log()).sum());
      return { loss: tape.output, gradients: tape.gradient([p]) };
    });

    expect(Math.abs(p.value.item() - 1)).toBeLessThan(1e-5);
  });

  it("leaves everything as it was where the evaluation throws", () => {
    const { parameters, optimizer, evaluate } = rosenbrockRun(WOLFE);
    const before = optimizer.stateDict();
    let calls = 0;

    expect(() =>
      optimizer.step(() => {
        calls++;
        if (calls === 3) throw new Error("broken");
        return evaluate();
      }),
    ).toThrow("broken");

    expect(parameters.map((p) => p.value.item())).toEqual([-1.2, 1]);
    expect(optimizer.stateDict()).toEqual(before);
  });

  it("resumes from its state to the same bits, when the memory has gone round too", () => {
    const options = { ...WOLFE, historySize: 3, maxIterations: 5 };
    const [first, second] = [rosenbrockRun(options), rosenbrockRun(options)];
    for (let i = 0; i < 2; i++) first.optimizer.step(first.evaluate);
    second.optimizer.loadStateDict(first.optimizer.stateDict());
    second.parameters.forEach((p, i) => {
      p.assign(first.parameters[i].value);
    });

    for (const { optimizer, evaluate } of [first, second]) optimizer.step(evaluate);

    expect(first.optimizer.stateDict()["pairs"].item()).toBeGreaterThan(3);
    const [a, b] = [first, second].map((run) => run.parameters.map((p) => p.value.item()));
    expect(b).toEqual(a);
  });

  it("has a learning rate for schedules", () => {
    const { optimizer } = rosenbrockRun({ learningRate: 0.5 });

    new Scheduler(optimizer, (_, base) => base / 2);

    expect(optimizer.groups[0].learningRate.value.item()).toBe(0.25);
  });

  it("refuses gradients that do not fit", () => {
    const { optimizer, evaluate } = rosenbrockRun({});

    const error = refusalOf(() => {
      optimizer.step(() => ({ ...evaluate(), gradients: [null] }));
    });

    expect(error.name).toBe("GradientError");
  });
});
