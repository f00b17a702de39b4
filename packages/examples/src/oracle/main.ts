/**
 * @file The runner of all oracle suites: `npm run oracle -- SUITE [--compiled] [--json FILE]`.
 *
 * One line for each failure, then what was skipped by name, then `N passed, N failed, N skipped`. Exit code 0
 * only if something passed and nothing failed; 1 on a failure; 2 if the suite is unknown, a folder is missing
 * or an option is wrong. ORACLE_DIR and MNIST_DIR choose the fixtures and the images.
 */
import { parseArgs } from "node:util";
import { FormatError, OpError, ValueError } from "@tapegrad/autograd";
import { writeFileAtomically } from "../experiments/shared/write-file.ts";
import { paper } from "./paper.ts";
import { type Check, contextFromEnvironment, type Suite } from "./suite.ts";

const SUITES: ReadonlyMap<string, Suite> = new Map([["paper", paper]]);

interface Arguments {
  readonly suite: Suite;
  readonly name: string;
  readonly json: string | undefined;
}

function readArguments(argv: readonly string[]): Arguments {
  const known = [...SUITES.keys()].join(", ");
  const refuse = (found: string): ValueError =>
    new ValueError("oracle", { found }, (d) => {
      return `${d.found}. Call \`npm run oracle -- SUITE [--json FILE]\` with one of the suites ${known}.`;
    });
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    throw refuse(
      error instanceof Error ? error.message.replace(/\.?( To specify.*)?$/s, "") : String(error),
    );
  }
  const [name, ...rest] = parsed.positionals;
  if (name === undefined || rest.length > 0)
    throw refuse(`${parsed.positionals.length} suites were named`);
  const suite = SUITES.get(name);
  if (suite === undefined) throw refuse(`there is no suite ${name}`);
  if (parsed.values.compiled === true) throw refuse("compiled programs do not exist yet");
  return { suite, name, json: parsed.values.json };
}

function parse(argv: readonly string[]) {
  const options = { compiled: { type: "boolean" }, json: { type: "string" } } as const;
  return parseArgs({ args: [...argv], options, allowPositionals: true });
}

function run({ suite, name, json }: Arguments): number {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const listed: Check[] = [];
  for (const check of suite(contextFromEnvironment(process.env))) {
    count[check.status]++;
    if (check.status === "passed") continue;
    listed.push(check);
    if (check.status === "failed") console.log(`${name} ${check.id} ${check.problem}`);
  }
  for (const check of listed) {
    if (check.status === "skipped") console.log(`skipped: ${name} ${check.id}: ${check.reason}`);
  }
  if (json !== undefined) {
    writeFileAtomically(json, `${JSON.stringify({ suite: name, ...count, listed }, null, 1)}\n`);
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.passed > 0 && count.failed === 0 ? 0 : 1;
}

try {
  process.exitCode = run(readArguments(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof OpError)) throw error;
  console.error(error.message);
  // a damaged fixture is a failure; a missing one, or a wrong call, is a mistake of the caller
  process.exitCode = error instanceof FormatError ? 1 : 2;
}
