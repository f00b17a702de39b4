/**
 * @file The suite "modules": layers, training runs, optimisers, schedules and initialisers beside PyTorch's.
 *
 * One check is one case; a family is a file of cases. float64 is held to 1e-9 of the largest entry of each tensor,
 * float32 to 1e-4.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ValueError } from "@tapegrad/autograd";
import { readLines } from "../fixtures.ts";
import type { Check, Suite, SuiteContext } from "../suite.ts";
import { ATTENTION } from "./attention.ts";
import { hardFamily } from "./hard-case.ts";
import { initializersFamily } from "./initializers.ts";
import { type LayerCase, layersFamily } from "./layer-case.ts";
import { LAYERS } from "./layers.ts";
import { convBnRelu, mlpBnSigmoid } from "./networks.ts";
import { NORMS } from "./norms.ts";
import { clipGradNorm, optimizers } from "./optimizers.ts";
import { RECURRENT } from "./recurrent.ts";
import { SAMPLE_NORMS } from "./sample-norms.ts";
import { lrSchedulers } from "./schedules.ts";
import { trainingFamily } from "./training-runs.ts";

/** The checks of one file of cases. */
type Family = (cases: readonly never[], context: SuiteContext) => Iterable<Check>;

const FAMILIES: Readonly<Record<string, Family>> = {
  batchnorm: layersFamily(NORMS),
  batchnorm_hard: hardFamily(NORMS),
  layernorm: layersFamily(SAMPLE_NORMS),
  groupnorm: layersFamily(SAMPLE_NORMS),
  instancenorm: layersFamily(SAMPLE_NORMS),
  layers: layersFamily(LAYERS),
  lr_schedulers: lrSchedulers,
  embedding: layersFamily(LAYERS),
  conv_bn_relu: trainingFamily(convBnRelu),
  mlp_bn_sigmoid: trainingFamily(mlpBnSigmoid),
  initializers: initializersFamily,
  rnn_cells: layersFamily(RECURRENT),
  rnn_layers: layersFamily(RECURRENT),
  attention: layersFamily(ATTENTION),
  transformer: layersFamily(ATTENTION),
  clip_grad_norm: clipGradNorm,
  optimizers,
};

interface Manifest {
  readonly families: readonly { readonly family: string; readonly file: string }[];
}

export const modules: Suite = function* (context): Generator<Check> {
  if (context.mapped) {
    throw new ValueError("oracle", {}, () => {
      return "modules have no mapped form: their variables would differ between members. Leave out `--mapped`.";
    });
  }
  const folder = join(context.oracle, "modules");
  for (const { family, file } of readManifest(join(folder, "MANIFEST.json")).families) {
    if (context.only !== undefined && family !== context.only) continue;
    const cases = readLines<LayerCase>(join(folder, file));
    const checks = FAMILIES[family]?.(cases as readonly never[], context) ?? [
      { status: "failed", id: family, problem: "has no line in the table" } as const,
    ];
    for (const check of checks) yield { group: family, ...check };
  }
};

function readManifest(file: string): Manifest {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Manifest;
  throw new ValueError("oracle", { file }, () => {
    return `there is no file ${file}. Set ORACLE_DIR to the folder with the fixtures.`;
  });
}
