/**
 * @file The command line of the main experiment, checked before anything is computed.
 *
 * Every refusal is a ValueError that says what was found, what was expected and where the help is.
 * What `--steps` and `--seeds` are when they are not given depends on the data: see defaults.ts.
 */
import { parseArgs } from "node:util";
import { ValueError } from "@tapegrad/autograd";
import { BUILT_IN_DEFAULTS, DEFAULTS, MNIST_DEFAULTS } from "./defaults.ts";
import { helpText } from "./help-text.ts";

export interface Options {
  readonly steps: number;
  /** Seeds 1 to this number are run. */
  readonly seeds: number;
  readonly learningRate: number;
  readonly initStd: number;
  readonly batchSize: number;
  /** Replace every pixel by `x > 0.5`, as the paper's "binary image". */
  readonly binary: boolean;
  /** Folder with the four MNIST files; null for the built-in digits. */
  readonly data: string | null;
  /** Folder for the report, the figures and results.json. */
  readonly out: string;
  readonly resume: boolean;
}

const SPECIFICATION = {
  steps: { type: "string" },
  seeds: { type: "string" },
  "learning-rate": { type: "string" },
  "init-std": { type: "string" },
  batch: { type: "string" },
  binary: { type: "boolean" },
  data: { type: "string" },
  out: { type: "string" },
  resume: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

type Name = keyof typeof SPECIFICATION;
type Given = ReadonlyMap<Name, string | undefined>;

/**
 * Reads the arguments after the program's name.
 *
 * `--help` wins over everything else, so that it answers even when another argument is wrong.
 *
 * @throws ValueError for an unknown, repeated or incomplete option, a value out of range, and any argument
 *   that is not an option.
 * @example
 * parseOptions(["--steps", "5000"]);
 */
export function parseOptions(argv: readonly string[]): Options | { readonly help: string } {
  if (argv.some((argument) => argument === "--help" || argument === "-h")) {
    return { help: helpText() };
  }
  const given = readArguments(argv);
  const data = given.get("data") ?? null;
  const defaults = data === null ? BUILT_IN_DEFAULTS : MNIST_DEFAULTS;
  return {
    steps: wholeNumber(given, "steps", { least: 1 }) ?? defaults.steps,
    seeds: wholeNumber(given, "seeds", { least: 1 }) ?? defaults.seeds,
    learningRate: positiveNumber(given, "learning-rate") ?? DEFAULTS.learningRate,
    initStd: positiveNumber(given, "init-std") ?? DEFAULTS.initStd,
    batchSize: wholeNumber(given, "batch", { least: 2 }) ?? DEFAULTS.batchSize,
    binary: given.has("binary"),
    data,
    out: given.get("out") ?? DEFAULTS.out,
    resume: given.has("resume"),
  };
}

/** The options as they were written, each known, whole and given once. */
function readArguments(argv: readonly string[]): Given {
  const given = new Map<Name, string | undefined>();
  const { tokens } = parseArgs({
    args: [...argv],
    options: SPECIFICATION,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind === "positional") refusePositional(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    if (!isName(name)) return refuseUnknown(rawName);
    if (given.has(name)) refuseRepeated(name);
    if (SPECIFICATION[name].type === "boolean") {
      if (value !== undefined) refuseValue(name, value);
    } else if (isMissing(value, inlineValue === true)) {
      refuseMissing(name, value);
    }
    given.set(name, value);
  }
  return given;
}

const isName = (name: string): name is Name => Object.hasOwn(SPECIFICATION, name);

/** `--steps --seeds 3` has no value for steps; `--steps -5` has one, a wrong one. */
const isMissing = (value: string | undefined, isInline: boolean): boolean =>
  value === undefined || value === "" || (!isInline && /^-(?![\d.])/u.test(value));

function wholeNumber(given: Given, name: Name, { least }: { least: number }): number | null {
  const text = given.get(name);
  if (text === undefined) return null;
  const value = decimal(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  const expected = least === 1 ? "a positive integer" : `an integer of at least ${least}`;
  return refuseNumber(name, text, expected);
}

function positiveNumber(given: Given, name: Name): number | null {
  const text = given.get(name);
  if (text === undefined) return null;
  const value = decimal(text);
  if (Number.isFinite(value) && value > 0) return value;
  return refuseNumber(name, text, "a positive finite number");
}

/** Decimal notation only: `Number` would also take "", "0x10" and "Infinity". */
const decimal = (text: string): number =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text) ? Number(text) : Number.NaN;

const EXAMPLES: Readonly<Partial<Record<Name, string>>> = {
  steps: "5000",
  seeds: "3",
  "learning-rate": "0.5",
  "init-std": "0.1",
  batch: "60",
  data: "path/to/mnist",
  out: DEFAULTS.out,
};

/** `tail` is what to do; every message ends with where to read more. */
function refuse(details: object, found: string, tail: string): never {
  throw new ValueError(
    "figure-1",
    details,
    () => `${found}. ${tail}; \`--help\` lists all options.`,
  );
}

const refuseNumber = (name: Name, value: string, expected: string): never =>
  refuse(
    { option: name, value },
    `\`--${name}\` must be ${expected} but is "${value}"`,
    `Write for example \`--${name} ${EXAMPLES[name]}\``,
  );

const refuseMissing = (name: Name, next: string | undefined): never =>
  refuse(
    { option: name, next: next ?? null },
    `\`--${name}\` needs a value but ${next ? `is followed by \`${next}\`` : "has none"}`,
    `Write for example \`--${name} ${EXAMPLES[name]}\``,
  );

const refuseValue = (name: Name, value: string): never =>
  refuse(
    { option: name, value },
    `\`--${name}\` takes no value but was given "${value}"`,
    `Write \`--${name}\` alone, or leave it out`,
  );

const refuseRepeated = (name: Name): never =>
  refuse({ option: name }, `\`--${name}\` is given more than once`, "Keep one of them");

const refuseUnknown = (rawName: string): never =>
  refuse({ option: rawName }, `there is no option \`${rawName}\``, "Check its spelling");

const refusePositional = (value: string): never =>
  refuse(
    { argument: value },
    `"${value}" is not an option`,
    "Begin options with `--` and, under npm, put them after a bare `--`, as in `npm start -- --steps 5000`",
  );
