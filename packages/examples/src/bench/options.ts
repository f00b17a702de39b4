/**
 * @file The command line of the benchmarks, checked before anything is measured.
 */
import { parseArgs } from "node:util";
import { ValueError } from "@tapegrad/autograd";
import { WORKLOADS } from "./index.ts";
import type { WorkloadName } from "./workload.ts";

export interface Options {
  readonly only: readonly WorkloadName[];
  readonly quick: boolean;
  /** Where the results are written; null for the table alone. */
  readonly json: string | null;
}

const NAMES: readonly WorkloadName[] = WORKLOADS.map(({ name }) => name);

const SPECIFICATION = {
  only: { type: "string" },
  json: { type: "string" },
  quick: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export function helpText(): string {
  return `\
Times the workloads of docs/benchmarks.md. Each is checked before it is timed.

Usage: npm run bench -- [options]

Options
  --only NAMES   some workloads, separated by commas (default: all)
  --quick        short runs, for a first look
  --json FILE    also write environment and rows to FILE
  -h, --help     print this and stop

Workloads
${WORKLOADS.map(({ name, title }) => `  ${name}   ${title}`).join("\n")}

Examples
  npm run bench -- --quick
  npm run bench -- --only W3,W5 --json results/bench.json
`;
}

/**
 * Reads the arguments after the program's name.
 *
 * @throws ValueError for an unknown or incomplete option, an unknown workload, and any other argument.
 * @example
 * parseOptions(["--only", "W5", "--quick"]);
 */
export function parseOptions(argv: readonly string[]): Options | { readonly help: string } {
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: SPECIFICATION,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  if (values.help === true) return { help: helpText() };
  for (const token of tokens) {
    if (token.kind === "positional") {
      refuse({ argument: token.value }, `"${token.value}" is not an option`, "Begin with `--`");
    }
    if (token.kind === "option") requireKnown(token.name, token.rawName, token.value);
  }
  const only = typeof values.only === "string" ? values.only : null;
  return {
    only: only === null ? NAMES : only.split(",").map(requireWorkload),
    quick: values.quick === true,
    json: typeof values.json === "string" ? values.json : null,
  };
}

function requireKnown(name: string, rawName: string, value: string | undefined): void {
  if (!Object.hasOwn(SPECIFICATION, name)) {
    refuse({ option: rawName }, `there is no option \`${rawName}\``, "Check its spelling");
  }
  const takesValue = name === "only" || name === "json";
  if (takesValue && (value === undefined || value === "" || value.startsWith("-"))) {
    refuse(
      { option: rawName },
      `\`--${name}\` needs a value`,
      `Write \`--${name} ${EXAMPLES[name]}\``,
    );
  }
  if (!takesValue && value !== undefined) {
    refuse({ option: rawName, value }, `\`--${name}\` takes no value`, `Write \`--${name}\` alone`);
  }
}

const EXAMPLES = { only: "W3,W5", json: "results/bench.json" } as const;

function requireWorkload(text: string): WorkloadName {
  const known = NAMES.find((name) => name === text.trim().toUpperCase());
  if (known !== undefined) return known;
  return refuse(
    { workload: text, known: NAMES },
    `there is no workload "${text}"`,
    `Use ${NAMES.join(", ")}`,
  );
}

function refuse(details: object, found: string, remedy: string): never {
  throw new ValueError(
    "bench",
    details,
    () => `${found}. ${remedy}; \`npm run bench -- --help\` lists all options.`,
  );
}
