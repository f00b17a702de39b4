/** @file `npm start [-- options]`: figure 1, in small unless `--data` names the folder with MNIST. */
import { runCommand } from "./command.ts";

const options = process.argv.slice(2);
const isChosen = options.some((option) => /^--(data|quick)(=|$)/.test(option));
if (options.includes("--help") || options.includes("-h")) {
  console.log("npm start: the experiment figure-1, with --quick unless --data is given\n");
}
process.exitCode = await runCommand(["figure-1", ...(isChosen ? [] : ["--quick"]), ...options]);
