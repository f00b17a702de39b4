/**
 * @file The picture of docs/architecture.md: what happens to one operation, down through the tapes and back.
 *
 * It is narrow, so that its letters can be read where a page is as wide as a telephone, and follows the reader's
 * light or dark colours. Positions are by hand; nothing here reads a tape.
 */

const WIDTH = 560;
const HEIGHT = 816;
const LINE = 19;
/** Of the boxes on the left, what happens; those on the right are nodes. */
const LEFT = { x: 28, width: 312 };
const RIGHT = { x: 366, width: 172 };
/** Where arrows between the boxes on the left go down, and where they come up. */
const DOWN = 110;
const UP = 250;

type Kind = "code" | "step" | "tape" | "node" | "back";

interface Box {
  readonly kind: Kind;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** The first is its name. */
  readonly lines: readonly string[];
}

const left = (kind: Kind, y: number, ...lines: readonly string[]): Box => ({
  kind,
  y,
  lines,
  ...LEFT,
});
const right = (y: number, ...lines: readonly string[]): Box => ({
  kind: "node",
  y,
  lines,
  ...RIGHT,
});

const CODE = left("code", 12, "x.mul(x)", "your function calls an operation");
const DOOR = left(
  "step",
  100,
  "door",
  "numbers become tensors, dtypes are",
  "promoted, shapes broadcast",
);
const BIND = left("step", 207, "bind(mul, [x, x])", "finds the innermost tape of its inputs");
const INNER = left("tape", 301, "level 1: the tape of grad", "x → its value one level below");
const OUTER = left("tape", 395, "level 0: the tape of record", "x → its value one level below");
const EAGER = left("step", 489, "numbers", "the shape rule, then the kernel,", "run by a backend");
const WALK = left("back", 632, "backward walk of grad", "its nodes, from the last to the first");
const RULE = left(
  "back",
  726,
  "rule of mul",
  "ȳ, residuals → x̄, in operations",
  "on values one level below",
);

const INNER_NODE = right(301, "%1 = mul(%0, %0)", "keeps x for its rule");
const OUTER_NODE = right(395, "%1 = mul(%0, %0)", "keeps x for its rule");
const NEW_NODES = right(735.5, "%6 = mul(%5, %0)", "on record’s tape");

const BOXES: readonly Box[] = [
  ...[CODE, DOOR, BIND, INNER, OUTER, EAGER, WALK, RULE],
  ...[INNER_NODE, OUTER_NODE, NEW_NODES],
];

const heightOf = ({ lines }: Box): number => lines.length * LINE + 18;
const bottomOf = (box: Box): number => box.y + heightOf(box);
const middleOf = (box: Box): number => box.y + heightOf(box) / 2;

/** What goes down between two boxes of the left, and what comes up. */
function between(upper: Box, lower: Box, down: string, up?: string): readonly string[] {
  const [from, to] = [bottomOf(upper), lower.y];
  const y = (from + to) / 2 + 5;
  return [
    arrow(`M${DOWN} ${from}V${to}`, [DOWN, to], "down"),
    note(DOWN + 10, y, down),
    ...(up === undefined ? [] : [arrow(`M${UP} ${to}V${from}`, [UP, from], "up")]),
    ...(up === undefined ? [] : [note(UP + 10, y, up)]),
  ];
}

function append(from: Box, to: Box): string {
  const y = middleOf(from);
  return arrow(`M${from.x + from.width} ${y}H${to.x}`, [to.x, y], "right");
}

/** Up on the left: what a rule computes is bound like anything else. */
function around(from: Box, to: Box): string {
  const y = middleOf(to);
  return arrow(`M${from.x} ${middleOf(from)}H12V${y}H${to.x}`, [to.x, y], "right");
}

/** Down on the right: the nodes of the inner tape are what is walked through. */
function walked(from: Box, to: Box): string {
  const [x, y] = [to.x + to.width, middleOf(to)];
  return arrow(`M${from.x + from.width} ${middleOf(from)}h10V${y}H${x}`, [x, y], "left");
}

type Direction = "down" | "up" | "right" | "left";

const HEADS: Readonly<Record<Direction, string>> = {
  down: "l-4.5 -9h9z",
  up: "l-4.5 9h9z",
  right: "l-9 -4.5v9z",
  left: "l9 -4.5v9z",
};

function arrow(path: string, [x, y]: readonly [number, number], to: Direction): string {
  const line = `<path class="line" d="${path}"/>`;
  return `${line}<path class="head" d="M${x} ${y}${HEADS[to]}"/>`;
}

function note(x: number, y: number, text: string, anchor = "start"): string {
  return `<text class="note" x="${x}" y="${y}" text-anchor="${anchor}">${text}</text>`;
}

function draw(box: Box): string {
  const { kind, x, y, width, lines } = box;
  const texts = lines.map((line, i) => {
    const style = i === 0 ? "name" : "text";
    return `<text class="${style}" x="${x + 12}" y="${y + 23 + i * LINE}">${line}</text>`;
  });
  const at = `x="${x}" y="${y}" width="${width}" height="${heightOf(box)}" rx="5"`;
  return `<rect class="box ${kind}" ${at}/>${texts.join("")}`;
}

const LIGHT = `
.life .paper { fill: #ffffff; }
.life text { fill: #59636e; }
.life .name { fill: #1f2328; }
.life .box, .life .line, .life .rule { stroke: #818b98; }
.life .head { fill: #818b98; }
.life .code { fill: #ddeeff; }
.life .step { fill: #f6f8fa; }
.life .tape { fill: #fff0cc; }
.life .node { fill: #dcf5e2; }
.life .back { fill: #f4e9ff; }`;

const DARK = `
.life .paper { fill: #0d1117; }
.life text { fill: #9da7b3; }
.life .name { fill: #e6edf3; }
.life .box, .life .line, .life .rule { stroke: #7d8590; }
.life .head { fill: #7d8590; }
.life .code { fill: #12304f; }
.life .step { fill: #1c2128; }
.life .tape { fill: #45330a; }
.life .node { fill: #123d20; }
.life .back { fill: #33214a; }`;

const STYLE = `
.life text { font: 15px ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
.life .name { font: 600 15px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.life .line, .life .rule { fill: none; }
.life .rule { stroke-dasharray: 4 4; }${LIGHT}
@media (prefers-color-scheme: dark) {${DARK}
}
`;

const TITLE =
  "An operation passes the door and bind, goes down through the tapes to the numbers, and leaves a node on every tape on its way back; a backward walk goes through the nodes of the inner tape, and what its rules compute becomes nodes of the outer one.";

/** The life of an operation, as a document of its own. */
export function lifeOfAnOperation(): string {
  const below = bottomOf(EAGER) + 30;
  const center = INNER_NODE.x + INNER_NODE.width / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="life" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">`,
    `<title>${TITLE}</title>`,
    `<style>${STYLE}</style>`,
    '<rect class="paper" width="100%" height="100%"/>',
    ...between(CODE, DOOR, "x, x"),
    ...between(DOOR, BIND, "alike: one shape, one dtype"),
    ...between(BIND, INNER, "x, x", "y"),
    ...between(INNER, OUTER, "x, x", "y"),
    ...between(OUTER, EAGER, "x, x", "y"),
    append(INNER, INNER_NODE),
    append(OUTER, OUTER_NODE),
    note(center, INNER_NODE.y - 12, "on the way up: a node", "middle"),
    `<path class="rule" d="M12 ${below}H${WIDTH - 12}"/>`,
    note(LEFT.x, below + 24, "when the function has returned"),
    ...between(WALK, RULE, "a node, and ȳ", "x̄"),
    append(RULE, NEW_NODES),
    around(RULE, OUTER),
    walked(INNER_NODE, WALK),
    ...BOXES.map(draw),
    "</svg>",
    "",
  ].join("\n");
}
