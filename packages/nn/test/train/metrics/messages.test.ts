import { ones, type Tensor, tensor, zeros } from "@tapegrad/autograd";
import {
  Accuracy,
  accuracy,
  Calibration,
  ConfusionMatrix,
  calibration,
  MeanMetric,
  precisionRecallF1,
  RocAuc,
  rocAuc,
  topKAccuracy,
} from "@tapegrad/nn";
import { describe, expect, it } from "vitest";
import { messageOf } from "../../oracles/refusal.ts";

const scores = tensor([
  [1, 2],
  [3, 4],
]);
const labels = tensor([0, 1], { dtype: "int32" });
const threes = zeros([2, 3]);

const refused = (text: string) => text as "macro";

describe("the messages of metrics", () => {
  it("say what was found and what to do", () => {
    const calls: readonly (readonly [string, () => unknown])[] = [
      ["integer scores", () => accuracy(zeros([2, 2], { dtype: "int32" }), labels)],
      ["scores without classes", () => accuracy(ones([2]), labels)],
      ["floating labels", () => accuracy(scores, ones([2]))],
      ["labels of another number", () => accuracy(scores, zeros([3], { dtype: "int32" }))],
      ["a label out of range", () => accuracy(scores, tensor([0, 2], { dtype: "int32" }))],
      ["a k below 1", () => topKAccuracy(scores, labels, { k: 0 })],
      ["a k above the classes", () => topKAccuracy(scores, labels, { k: 3 })],
      ["nothing", () => new Accuracy().compute()],
      ["no number of classes", () => new ConfusionMatrix(0)],
      ["scores of other classes", () => new ConfusionMatrix(2).update(threes, labels)],
      ["nothing, in a matrix", () => new ConfusionMatrix(2).compute()],
      ["a matrix that is not square", () => precisionRecallF1(threes)],
      ["a matrix without counts", () => precisionRecallF1(scores)],
      ["an unknown average", () => new RocAuc({ average: refused("micro") })],
      ["integer scores, in an area", () => rocAuc(labels, labels)],
      ["scores of no rank", () => rocAuc(tensor(1), labels)],
      ["another width", () => update(new RocAuc(), [scores, labels], [threes, labels])],
      ["a score NaN", () => rocAuc(tensor([1, Number.NaN]), labels)],
      ["one class alone", () => rocAuc(ones([2]), tensor([1, 1], { dtype: "int32" }))],
      ["an absent class", () => rocAuc(threes, labels)],
      ["nothing, in an area", () => new RocAuc().compute()],
      ["logits", () => calibration(scores, labels)],
      ["no bins", () => new Calibration({ bins: 0 })],
      ["nothing, in bins", () => new Calibration().compute()],
      ["a negative weight", () => new MeanMetric().update(1, -1)],
      ["nothing, in a mean", () => new MeanMetric().compute()],
    ];
    const messages = calls.map(([what, call]) => `${what}: ${messageOf(call)}`);
    expect(messages).toMatchInlineSnapshot(`
      [
        "integer scores: DTypeError: Accuracy: the scores are int32. Pass floating scores, one for each class.",
        "scores without classes: ShapeError: Accuracy: the scores have shape [2]. Pass scores [samples, classes].",
        "floating labels: DTypeError: Accuracy: the labels are float32. Pass the classes as int32.",
        "labels of another number: ShapeError: Accuracy: the labels have shape [3] for 2 predictions. Pass one label for each, shape [2].",
        "a label out of range: ValueError: Accuracy: label 2 of sample 1 is none of the 2 classes. Use labels from 0 to 1.",
        "a k below 1: ValueError: Accuracy: topK is 0. Use an integer above 0.",
        "a k above the classes: ValueError: Accuracy: topK is 3, but there are 2 classes. Use at most their number.",
        "nothing: ValueError: Accuracy: nothing was counted yet. Call \`update\` with a batch first.",
        "no number of classes: ValueError: ConfusionMatrix: classes is 0. Use an integer above 0.",
        "scores of other classes: ShapeError: ConfusionMatrix: the scores are of 3 classes, but the matrix is of 2. Make it with \`new ConfusionMatrix(3)\`.",
        "nothing, in a matrix: ValueError: ConfusionMatrix: nothing was counted yet. Call \`update\` with a batch first.",
        "a matrix that is not square: ShapeError: precisionRecallF1: the matrix has shape [2, 3]. Pass the square one of \`confusionMatrix\`.",
        "a matrix without counts: DTypeError: precisionRecallF1: the matrix is float32, but counts are int32. Pass the one of \`confusionMatrix\`.",
        "an unknown average: ValueError: RocAuc: average is "micro". Use "macro" or "weighted".",
        "integer scores, in an area: DTypeError: RocAuc: the scores are int32. Pass floating scores: probabilities or logits.",
        "scores of no rank: ShapeError: RocAuc: the scores have shape []. Pass scores [samples] of class 1, or [samples, classes].",
        "another width: ShapeError: RocAuc: the scores have shape [2, 3]. Pass the shape of the batches before, [samples, 2].",
        "a score NaN: ValueError: RocAuc: a score of sample 1 is NaN, which is neither larger nor smaller than another. Look where it comes from with \`explainNonFinite\`.",
        "one class alone: ValueError: RocAuc: all samples are of class 1, so there is no pair to compare. Evaluate on samples of every class.",
        "an absent class: ValueError: RocAuc: no sample is of class 2, so there is no pair to compare. Evaluate on samples of every class.",
        "nothing, in an area: ValueError: RocAuc: nothing was counted yet. Call \`update\` with a batch first.",
        "logits: ValueError: Calibration: 2 of sample 0 is no probability. Pass those of \`softmax\`, not logits.",
        "no bins: ValueError: Calibration: bins is 0. Use an integer above 0.",
        "nothing, in bins: ValueError: Calibration: nothing was counted yet. Call \`update\` with a batch first.",
        "a negative weight: ValueError: MeanMetric: the weight is -1. Use a finite number of at least 0, such as the number of samples.",
        "nothing, in a mean: ValueError: MeanMetric: nothing was counted yet. Call \`update\` with a batch first.",
      ]
    `);
  });
});

function update(
  metric: { update(scores: Tensor, labels: Tensor): void },
  ...batches: readonly (readonly [Tensor, Tensor])[]
): void {
  for (const batch of batches) metric.update(...batch);
}
