import { ones, tensor, zeros } from "@tapegrad/autograd";
import {
  Adam,
  averageWeights,
  BatchNorm,
  clipAdaptively,
  clipByNorm,
  clipByValue,
  LBFGS,
  Parameter,
  parameterGroups,
  RMSprop,
  SGD,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../oracles/refusal.ts";

// The messages of optimisers and of clipping: see ../messages.test.ts. Those of SGD.step are in ../layers/messages.test.ts.

// What only JavaScript code can pass.
const asSearch = (text: string) => text as "strong-wolfe";

const p = new Parameter(zeros([3]), { name: "bias" });

describe("the messages of optimisers", () => {
  it("refuse to have no parameters", () => {
    expect(messageOf(() => new Adam([]))).toMatchInlineSnapshot(
      `"ValueError: Adam: there are no parameters. Pass \`model.parameters()\`."`,
    );
  });

  it("refuse a parameter that is given twice", () => {
    expect(messageOf(() => new Adam([p, p]))).toMatchInlineSnapshot(
      `"ValueError: Adam: parameter 1 (bias) was given before, and would move twice in a step. Pass each parameter once, in one group."`,
    );
  });

  it("refuse Nesterov without momentum", () => {
    expect(
      messageOf(() => new SGD([p], { learningRate: 1, nesterov: true })),
    ).toMatchInlineSnapshot(
      `"ValueError: SGD: nesterov is set with momentum 0 and dampening 0, but it needs momentum and no dampening. Use momentum 0.9 and dampening 0."`,
    );
  });

  it("refuse a dampening that is no weight", () => {
    expect(messageOf(() => new SGD([p], { learningRate: 1, dampening: 2 }))).toMatchInlineSnapshot(
      `"ValueError: SGD: dampening is 2. Use a number from 0 to 1."`,
    );
  });

  it("refuse a decay of 1", () => {
    expect(messageOf(() => new Adam([p], { betas: [0.9, 1] }))).toMatchInlineSnapshot(
      `"ValueError: Adam: betas[1] is 1. Use a number from 0 to below 1."`,
    );
  });

  it("refuse a negative number", () => {
    expect(messageOf(() => new RMSprop([p], { epsilon: -1 }))).toMatchInlineSnapshot(
      `"ValueError: RMSprop: epsilon is -1. Use a number from 0 up."`,
    );
  });

  it("refuse the state of another optimiser", () => {
    expect(messageOf(() => new Adam([p]).loadStateDict({}))).toMatchInlineSnapshot(
      `"ValueError: loadStateDict: the names do not fit the optimizer: missing groups.0.learningRate, groups.0.momentum, 0.step, 0.expAvg, 0.expAvgSq. Rename the entries, or build the optimizer they belong to."`,
    );
  });

  it("refuse a slot of another shape", () => {
    const optimizer = new SGD([p], { learningRate: 1, momentum: 0.5 });
    const state = { ...optimizer.stateDict(), "0.momentumBuffer": zeros([2]) };

    expect(messageOf(() => optimizer.loadStateDict(state))).toMatchInlineSnapshot(
      `"ShapeError: loadStateDict: 0.momentumBuffer is float32[3] in the optimizer but float32[2] in the given values. Build the optimizer that these values belong to, or convert them first."`,
    );
  });
});

describe("the messages of LBFGS", () => {
  it("refuses a line search that it does not know", () => {
    expect(
      messageOf(() => new LBFGS([p], { lineSearch: asSearch("armijo") })),
    ).toMatchInlineSnapshot(
      `"ValueError: LBFGS: there is no line search "armijo". Use "strong-wolfe" or null."`,
    );
  });

  it("refuses a memory of nothing", () => {
    expect(messageOf(() => new LBFGS([p], { historySize: 0 }))).toMatchInlineSnapshot(
      `"ValueError: LBFGS: historySize is 0. Use an integer above 0."`,
    );
  });

  it("refuses a loss that is not one number", () => {
    const evaluate = () => ({ loss: zeros([2]), gradients: [null] });
    expect(messageOf(() => new LBFGS([p]).step(evaluate))).toMatchInlineSnapshot(
      `"ShapeError: LBFGS.step: the loss has shape [2], but it must be one number. Reduce it, for example with \`mean\`."`,
    );
  });

  it("refuses to start at NaN", () => {
    const evaluate = () => ({ loss: tensor(Number.NaN), gradients: [null] });
    expect(messageOf(() => new LBFGS([p]).step(evaluate))).toMatchInlineSnapshot(
      `"ValueError: LBFGS.step: the loss is NaN at the start. Begin where it is finite."`,
    );
  });

  it("refuses another number of gradients", () => {
    const evaluate = () => ({ loss: tensor(0), gradients: [] });
    expect(messageOf(() => new LBFGS([p]).step(evaluate))).toMatchInlineSnapshot(
      `"GradientError: LBFGS.step: got 0 gradients for 1 parameters. Pass \`tape.gradient(optimizer.parameters)\`."`,
    );
  });
});

describe("the messages of clipping", () => {
  it("refuse a negative norm", () => {
    expect(messageOf(() => clipByNorm([], { maxNorm: -1 }))).toMatchInlineSnapshot(
      `"ValueError: clipByNorm: maxNorm is -1. Use a number from 0 up."`,
    );
  });

  it("refuse an order that is NaN", () => {
    expect(
      messageOf(() => clipByNorm([], { maxNorm: 1, normType: Number.NaN })),
    ).toMatchInlineSnapshot(
      `"ValueError: clipByNorm: normType is NaN. Use an order such as 2, 1 or Infinity."`,
    );
  });

  it("refuse an infinite value", () => {
    expect(messageOf(() => clipByValue([], Number.POSITIVE_INFINITY))).toMatchInlineSnapshot(
      `"ValueError: clipByValue: maxValue is Infinity. Use a number from 0 up."`,
    );
  });

  it("refuse a ratio of 0", () => {
    expect(messageOf(() => clipAdaptively([null], [p], { clipping: 0 }))).toMatchInlineSnapshot(
      `"ValueError: clipAdaptively: clipping is 0. Use a positive number."`,
    );
  });

  it("refuse another number of gradients", () => {
    expect(messageOf(() => clipAdaptively([], [p]))).toMatchInlineSnapshot(
      `"GradientError: clipAdaptively: got 0 gradients for 1 parameters. Pass one for each parameter, or null."`,
    );
  });
});

describe("the messages of averageWeights and parameterGroups", () => {
  const model = new BatchNorm(2);

  it("refuse a decay of 1", () => {
    expect(messageOf(() => averageWeights(model, { decay: 1 }))).toMatchInlineSnapshot(
      `"ValueError: averageWeights: decay is 1. Use a number from 0 to below 1."`,
    );
  });

  it("refuse to correct an equal average", () => {
    expect(messageOf(() => averageWeights(model, { biasCorrection: true }))).toMatchInlineSnapshot(
      `"ValueError: averageWeights: an equal average has no bias to correct. Give a \`decay\`, or leave \`biasCorrection\` out."`,
    );
  });

  it("refuse an average of nothing", () => {
    expect(messageOf(() => averageWeights(model).swapIn())).toMatchInlineSnapshot(
      `"ValueError: averageWeights: the average has seen no weights. Call \`update()\` after steps of the optimiser first."`,
    );
  });

  it("refuse to swap twice, or out first", () => {
    const average = averageWeights(model);
    average.update();

    expect(messageOf(() => average.swapOut())).toMatchInlineSnapshot(
      `"ValueError: swapOut: the averaged weights are not in the model. Call \`swapIn()\` first."`,
    );
    average.swapIn({ statistics: "keep" });
    expect(messageOf(() => average.swapIn())).toMatchInlineSnapshot(
      `"ValueError: swapIn: the averaged weights are in the model already. Call \`swapOut()\` first."`,
    );
    average.swapOut();
  });

  it("refuse statistics of other weights", () => {
    const average = averageWeights(model);
    average.update();
    average.swapIn();

    expect(messageOf(() => model.forward(ones([2, 2]), { mode: "eval" }))).toMatchInlineSnapshot(
      `"ValueError: swapIn: runningMean was taken under other weights than the averaged ones that are in the model. Call \`refresh(batches)\` on the average before the model runs, or \`swapOut()\`; \`swapIn({ statistics: "keep" })\` uses it all the same."`,
    );
    average.swapOut();
  });

  it("refuse a negative decay of weights", () => {
    expect(messageOf(() => parameterGroups(model, { weightDecay: -1 }))).toMatchInlineSnapshot(
      `"ValueError: parameterGroups: weightDecay is -1. Use a number from 0 up."`,
    );
  });
});
