/**
 * @file `npm run oracle -- SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]`. ORACLE_DIR chooses the fixtures,
 * MNIST_DIR the images, RESULTS_DIR
 * the recorded runs of experiments.
 */
import { figure1Curves } from "./figure-1.ts";
import { modules } from "./modules/index.ts";
import { ops } from "./ops.ts";
import { paper } from "./paper.ts";
import { programs } from "./programs.ts";
import { runOracle } from "./runner.ts";
import { safetensors } from "./safetensors.ts";
import { contextFromEnvironment, type Suite } from "./suite.ts";

const suites: ReadonlyMap<string, Suite> = new Map([
  ["paper", paper],
  ["figure-1", figure1Curves],
  ["ops", ops],
  ["programs", programs],
  ["modules", modules],
  ["safetensors", safetensors],
]);

process.exitCode = runOracle(process.argv.slice(2), {
  suites,
  context: contextFromEnvironment(process.env),
  print: console.log,
  printError: console.error,
});
