/**
 * @file The report of the main experiment: one HTML file with its figures inside, no script, nothing to load.
 *
 * Every sentence about the outcome is computed (see verdict.ts) and can come out against the paper.
 */
import {
  accuracyFigure,
  percentileFigure,
  percentileRange,
  statisticsFigure,
} from "../shared/figures.ts";
import { formatCount } from "../shared/format.ts";
import { html, type Markup, trusted } from "../shared/html.ts";
import { REPORT_STYLE } from "../shared/report-style.ts";
import type { Curve, DataKind, Results } from "../shared/results.ts";
import { themed } from "../shared/theme.ts";
import { accuracyTable, layerTable, runFacts, statisticsTable } from "./report-tables.ts";
import { stabilityVerdict, verdict } from "./verdict.ts";

/** Longer tables are folded. */
const ROW_LIMIT = 16;

/** The whole report as the text of an HTML file. */
export function renderReport(results: Results): string {
  const { data } = results;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Figure 1 of Ioffe &amp; Szegedy (2015) on ${data.kind}</title>
<style>${trusted(REPORT_STYLE)}</style>
</head>
<body>
<main>
${introduction(data.kind)}
${accuracySection(results)}
${inputSection(results)}
${statisticsSection(results)}
<h2>How it was run</h2>
${runFacts(results)}
</main>
</body>
</html>
`.text;
}

const DATA_IN_WORDS = {
  mnist: "MNIST, grey values",
  "binary mnist": "MNIST, binary pixels",
  "built-in digits": "digits that this package generates, not MNIST",
  "binary built-in digits": "digits that this package generates, with binary pixels, not MNIST",
} as const satisfies Record<DataKind, string>;

function introduction(kind: DataKind): Markup {
  const isMnist = kind === "mnist" || kind === "binary mnist";
  return html`<h1>Does a network train faster with batch normalization?</h1>
<p class="subtitle">Figure 1 of Ioffe &amp; Szegedy (2015), measured again on ${DATA_IN_WORDS[kind]}</p>
${
  isMnist
    ? null
    : html`<p class="note"><strong>These data are not MNIST.</strong> The images are digits drawn by this package, so
that the experiment runs without a download. The numbers say nothing about those of the paper;
run it with <code>--data DIR</code> to use MNIST.</p>`
}
<p><strong>The claim.</strong> In section 4.1 and figure 1 the authors train a network of three hidden layers of 100
sigmoids on MNIST for 50,000 steps of 60 examples, once as it is and once with batch normalization in each hidden
layer. With it, they report, the network trains faster and reaches a higher test accuracy (a), and the distribution
of the inputs of a typical sigmoid stays more stable over the course of training (b, c). The learning rate and the
scale of the initial weights are not given in the paper; those used here are listed below.
<span class="source">S. Ioffe and C. Szegedy, <cite>Batch Normalization: Accelerating Deep Network Training by
Reducing Internal Covariate Shift</cite>, ICML 2015, <a href="https://arxiv.org/abs/1502.03167">arXiv:1502.03167</a>.</span></p>`;
}

function accuracySection(results: Results): Markup {
  const { summary, curves, settings } = results;
  const draw = (scale: "linear" | "logarithmic"): Markup =>
    trusted(themed(accuracyFigure(summary, { scale, batchSize: settings.batchSize })));
  return html`<p class="verdict"><strong>This run.</strong> ${verdict(summary, curves)}</p>
<h2>Test accuracy during training</h2>
<figure><div class="panels">
${draw("linear")}
${draw("logarithmic")}
</div>
<figcaption><strong>Figure 1 (a).</strong> Test accuracy against training steps: first with linear steps, as in the
paper, then with logarithmic ones, where the beginning can be seen.</figcaption></figure>
<h2>Accuracy by step</h2>
${accuracyTable(results, ROW_LIMIT)}`;
}

/** Figures (b) and (c) follow one unit of the first seed that has both networks, as the paper shows one unit. */
function inputSection({ curves, settings }: Results): Markup {
  const pair = firstPair(curves);
  if (pair === null) return html``;
  const [without, withBatchNorm] = pair;
  const range = percentileRange([without.sigmoidInput, withBatchNorm.sigmoidInput]);
  const { batchSize } = settings;
  const draw = ({ batchNorm, sigmoidInput }: Curve): Markup =>
    trusted(themed(percentileFigure(sigmoidInput, { batchNorm, range, batchSize })));
  return html`<h2>The input of one sigmoid during training</h2>
<figure><div class="panels">
${draw(without)}
${draw(withBatchNorm)}
</div>
<figcaption><strong>Figure 1 (b, c).</strong> The 15th, 50th and 85th percentile over test images of the input of unit
${settings.sigmoidUnit} of the last hidden layer, seed ${without.seed}, without (b) and with (c) batch normalization.
At step 0 the moving averages of batch normalization are still 0 and 1, so both networks
have the same inputs.</figcaption></figure>
<p class="verdict"><strong>This run.</strong> ${stabilityVerdict(without.sigmoidInput, withBatchNorm.sigmoidInput)}</p>
${layerTable(without.sigmoidInput.at(-1), withBatchNorm.sigmoidInput.at(-1))}`;
}

function firstPair(curves: readonly Curve[]): [without: Curve, withBatchNorm: Curve] | null {
  for (const without of curves) {
    const other = curves.find(({ batchNorm, seed }) => batchNorm && seed === without.seed);
    if (!without.batchNorm && other !== undefined) return [without, other];
  }
  return null;
}

function statisticsSection({ curves, settings }: Results): Markup {
  const table = statisticsTable(curves);
  if (table === null) return html``;
  return html`<h2>Moving averages or population statistics?</h2>
<p>To classify single images, batch normalization needs a fixed mean and variance. The curves above use the moving
averages kept during training. Algorithm 2 of the paper instead averages the mean and the unbiased variance of
many training batches (here ${formatCount(settings.populationBatches)}) with the final weights; pooled statistics are the mean
and variance of all values of those batches taken together.</p>
<figure><div class="panels">
${trusted(themed(statisticsFigure(curves.filter((curve) => curve.batchNorm).map((curve) => curve.finalAccuracy))))}
</div>
<figcaption><strong>Figure (d).</strong> Test accuracy of the same networks after the last step, by the statistics
that evaluation uses.</figcaption></figure>
${table}`;
}
