/**
 * @file A recording as JSON: the format, and how it is written. inspect/tape-from-json.ts reads it.
 *
 * Entries stand in the order of their numbers, as on the printed tape, so an operand is the number of an
 * earlier one. Primitives stand by their names. Shapes and dtypes of results are there for the reader of the
 * file; who loads it predicts them anew.
 */
import { formatAval } from "../array/aval.ts";
import { toBase64 } from "../array/base64.ts";
import { storeArray } from "../array/stored-array.ts";
import { type FlatTree, isPlainObject } from "../array/trees.ts";
import type { Operand, Origin } from "../core/tape.ts";
import { arrayOf, type Tensor } from "../core/tensor.ts";
import { ValueError } from "../errors.ts";
import { allPrimitives } from "../primitives/index.ts";
import { encodeParams, isPlainKey, type PlainJSON } from "./params-json.ts";
import { isInput, type Recording, type TapeEntry, type TapeNode } from "./recording.ts";

export const TAPE_FORMAT = "tapegrad tape";
export const TAPE_VERSION = 1;

/** A tensor on a saved tape. */
export interface TensorJSON {
  /** `float32[3,2]` */
  readonly aval: string;
  /** Left out for row-major order. 0 where one element serves a whole axis: it is stored once. */
  readonly stride?: readonly number[];
  /** The elements as base64 of little-endian bytes. */
  readonly data: string;
}

/** The number of a value, or that of a constant. */
export type OperandJSON = number | { readonly constant: number };

/** A nesting of leaves. Objects are lists of pairs, so that no key means anything to JavaScript. */
export type TreeJSON =
  | OperandJSON
  | { readonly array: readonly TreeJSON[] }
  | { readonly object: readonly (readonly [key: string, value: TreeJSON])[] };

/** An operation on a saved tape. */
export interface NodeJSON {
  readonly primitive: string;
  readonly operands: readonly OperandJSON[];
  readonly params: PlainJSON;
  /** Avals of the results. */
  readonly results: readonly string[];
  readonly origin?: Origin;
}

/** An argument, a variable with its value, or an operation. */
export type EntryJSON =
  | { readonly argument: TensorJSON }
  | { readonly variable: string; readonly value: TensorJSON }
  | NodeJSON;

/** A saved tape, as `tape.toJSON()` writes it and `tapeFromJSON` reads it. */
export interface TapeJSON {
  readonly format: typeof TAPE_FORMAT;
  readonly version: typeof TAPE_VERSION;
  /** Arguments first; variables and nodes as they came. */
  readonly entries: readonly EntryJSON[];
  readonly arguments: TreeJSON;
  readonly result: TreeJSON;
  readonly constants: readonly TensorJSON[];
}

/** @throws ValueError for what cannot be told by plain data; for abstract tensors, which have no numbers. */
export function tapeToJSON(recording: Recording): TapeJSON {
  const constants = new Constants();
  const operand = (x: Operand): OperandJSON => (typeof x === "number" ? x : constants.add(x));
  const tree = (nesting: FlatTree<Operand>): TreeJSON => {
    return treeToJSON(nesting.rebuild(nesting.leaves.map((x) => new Leaf(operand(x)))));
  };
  return {
    format: TAPE_FORMAT,
    version: TAPE_VERSION,
    entries: recording.entries.map((entry) => entryToJSON(entry, operand)),
    arguments: tree(recording.arguments),
    result: tree(recording.outputs),
    constants: constants.list,
  };
}

function entryToJSON(entry: TapeEntry, operand: (x: Operand) => OperandJSON): EntryJSON {
  if (isInput(entry)) {
    const value = tensorToJSON(entry.value);
    return entry.variable === null ? { argument: value } : { variable: entry.variable.name, value };
  }
  const { primitive, operands, params, resultAvals, origin } = entry;
  requireFound(entry);
  return {
    primitive: primitive.name,
    operands: operands.map(operand),
    params: encodeParams(params, (path, fact) => unstorable(entry, path, fact)),
    results: resultAvals.map(formatAval),
    ...(origin === null ? {} : { origin }),
  };
}

/** Constants by their number; equal ones once. */
class Constants {
  readonly list: TensorJSON[] = [];
  readonly #byTensor = new Map<Tensor, OperandJSON>();
  readonly #byContent = new Map<string, OperandJSON>();

  add(tensor: Tensor): OperandJSON {
    let operand = this.#byTensor.get(tensor);
    if (operand !== undefined) return operand;
    const json = tensorToJSON(tensor);
    const content = [json.aval, json.stride?.join(), json.data].join(" ");
    operand = this.#byContent.get(content);
    if (operand === undefined) {
      operand = { constant: this.list.length };
      this.list.push(json);
      this.#byContent.set(content, operand);
    }
    this.#byTensor.set(tensor, operand);
    return operand;
  }
}

function tensorToJSON(tensor: Tensor): TensorJSON {
  const { stride, bytes } = storeArray(arrayOf("toJSON", tensor), tensor.dtype);
  const data = toBase64(bytes);
  return { aval: formatAval(tensor.aval), ...(stride === null ? {} : { stride }), data };
}

class Leaf {
  readonly operand: OperandJSON;

  constructor(operand: OperandJSON) {
    this.operand = operand;
  }
}

function treeToJSON(tree: unknown): TreeJSON {
  if (tree instanceof Leaf) return tree.operand;
  if (Array.isArray(tree)) return { array: tree.map(treeToJSON) };
  const entries = Object.entries(isPlainObject(tree) ? tree : {});
  return { object: entries.map(([key, value]) => [requireKey(key), treeToJSON(value)]) };
}

function requireKey(key: string): string {
  if (isPlainKey(key)) return key;
  throw new ValueError("toJSON", { key }, () => {
    return `an argument or the result has the key ${JSON.stringify(key)}, which is not stored. Call it something else.`;
  });
}

/** @throws ValueError for a function that is one node; if whoever reads the name would take it for another primitive. */
function requireFound({ primitive, results }: TapeNode): void {
  if (primitive.expand !== undefined || primitive.mapped !== undefined) {
    throw new ValueError("toJSON", { primitive: primitive.name, value: results[0] }, (d) => {
      return `%${d.value} = ${d.primitive}(…) is a function of the program that recorded it, which cannot be stored. Record the function without \`${d.primitive}\`.`;
    });
  }
  const namesake = allPrimitives.find(({ name }) => name === primitive.name);
  if (namesake === undefined || namesake === primitive) return;
  throw new ValueError("toJSON", { primitive: primitive.name, value: results[0] }, (d) => {
    return `%${d.value} is bound by a primitive that is called ${d.primitive}, as one of the library's own, and would be read as that. Give it a name of its own.`;
  });
}

function unstorable({ primitive, results }: TapeNode, path: string, fact: string): ValueError {
  const details = { primitive: primitive.name, value: results[0], path };
  return new ValueError("toJSON", details, (d) => {
    const what = path === "" ? "the whole" : path.replace(/^\./, "");
    return `the params of %${d.value} = ${d.primitive}(…) cannot be stored, since ${what} ${fact}. Use params of numbers, texts, arrays and plain objects only.`;
  });
}
