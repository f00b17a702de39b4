/** @file The sections of the report on figure 3. */
import { formatRate } from "../shared/choose-rate.ts";
import type { Section } from "../shared/experiment.ts";
import { estimate, formatEstimate, intervalPoint, PERCENT } from "../shared/statistics.ts";
import { best, stepsTo, trained } from "./compare.ts";
import { ALL, HELD_OUT, MODIFICATIONS, type Net, type Result, type S } from "./networks.ts";

/** "1,200 ± 80", of the seeds that arrived, with their number where it is not all. */
function stepsText(steps: readonly (number | null)[]): string {
  const reached = steps.filter((value) => value !== null);
  if (reached.length === 0) return "never";
  const text = formatEstimate(estimate(reached), 0);
  return reached.length === steps.length ? text : `${text} (${reached.length} of ${steps.length})`;
}

export function tableSection({ nets }: Result): Section {
  const target = best(nets[0]);
  const draw = (id: string, chosen: readonly Net[]) => ({
    id,
    y: { title: "Test accuracy (%)", min: 0, max: 100, bounds: PERCENT },
    x: { title: "training steps", scale: "logarithmic" } as const,
    lines: chosen.map(({ name, curves }) => ({
      name,
      // after a run has ended, its last accuracy stands
      points: longest(curves).map(({ step }, i) => {
        const values = curves.map((curve) => curve[Math.min(i, curve.length - 1)].accuracy);
        return intervalPoint(step, estimate(values), 100);
      }),
    })),
  });
  return {
    title: "Accuracy and steps",
    figures: [draw("normed", nets.slice(0, 5)), draw("plain", [nets[0], ...nets.slice(5)])],
    caption:
      "First the networks of the paper's table, then those without batch normalisation. Mean over seeds with its 95 % interval.",
    table: {
      caption:
        "Steps to the best accuracy of the baseline with the same seed, and the best accuracy",
      head: ["network", "steps", "best accuracy (%)", "seeds that trained"],
      rows: nets.map((net) => [
        net.name,
        stepsText(stepsTo(net, target)),
        formatEstimate(estimate(best(net)), 1, 100),
        `${trained(net)} of ${net.curves.length}`,
      ]),
    },
  };
}

const longest = (curves: Net["curves"]): Net["curves"][number] =>
  curves.reduce((a, b) => (b.length > a.length ? b : a));

export function modificationSection({ nets, single }: Result): Section {
  const [baseline, normed, all] = nets;
  const target = best(baseline);
  const before = best(normed);
  return {
    title: "The seven modifications, one at a time",
    table: {
      caption: "BN-baseline with one of them, and with those of BN-×5",
      head: ["modification", "steps", "best accuracy (%)", "more than BN-baseline (points)"],
      rows: [{ ...normed, name: "none" }, ...single, { ...all, name: "BN-×5" }].map((net) => [
        net.name,
        stepsText(stepsTo(net, target)),
        formatEstimate(estimate(best(net)), 1, 100),
        formatEstimate(estimate(best(net).map((accuracy, i) => accuracy - before[i])), 1, 100),
      ]),
    },
  };
}

export function recipeSection({ rate }: Result, settings: S): Section {
  const modified = ALL.filter((name) => settings[name]).map((name) => MODIFICATIONS[name]);
  return {
    title: "What the networks are",
    text: `The learning rate × 1 is ${formatRate(rate, settings.rates)}${settings.rates.length > 1 ? `, at which a further run of the baseline was best on ${HELD_OUT} training images that were held out; all others follow from it` : ""}. The baseline has dropout, an L2 penalty, local response normalisation, distorted images, and batches of the same images in every epoch. BN-baseline is the same with batch normalisation before each nonlinearity. BN-×5, BN-×30 and BN-×5-sigmoid have these modifications: ${modified.join(", ") || "none"}. A network trained where it classified more than half of the test images in the end.`,
  };
}
