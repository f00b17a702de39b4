/**
 * @file A tape as boxes and arrows, for pictures: a box for each operation, input and result; an arrow for each
 * operand that is no constant.
 */
import { formatAval } from "../../array/aval.ts";
import type { Operand } from "../../core/tape.ts";
import { ValueError } from "../../errors.ts";
import { placeOf } from "../../transforms/arguments.ts";
import { printOperand, printOrigin, printParams } from "../../transforms/print-tape.ts";
import type { Recording, TapeInput, TapeNode } from "../../transforms/recording.ts";

export interface PictureOptions {
  /** The number of the first value to draw, as on the printed tape; from the beginning by default. */
  readonly from?: number;
  /** The number of the last one; to the end by default. */
  readonly to?: number;
}

export interface Box {
  /** "earlier" stands for a value from before the part that is drawn. */
  readonly kind: "argument" | "variable" | "operation" | "derivative" | "earlier" | "result";
  /** The first says what it is. */
  readonly lines: readonly string[];
  /** All that is known of it, for whoever points at it. */
  readonly details: string;
}

/** From one box to a later one. */
export interface Arrow {
  readonly value: number;
  readonly from: number;
  readonly to: number;
  /** Where it leaves its box and arrives, from 0 at the left to 1 at the right. */
  readonly leaves: number;
  readonly arrives: number;
}

export interface TapeGraph {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

const MOST = 300;

/** @throws ValueError for more than 300 operations, or a part that the tape does not have. */
export function tapeGraph(op: string, recording: Recording, options: PictureOptions): TapeGraph {
  const { from, to } = requirePart(op, recording, options);
  const isWhole = from === 0 && to === recording.avals.length - 1;
  const inPart = (index: number): boolean => index >= from && index <= to;
  const nodes = recording.nodes.filter(({ results }) => results.some(inPart));
  requireFew(op, nodes.length);
  const read = new Set(nodes.flatMap(({ operands }) => operands));
  const graph = new GraphBuilder();
  for (const input of recording.inputs) {
    if (isWhole || read.has(input.index)) graph.addInput(input);
  }
  for (const node of nodes) {
    for (const x of node.operands) graph.addEarlier(recording, x);
    graph.addNode(node);
  }
  recording.outputs.leaves.forEach((x, i) => {
    if (typeof x === "number" && graph.knows(x)) {
      graph.addResult(placeOf("result", recording.outputs.paths[i]), x);
    }
  });
  return graph;
}

class GraphBuilder implements TapeGraph {
  readonly boxes: Box[] = [];
  readonly arrows: Arrow[] = [];
  readonly #sources = new Map<number, { readonly box: number; readonly leaves: number }>();

  knows(value: number): boolean {
    return this.#sources.has(value);
  }

  addInput({ index, value, variable, name }: TapeInput): void {
    const lines = [`%${index} = ${name}`, formatAval(value.aval)];
    this.#add(variable === null ? "argument" : "variable", lines, [index]);
  }

  /** A box for what was computed before the part that is drawn. */
  addEarlier({ avals }: Recording, x: Operand): void {
    if (typeof x !== "number" || this.knows(x)) return;
    this.#add("earlier", [`%${x}`, formatAval(avals[x])], [x]);
  }

  addNode({ primitive, operands, params, results, resultAvals, origin }: TapeNode): void {
    const numbers = results.map((index) => `%${index}`).join(", ");
    const lines = [
      `${numbers} = ${primitive.name}(${operands.map(printOperand).join(", ")})`,
      ...printParams(params),
      resultAvals.map(formatAval).join(", "),
    ];
    const kind = origin?.derivativeOf == null ? "operation" : "derivative";
    this.#arrive(operands);
    this.#add(kind, lines, results, origin === null ? [] : [printOrigin(origin)]);
  }

  addResult(name: string, value: number): void {
    this.#arrive([value]);
    this.#add("result", [name], []);
  }

  /** Arrows to the next box, in the order of the operands. */
  #arrive(operands: readonly Operand[]): void {
    const values = operands.filter((x) => typeof x === "number");
    values.forEach((value, i) => {
      const source = this.#sources.get(value);
      if (source === undefined) return;
      const { box: from, leaves } = source;
      const arrives = (i + 1) / (values.length + 1);
      this.arrows.push({ value, from, to: this.boxes.length, leaves, arrives });
    });
  }

  #add(
    kind: Box["kind"],
    lines: readonly string[],
    values: readonly number[],
    more: readonly string[] = [],
  ): void {
    values.forEach((value, i) => {
      const leaves = (i + 1) / (values.length + 1);
      this.#sources.set(value, { box: this.boxes.length, leaves });
    });
    const details = [...lines, ...more].join("\n");
    this.boxes.push({ kind, lines: lines.map(shortened), details });
  }
}

const LONGEST = 40;

function shortened(line: string): string {
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}

function requirePart(
  op: string,
  { avals }: Recording,
  options: PictureOptions,
): { readonly from: number; readonly to: number } {
  const last = avals.length - 1;
  const { from = 0, to = last } = options;
  const areNumbers = [from, to].every(Number.isSafeInteger);
  if (areNumbers && from >= 0 && to <= last && (from <= to || last < 0)) return { from, to };
  throw new ValueError(op, { from, to, count: avals.length }, (d) => {
    return `there are no values from %${d.from} to %${d.to} on this tape, which has ${d.count}. Use numbers of the printed tape, the smaller one as \`from\`.`;
  });
}

function requireFew(op: string, count: number): void {
  if (count <= MOST) return;
  throw new ValueError(op, { count, most: MOST }, (d) => {
    return `a picture of ${d.count} operations could not be read, and the most is ${d.most}. Draw a part with the options \`from\` and \`to\`, which are numbers of the printed tape.`;
  });
}
