/**
 * @file The command of the MNIST example: options in, a trained network, its accuracy and its logs out.
 *
 * Exit code 0 after a complete run, 1 for an error in data or files, 2 for a wrong option, 130 after Ctrl-C.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { OpError, ValueError } from "@tapegrad/autograd";
import { progressBar, readMnist } from "@tapegrad/nn/node";
import { formatPercent } from "../shared/format.ts";
import { type Options, parseOptions } from "./options.ts";
import { trainMnist } from "./train.ts";

async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (options === null) return 2;
  if ("help" in options) {
    process.stdout.write(options.help);
    return 0;
  }
  const { train, test } = readMnist(requireData(options));
  requireCheckpoint(options);
  const control = new AbortController();
  // a second Ctrl-C ends the program at once
  process.once("SIGINT", () => control.abort());
  const started = performance.now();
  const callbacks = [progressBar({ stream: process.stdout })];
  const { result } = await trainMnist(train, test, {
    ...options,
    signal: control.signal,
    callbacks,
  });
  const seconds = (performance.now() - started) / 1000;
  if (result.reason === "aborted") {
    const again = ["npm run mnist --", ...argv.filter((word) => word !== "--resume"), "--resume"];
    console.log(`Go on with: ${again.join(" ")}`);
    return 130;
  }
  const accuracy = result.history.at(-1)?.values["test/accuracy"] ?? null;
  console.log(`${formatPercent(accuracy)} % of the test images right, in ${seconds.toFixed(0)} s`);
  console.log(`Logs and checkpoint: ${options.out}`);
  return 0;
}

function readOptions(argv: readonly string[]): Options | { readonly help: string } | null {
  try {
    return parseOptions(argv);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    console.error(error.message);
    return null;
  }
}

function requireData({ data }: Options): string {
  if (data !== null) return data;
  throw new ValueError("mnist", {}, () => {
    return "there are no data. Fetch MNIST from one of the places that `--help` names, and pass its folder as `--data DIR` or MNIST_DIR.";
  });
}

function requireCheckpoint({ resume, out }: Options): void {
  const path = join(out, "checkpoint.safetensors");
  if (!resume || existsSync(path)) return;
  throw new ValueError("mnist", { path }, (d) => {
    return `there is no checkpoint ${d.path} to go on with. Leave --resume out to start a run, or pass the --out of the one that was stopped.`;
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof OpError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
