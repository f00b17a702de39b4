/**
 * @file The runner of all oracle suites, apart from the process it runs in.
 *
 * It prints one line for each failure, then what was skipped by name, then `N passed, N failed, N skipped`,
 * and returns the exit code: 0 only if something passed and nothing failed; 1 on a failure; 2 if the suite is
 * unknown, a folder or file is missing, or an option is wrong.
 */
import { parseArgs } from "node:util";
import { FormatError, OpError, ValueError } from "@tapegrad/autograd";
import { writeFileAtomically } from "@tapegrad/nn/node";
import type { Check, Suite, SuiteContext } from "./suite.ts";

export interface RunnerOptions {
  readonly suites: ReadonlyMap<string, Suite>;
  readonly context: Omit<SuiteContext, "compiled" | "mapped" | "only">;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

interface Call {
  readonly suite: Suite;
  readonly name: string;
  readonly json: string | undefined;
  readonly compiled: boolean;
  readonly mapped: boolean;
  readonly only: string | undefined;
}

/** Runs the suite that `argv` names: `SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]`. */
export function runOracle(argv: readonly string[], options: RunnerOptions): number {
  try {
    return runSuite(readCall(argv, options.suites), options);
  } catch (error) {
    if (!(error instanceof OpError)) throw error;
    options.printError(error.message);
    // a damaged fixture is a failure; a missing one, or a wrong call, is a mistake of the caller
    return error instanceof FormatError ? 1 : 2;
  }
}

function runSuite(
  { suite, name, json, compiled, mapped, only }: Call,
  { context, print }: RunnerOptions,
): number {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const listed: Check[] = [];
  const groups: Record<string, Group> = {};
  for (const check of suite({ ...context, compiled, mapped, only })) {
    count[check.status]++;
    if (check.group !== undefined) groups[check.group] = counted(groups[check.group], check);
    if (check.status === "passed") continue;
    listed.push(check);
    if (check.status === "failed") print(`${name} ${check.id} ${check.problem}`);
  }
  for (const check of listed) {
    if (check.status === "skipped") print(`skipped: ${name} ${check.id}: ${check.reason}`);
  }
  if (json !== undefined) {
    writeFileAtomically(
      json,
      `${JSON.stringify({ suite: name, compiled, mapped, ...count, groups, listed }, null, 1)}\n`,
    );
  }
  print(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  return count.passed > 0 && count.failed === 0 ? 0 : 1;
}

/** The outcome of one operator, program or file. */
export interface Group {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The largest difference among those that passed. */
  readonly worst: number;
  /** The highest order of derivatives that was compared. */
  readonly order: number;
}

function counted(
  group: Group = { passed: 0, failed: 0, skipped: 0, worst: 0, order: 0 },
  check: Check,
): Group {
  const { error = 0, order = 0 } = check.status === "passed" ? check : {};
  return {
    ...group,
    [check.status]: group[check.status] + 1,
    worst: Math.max(group.worst, error),
    order: Math.max(group.order, order),
  };
}

function readCall(argv: readonly string[], suites: ReadonlyMap<string, Suite>): Call {
  const refuse = (found: string): ValueError =>
    new ValueError("oracle", { found }, (d) => {
      return `${d.found}. Call \`npm run oracle -- SUITE [--compiled] [--mapped] [--only NAME] [--json FILE]\` with one of the suites ${[...suites.keys()].join(", ")}.`;
    });
  const { values, positionals } = parse(argv, refuse);
  const [name, ...rest] = positionals;
  if (name === undefined || rest.length > 0) {
    throw refuse(`${positionals.length} suites were named instead of one`);
  }
  const suite = suites.get(name);
  if (suite === undefined) throw refuse(`there is no suite ${name}`);
  const { json, only } = values;
  const [compiled, mapped] = [values.compiled === true, values.mapped === true];
  return { suite, name, json, only, compiled, mapped };
}

function parse(
  argv: readonly string[],
  refuse: (found: string) => ValueError,
): {
  values: { compiled?: boolean; mapped?: boolean; json?: string; only?: string };
  positionals: string[];
} {
  const options = {
    compiled: { type: "boolean" },
    mapped: { type: "boolean" },
    json: { type: "string" },
    only: { type: "string" },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    // the first sentence names the argument; what follows are hints of Node about positional arguments
    throw refuse(text.split(". ")[0]);
  }
}
