/**
 * @file Claim: normalising outside the gradient step makes the bias grow without bound while the loss stands still.
 *
 * Source: Ioffe & Szegedy (2015), section 2: x = u + b is centred to x - E[x], but the gradient step ignores that
 * E[x] depends on b. The update of b then changes nothing that the loss sees.
 */
import {
  compile,
  mean,
  mul,
  normal,
  randomKey,
  record,
  square,
  stopGradient,
  sub,
  type Tensor,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import { defineExperiment, type Experiment, type Figure, type Step } from "./shared/experiment.ts";
import { formatCount, formatFixed, formatScientific } from "./shared/format.ts";

/** The bias and the loss after each tenth of the steps. */
type Run = { readonly step: number; readonly bias: number; readonly loss: number }[];

type Result = { readonly ignored: readonly Run[]; readonly followed: readonly Run[] };

const SAMPLES = 100;

/** Descends on mean((x - E[x] - target)²) by b alone; `ignores` says whether the step sees that E[x] depends on b. */
async function descend(
  ignores: boolean,
  seed: number,
  { steps, rate }: { readonly steps: number; readonly rate: number },
  step: Step,
): Promise<Run> {
  const u = normal(randomKey(seed), [SAMPLES], { dtype: "float64" });
  const bias = new Variable(zeros([], { dtype: "float64" }));
  const advance = compile((inputs: Tensor): Tensor => {
    const tape = record(() => {
      const x = inputs.add(bias.value);
      const center = ignores ? stopGradient(mean(x)) : mean(x);
      // a target that no centred value can reach in the mean
      return mean(square(sub(sub(x, center), 1)));
    });
    bias.assign(sub(bias.value, mul(tape.gradient(bias), rate)));
    return tape.output;
  });
  const points: Run = [];
  for (let done = 1; done <= steps; done++) {
    const loss = advance(u).item();
    if (done % Math.ceil(steps / 50) === 0 || done === 1) {
      points.push({ step: done, bias: bias.value.item(), loss });
    }
    await step(done, steps);
  }
  return points;
}

const last = (runs: readonly Run[]): Run[number][] => runs.map((run) => run[run.length - 1]);

export const outsideTheGradientStep: Experiment = defineExperiment({
  name: "outside-the-gradient-step",
  title: "What happens if normalisation stands outside the gradient step?",
  claim:
    "If a layer is centred between the gradient steps, and the steps ignore that the mean depends on the bias, the bias grows without bound while the loss stands still.",
  source: "S. Ioffe and C. Szegedy, Batch Normalization, 2015, section 2 (arXiv:1502.03167)",
  settings: { seeds: 3, steps: 1000, rate: 0.1 },
  quick: { steps: 200 },
  help: { steps: "gradient steps", rate: "learning rate" },

  async run({ settings, seeds, unit }): Promise<Result> {
    const runs = async (ignores: boolean): Promise<readonly Run[]> => {
      const found: Run[] = [];
      for (const seed of seeds) {
        const name = `mean ${ignores ? "ignored" : "followed"}, seed ${seed}`;
        found.push(await unit(name, (step) => descend(ignores, seed, settings, step)));
      }
      return found;
    };
    return { ignored: await runs(true), followed: await runs(false) };
  },

  judge({ ignored, followed }, { steps }) {
    const growth = last(ignored).map(({ bias }) => bias);
    const moved = ignored.map((run) => Math.abs(run[run.length - 1].loss - run[0].loss));
    const kept = last(followed).map(({ bias }) => Math.abs(bias));
    // linear growth: as much in the second half as in the first
    const linear = ignored.every((run) => {
      const half = run[Math.floor(run.length / 2)];
      return run[run.length - 1].bias / half.bias > 1.8;
    });
    const held = linear && Math.max(...moved) < 1e-9 && Math.max(...kept) < 1e-9;
    return {
      held: held ? "yes" : "no",
      sentence: `After ${formatCount(steps)} steps the bias was ${formatFixed(Math.min(...growth), 1)} or more and still growing, and the loss had changed by at most ${formatScientific(Math.max(...moved), 1)}; with the mean inside the gradient the bias stayed within ${formatScientific(Math.max(...kept), 1)} of 0.`,
    };
  },

  report({ ignored, followed }) {
    const draw = (id: string, title: string, pick: (point: Run[number]) => number): Figure => ({
      id,
      y: { title, min: 0 },
      x: { title: "gradient steps" },
      lines: [
        { name: "mean ignored", points: ignored[0].map((p) => [p.step, pick(p)]) },
        { name: "mean followed", points: followed[0].map((p) => [p.step, pick(p)]) },
      ],
    });
    return [
      {
        title: "Bias and loss",
        figures: [
          draw("bias", "Bias (no unit)", (p) => p.bias),
          draw("loss", "Loss (no unit)", (p) => p.loss),
        ],
        caption:
          "Seed 1. The gradient by b is constant where the mean is ignored, and 0 where it is followed.",
      },
    ];
  },
});
