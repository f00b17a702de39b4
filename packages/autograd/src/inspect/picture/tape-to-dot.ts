/**
 * @file A tape in the language of Graphviz.
 */
import { recordingOf, type Tape } from "../../transforms/record.ts";
import { type Box, type PictureOptions, tapeGraph } from "./tape-graph.ts";

const LOOKS = {
  argument: 'style="rounded,filled", fillcolor="#e3effb"',
  variable: 'style="rounded,filled", fillcolor="#fdf0d5"',
  operation: 'style="filled", fillcolor="#ffffff"',
  derivative: 'style="filled", fillcolor="#f3e8fb"',
  earlier: 'style="rounded,dashed"',
  result: 'style="rounded,filled", fillcolor="#e2f5e6"',
} satisfies { readonly [K in Box["kind"]]: string };

/**
 * The tape as a graph for Graphviz (`dot -Tsvg`): a box for each operation, input and result.
 *
 * @throws ValueError for more than 300 operations, or a part that the tape does not have.
 * @example
 * writeFileSync("step.dot", tapeToDot(tape));
 */
export function tapeToDot(tape: Tape, options: PictureOptions = {}): string {
  const { boxes, arrows } = tapeGraph("tapeToDot", recordingOf(tape), options);
  return [
    "digraph tape {",
    '  node [shape=box, fontname="monospace", fontsize=11];',
    ...boxes.map(({ kind, lines }, i) => `  b${i} [label=${quoted(lines)}, ${LOOKS[kind]}];`),
    ...arrows.map(({ from, to }) => `  b${from} -> b${to};`),
    "}",
    "",
  ].join("\n");
}

function quoted(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replaceAll(/[\\"]/g, "\\$&").replaceAll(/\s/g, " "));
  return `"${escaped.join("\\n")}"`;
}
