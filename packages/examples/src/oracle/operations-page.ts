/**
 * @file docs/operations.md: the table of operators as a page, with what the oracle found. Names and calls are those of the
 * table, figures those of a run: `npm run operations` writes the page, a test compares its names.
 */
import { CATEGORIES, operationFor } from "./operations/index.ts";
import { parseSignature, textOf } from "./operations/operation.ts";

/** What a run found about a line of the table. */
export interface Figures {
  readonly samples: number;
  /** The highest order of derivatives that was compared. */
  readonly order: number;
  /** The largest difference in float64, relative to the largest entry of its tensor. */
  readonly worst: number;
  /** The primitives of which the call consists. */
  readonly primitives: readonly string[];
}

/** A line of the page, without its figures. */
export interface Line {
  readonly name: string;
  readonly cells: readonly string[];
}

const TITLES: Readonly<Record<string, string>> = {
  unary: "Functions of one number",
  binary: "Functions of several numbers",
  reduction: "Reductions",
  shape: "Shapes and indexing",
  order: "Order and bounds",
  nn: "Networks",
  forward: "Without derivatives",
  linalg: "Linear algebra",
};

/** The lines of a category: PyTorch's signature, the call here, and the names in JAX and in TensorFlow. */
export function linesOf(category: string): readonly Line[] {
  return Object.entries(CATEGORIES[category]).map(([signature, operation]) => {
    const { jax, tensorflow } = operation;
    const cells = [signature, callOf(textOf(operation)), jax ?? "", tensorflow ?? ""];
    return { name: parseSignature(signature).name, cells: cells.map(code) };
  });
}

/** The body of a function from its arguments by name, on one line. */
function callOf(text: string): string {
  const body = text.slice(text.indexOf("=>") + 2);
  return body
    .replace(/\s+/g, " ")
    .replace(/,(?= [\])}])/g, "")
    .trim();
}

function code(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}

/** The page. */
export function operationsPage(figures: ReadonlyMap<string, Figures>): string {
  const sections = Object.keys(CATEGORIES).map((category) => {
    const rows = linesOf(category).map(({ name, cells }) => {
      const found = figures.get(name);
      return `| ${[...cells, ...(found === undefined ? ["", "", ""] : figuresOf(name, found))].join(" | ")} |`;
    });
    return `## ${TITLES[category]}\n\n${[...HEAD, ...rows].join("\n")}\n\n${notesOf(category)}`;
  });
  const all = [...figures.values()];
  const samples = all.reduce((sum, line) => sum + line.samples, 0);
  return `${INTRODUCTION}\n${all.length} lines were held against ${samples} samples of PyTorch 1.13.\n\n${sections.join("\n")}`;
}

const HEAD = [
  "| PyTorch | here | JAX | TensorFlow | made of | order | worst |",
  "|---|---|---|---|---|---|---|",
];

function figuresOf(name: string, { order, worst, primitives }: Figures): readonly string[] {
  return [kindOf(name, primitives), String(order), worst === 0 ? "0" : worst.toExponential(0)];
}

/** "primitive" where the operator is one, else of which it is a composite; the longest lists are cut. */
function kindOf(name: string, primitives: readonly string[]): string {
  const plain = (text: string): string => text.replaceAll(/[._]/g, "").toLowerCase();
  const own = primitives.filter((primitive) => !MOVES.has(primitive));
  if (own.length === 1 && plain(name).endsWith(plain(own[0]))) return "primitive";
  if (primitives.length === 0) return "a constant, or `x` itself";
  const shown = primitives.slice(0, 6).map(code).join(" ");
  return primitives.length > 6 ? `${shown} and ${primitives.length - 6} more` : shown;
}

/** What the door of an operation does to its operands. */
const MOVES: ReadonlySet<string> = new Set(["cast", "reshape", "broadcastTo", "stretch"]);

/** What differs on purpose, and what compile() refuses. */
function notesOf(category: string): string {
  const notes = linesOf(category).flatMap(({ name }) => {
    const { deviations = [], refused } = operationFor(name) ?? {};
    return [
      ...deviations.map(({ reason }) => `- \`${name}\`: ${reason}.`),
      ...(refused === undefined ? [] : [`- \`${name}\` is refused by \`compile\`: ${refused}.`]),
    ];
  });
  return notes.length === 0 ? "" : `${notes.join("\n")}\n`;
}

const INTRODUCTION = `# Operations

Every operator of PyTorch's operator database, how it is called here, and what it is called in JAX and TensorFlow. The names in a call are those of PyTorch's arguments. All names stand at the top of \`@tapegrad/autograd\` unless a namespace is written; a name of PyTorch's in camelCase is always there ([pytorch-names.ts](../packages/autograd/src/ops/pytorch-names.ts)).

The page is written by \`npm run operations\`. The column "here" is the text of the function that the oracle ran, "made of" lists the primitives of its longest sample, "order" is the highest order of derivatives that was compared, and "worst" the largest difference from PyTorch in float64, relative to the largest entry of its tensor. What differs on purpose is listed below each table and explained in [singular-points.md](singular-points.md).
`;
