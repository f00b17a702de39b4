/**
 * @file The command line of the benchmarks, checked before anything is measured.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ValueError } from "@tapegrad/autograd";
import { TITLES } from "./index.ts";
import { defaultPeersFolder } from "./peers.ts";
import type { WorkloadName } from "./workload.ts";

export interface Options {
  readonly only: readonly WorkloadName[];
  readonly quick: boolean;
  /** Where the results are written; null for the table alone. */
  readonly json: string | null;
  /** Of compiled functions, in rows of their own beside those with one thread. */
  readonly threads: number;
  /** The folder of the other systems; null where they are not asked for. */
  readonly peers: string | null;
}

const NAMES: readonly WorkloadName[] = TITLES.map(({ name }) => name);

const SPECIFICATION = {
  only: { type: "string" },
  json: { type: "string" },
  threads: { type: "string" },
  "peers-dir": { type: "string" },
  peers: { type: "boolean" },
  quick: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export function helpText(): string {
  return `\
Times the workloads of docs/performance.md. Each is checked before it is timed.

Usage: npm run bench -- [options]

Options
  --only NAMES      some workloads, separated by commas (default: all)
  --quick           short runs, for a first look
  --threads N       compiled functions with N threads too, in rows of their own (default: 1)
  --peers           other systems in the same run: PyTorch where Python has it, TensorFlow.js and jax-js,
                    which are installed outside this folder when they are first asked for
  --peers-dir DIR   where they are installed (default: a folder among the caches of this system)
  --json FILE       also write environment, rows and requirements to FILE
  -h, --help        print this and stop

Workloads
${TITLES.map(({ name, title }) => `  ${name}   ${title}`).join("\n")}

Examples
  npm run bench -- --quick
  npm run bench -- --only W3,W5 --json results/bench.json
  npm run bench -- --peers --threads 2
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
    threads: typeof values.threads === "string" ? requireThreads(values.threads) : 1,
    peers: peersFolder(values.peers === true, values["peers-dir"]),
  };
}

/** A folder that is named asks for the peers as well. */
function peersFolder(asked: boolean, folder: unknown): string | null {
  if (typeof folder === "string") return resolve(folder);
  return asked ? defaultPeersFolder() : null;
}

const MOST_THREADS = 64;

function requireThreads(text: string): number {
  const threads = Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  return refuse(
    { threads: text },
    `"${text}" is no number of threads`,
    `Use a whole number from 1 to ${MOST_THREADS}`,
  );
}

function requireKnown(name: string, rawName: string, value: string | undefined): void {
  if (!Object.hasOwn(SPECIFICATION, name)) {
    refuse({ option: rawName }, `there is no option \`${rawName}\``, "Check its spelling");
  }
  const takesValue = Object.hasOwn(EXAMPLES, name);
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

/** The options that take a value. */
const EXAMPLES: Readonly<Record<string, string>> = {
  only: "W3,W5",
  json: "results/bench.json",
  threads: "2",
  "peers-dir": "results/peers",
};

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
