/**
 * @file The command line of experiments, checked before anything is computed.
 *
 * Beside the options that all have in common, every setting of the experiment is an option: `initStd` is
 * `--init-std`. A refusal is a ValueError that says what was found, what was expected and where the help is.
 */
import { parseArgs } from "node:util";
import { ValueError } from "@tapegrad/autograd";
import type { Experiment, Settings, SettingValue } from "./experiment.ts";

export interface Options {
  readonly settings: Settings;
  readonly data: string | null;
  /** The folder of all experiments. */
  readonly out: string;
  readonly resume: boolean;
}

export const OUT = "results";

const COMMON = {
  quick: { type: "boolean" },
  resume: { type: "boolean" },
  data: { type: "string" },
  out: { type: "string" },
} as const;

/** `initStd` is `init-std`. */
export const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * The options of one experiment, from the arguments after its name.
 *
 * @throws ValueError for an unknown, repeated or incomplete option, and for a value of another kind.
 */
export function parseOptions(argv: readonly string[], experiment: Experiment): Options {
  const { settings, quick, name } = experiment;
  const names = new Map(Object.keys(settings).map((key) => [kebab(key), key]));
  const flags = [...names].filter(([, key]) => typeof settings[key] === "boolean");
  const given = readArguments(
    withValues(
      argv,
      flags.map(([option]) => option),
    ),
    name,
    names,
  );
  const base = given.has("quick") ? { ...settings, ...quick } : settings;
  const changed = [...names].flatMap(([option, key]) => {
    const text = given.get(option);
    return text === undefined ? [] : [[key, readValue(name, option, text, settings[key])]];
  });
  return {
    settings: { ...base, ...Object.fromEntries(changed) } as Settings,
    data: given.get("data") ?? null,
    out: given.get("out") ?? OUT,
    resume: given.has("resume"),
  };
}

/** A setting that is true or false is set to true by its name alone. */
function withValues(argv: readonly string[], flags: readonly string[]): readonly string[] {
  return argv.map((word, i) => {
    const isBare = flags.some((flag) => word === `--${flag}`);
    return isBare && !["true", "false"].includes(argv[i + 1]) ? `${word}=true` : word;
  });
}

function readArguments(
  argv: readonly string[],
  op: string,
  settings: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const options: Record<string, { readonly type: "string" | "boolean" }> = { ...COMMON };
  for (const option of settings.keys()) options[option] = { type: "string" };
  const given = new Map<string, string>();
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") throw refusal(op, `"${token.value}" is no option`);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    const specification = Object.hasOwn(options, name) ? options[name] : undefined;
    if (specification === undefined) throw refusal(op, `there is no option \`${rawName}\``);
    if (given.has(name)) throw refusal(op, `\`--${name}\` is given more than once`);
    const takesValue = specification.type === "string";
    if (takesValue && (value === undefined || value === "" || value.startsWith("--"))) {
      throw refusal(op, `\`--${name}\` needs a value`);
    }
    if (!takesValue && value !== undefined) throw refusal(op, `\`--${name}\` takes no value`);
    given.set(name, value ?? "");
  }
  return given;
}

/** A value of the kind that the setting has. */
function readValue(op: string, option: string, text: string, like: SettingValue): SettingValue {
  if (typeof like === "boolean") {
    if (text === "true" || text === "false") return text === "true";
    throw refusal(op, `\`--${option}\` is "${text}" instead of true or false`);
  }
  const numbers = text.split(",").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const wrong = numbers.some((value) => !Number.isFinite(value));
  if (Array.isArray(like) && !wrong) return numbers;
  if (typeof like !== "number" || wrong || numbers.length !== 1) {
    const kind = Array.isArray(like) ? "numbers with commas between them" : "a finite number";
    throw refusal(op, `\`--${option}\` is "${text}" instead of ${kind}`);
  }
  const counts = option === "seeds" || (Number.isInteger(like) && like > 1);
  if (!counts || (Number.isSafeInteger(numbers[0]) && numbers[0] > 0)) return numbers[0];
  throw refusal(op, `\`--${option}\` is "${text}" instead of a positive integer`);
}

function refusal(op: string, found: string): ValueError {
  return new ValueError(op, { found }, (d) => `${d.found}. \`--help\` lists all options.`);
}

function placeholder(value: SettingValue): string {
  if (typeof value === "boolean") return value ? " false" : "";
  return Array.isArray(value) ? " LIST" : " N";
}

/** What `--help` prints. */
export function helpText({
  name,
  title,
  claim,
  source,
  settings,
  quick,
  help,
}: Experiment): string {
  const texts: Readonly<Record<string, string>> = { ...help, seeds: "seeds 1, 2, … up to this" };
  const rows = [
    ...Object.entries(settings).map(([key, value]) => {
      const short = quick[key];
      const values =
        short === undefined ? String(value) : `${String(value)}; ${String(short)} with --quick`;
      return [`--${kebab(key)}${placeholder(value)}`, `${texts[key]} (${values})`];
    }),
    ["--quick", "smaller settings, to see that it runs"],
    ["--data DIR", "the folder with the four MNIST files; without it, digits are drawn"],
    ["--out DIR", `where ${name}/results.json and ${name}/report.html go (${OUT})`],
    ["--resume", "go on with the run that was stopped"],
  ];
  const width = Math.max(...rows.map(([option]) => option.length));
  return [
    title,
    "",
    `Claim: ${claim}`,
    `Source: ${source}`,
    "",
    `npm run experiment -- ${name} [options]`,
    "",
    ...rows.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`),
    "",
  ].join("\n");
}
