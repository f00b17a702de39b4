/**
 * @file The command line of the MNIST example, checked before anything is computed.
 *
 * Every refusal is a ValueError that says what was found, what was expected and where the help is.
 */
import { parseArgs } from "node:util";
import { ValueError } from "@tapegrad/autograd";
import { DEFAULTS, helpText } from "./help-text.ts";

export interface Options {
  /** Folder with the four MNIST files; null if neither --data nor MNIST_DIR names one. */
  readonly data: string | null;
  readonly epochs: number;
  readonly eager: boolean;
  readonly out: string;
  readonly resume: boolean;
}

const SPECIFICATION = {
  data: { type: "string" },
  epochs: { type: "string" },
  out: { type: "string" },
  eager: { type: "boolean" },
  resume: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * Reads the arguments after the program's name; `--help` wins over everything else.
 *
 * @throws ValueError for an unknown, repeated or incomplete option, and for any argument that is not an option.
 */
export function parseOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Options | { readonly help: string } {
  if (argv.some((word) => word === "--help" || word === "-h")) return { help: helpText() };
  const given = readArguments(argv);
  const text = (name: "data" | "out" | "epochs"): string | undefined => given.get(name);
  return {
    data: text("data") ?? (environment["MNIST_DIR"] || null),
    epochs: epochsOf(text("epochs") ?? String(DEFAULTS.epochs)),
    eager: given.has("eager"),
    out: text("out") ?? DEFAULTS.out,
    resume: given.has("resume"),
  };
}

/** The options as they were written, each known, whole and given once. */
function readArguments(argv: readonly string[]): ReadonlyMap<string, string | undefined> {
  const given = new Map<string, string | undefined>();
  const { tokens } = parseArgs({
    args: [...argv],
    options: SPECIFICATION,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") {
      throw refuse(`"${token.value}" is not an option`, "Begin options with `--`");
    }
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(SPECIFICATION, name)) {
      throw refuse(`there is no option \`${rawName}\``, "Check its spelling");
    }
    if (given.has(name)) throw refuse(`\`--${name}\` is given twice`, "Keep one of them");
    requireValue(name as keyof typeof SPECIFICATION, value);
    given.set(name, value);
  }
  return given;
}

function requireValue(name: keyof typeof SPECIFICATION, value: string | undefined): void {
  if (SPECIFICATION[name].type === "boolean") {
    if (value === undefined) return;
    throw refuse(`\`--${name}\` takes no value but was given "${value}"`, "Leave the value out");
  }
  if (value !== undefined && value !== "" && !value.startsWith("--")) return;
  throw refuse(`\`--${name}\` has no value`, `Write \`--${name}\` and the value behind it`);
}

function epochsOf(text: string): number {
  if (/^\d{1,4}$/.test(text) && Number(text) > 0) return Number(text);
  throw refuse(
    `\`--epochs\` must be an integer from 1 to 9999 but is "${text}"`,
    "Write for example `--epochs 2`",
  );
}

const refuse = (fact: string, remedy: string): ValueError<object> =>
  new ValueError("mnist", {}, () => `${fact}. ${remedy}; \`--help\` lists all options.`);
