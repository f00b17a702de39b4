/**
 * @file A tape as a picture: SVG by a layout of our own, light or dark as the reader's screen is.
 */
import { recordingOf, type Tape } from "../../transforms/record.ts";
import { layoutOf, type Line, type Point, type Size } from "./layout.ts";
import { type Box, type PictureOptions, tapeGraph } from "./tape-graph.ts";

const FONT = 12;
/** Of a monospaced font, with a little to spare. */
const CHARACTER = 0.61 * FONT;
const LINE = 16;
const PADDING = { x: 10, y: 7 };

interface Colours {
  readonly paper: string;
  readonly name: string;
  readonly text: string;
  readonly edge: string;
  readonly fills: { readonly [K in Box["kind"]]: string };
}

const LIGHT: Colours = {
  paper: "#ffffff",
  name: "#1f2328",
  text: "#59636e",
  edge: "#818b98",
  fills: {
    argument: "#ddeeff",
    variable: "#fff0cc",
    operation: "#f6f8fa",
    derivative: "#f4e9ff",
    earlier: "#ffffff",
    result: "#dcf5e2",
  },
};

const DARK: Colours = {
  paper: "#0d1117",
  name: "#e6edf3",
  text: "#9da7b3",
  edge: "#7d8590",
  fills: {
    argument: "#12304f",
    variable: "#45330a",
    operation: "#1c2128",
    derivative: "#33214a",
    earlier: "#0d1117",
    result: "#123d20",
  },
};

const STYLE = `
.tapegrad text { font: ${FONT}px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; text-anchor: middle; }
.tapegrad .line { fill: none; }
.tapegrad .earlier { stroke-dasharray: 4 3; }
${rulesOf(LIGHT)}
@media (prefers-color-scheme: dark) {
${rulesOf(DARK)}
}
`;

function rulesOf({ paper, name, text, edge, fills }: Colours): string {
  return [
    `.tapegrad .paper { fill: ${paper}; }`,
    `.tapegrad text { fill: ${text}; }`,
    `.tapegrad .name { fill: ${name}; }`,
    `.tapegrad .box, .tapegrad .line { stroke: ${edge}; }`,
    `.tapegrad .head { fill: ${edge}; }`,
    ...Object.entries(fills).map(([kind, fill]) => `.tapegrad .${kind} { fill: ${fill}; }`),
  ].join("\n");
}

/**
 * The tape as a picture: a box for each operation, input and result, with arrows down from what it reads.
 *
 * - a document of its own, which follows the reader's light or dark colours; nothing in it is loaded or run
 * - what is part of a derivative has a colour of its own where the tape keeps source lines
 *
 * @throws ValueError for more than 300 operations, or a part that the tape does not have.
 * @example
 * writeFileSync("step.svg", tapeToSvg(tape, { from: 12, to: 40 }));
 */
export function tapeToSvg(tape: Tape, options: PictureOptions = {}): string {
  const { boxes, arrows } = tapeGraph("tapeToSvg", recordingOf(tape), options);
  const sizes = boxes.map(sizeOfBox);
  const layout = layoutOf(sizes, arrows);
  const [width, height] = [layout.width, layout.height].map(printed);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="tapegrad" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${titleOf(boxes)}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    ...layout.lines.map(drawLine),
    ...boxes.map((box, i) => drawBox(box, sizes[i], layout.corners[i])),
    "</svg>",
    "",
  ].join("\n");
}

/** What a reader hears who does not see the picture. */
function titleOf(boxes: readonly Box[]): string {
  const count = boxes.filter(({ kind }) => kind === "operation" || kind === "derivative").length;
  return `a tape of ${count} operations`;
}

function sizeOfBox({ lines }: Box): Size {
  const longest = Math.max(...lines.map((line) => line.length));
  return {
    width: Math.ceil(longest * CHARACTER) + 2 * PADDING.x,
    height: lines.length * LINE + 2 * PADDING.y,
  };
}

function drawBox({ kind, lines, details }: Box, { width, height }: Size, { x, y }: Point): string {
  const round = kind === "operation" || kind === "derivative" ? 3 : 12;
  const texts = lines.map((line, i) => {
    const at = `x="${printed(x + width / 2)}" y="${printed(y + PADDING.y + (i + 0.75) * LINE)}"`;
    return `<text ${at}${i === 0 ? ' class="name"' : ""}>${escaped(line)}</text>`;
  });
  const at = `x="${printed(x)}" y="${printed(y)}" width="${width}" height="${height}"`;
  return `<g><title>${escaped(details)}</title><rect class="box ${kind}" ${at} rx="${round}"/>${texts.join("")}</g>`;
}

const HEAD = 7;

function drawLine({ start, slantFrom, slantTo, end, arrives }: Line): string {
  const middle = (slantFrom.y + slantTo.y) / 2;
  const path = [
    `M${printed(start.x)} ${printed(start.y)}`,
    `V${printed(slantFrom.y)}`,
    `C${[slantFrom.x, middle, slantTo.x, middle, slantTo.x, slantTo.y].map(printed).join(" ")}`,
    `V${printed(end.y - (arrives ? HEAD - 1 : 0))}`,
  ];
  const line = `<path class="line" d="${path.join("")}"/>`;
  if (!arrives) return line;
  const [x, y] = [end.x, end.y].map(printed);
  return `${line}<path class="head" d="M${x} ${y}l-3.5 -${HEAD}h7z"/>`;
}

function printed(x: number): string {
  return String(Math.round(x * 10) / 10);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** For the text of an element; what XML does not have, such as a control character, becomes a space. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (c) => ENTITIES[c]).replaceAll(/[^\P{C}\n]/gu, " ");
}
