/**
 * @file A recording from parsed JSON, every part of it checked; nothing is computed.
 */
import { type Aval, formatAval, sameAval } from "../array/aval.ts";
import { type FlatTree, flattenTree, isPlainObject } from "../array/trees.ts";
import type { Primitive } from "../core/primitive.ts";
import type { Operand, Origin } from "../core/tape.ts";
import type { Tensor } from "../core/tensor.ts";
import { Variable } from "../core/variable.ts";
import { placeOf } from "../transforms/arguments.ts";
import { decodeParams, isPlainKey } from "../transforms/params-json.ts";
import {
  fromEntries,
  isInput,
  type Recording,
  type TapeEntry,
  type TapeInput,
  type TapeNode,
} from "../transforms/recording.ts";
import { TAPE_FORMAT, TAPE_VERSION } from "../transforms/tape-json.ts";
import { indexAt, listAt, malformed, objectAt, shown, textAt } from "./json-checks.ts";
import { avalAt, isShape, tensorAt } from "./tensor-from-json.ts";

class Leaf {
  readonly operand: Operand;

  constructor(operand: Operand) {
    this.operand = operand;
  }
}

/** Nestings are shallow; more is a file that means to fill the stack. */
const DEEPEST = 64;

export class RecordingReader {
  readonly #primitives: ReadonlyMap<string, Primitive>;
  readonly #maxBytes: number;
  #constants: readonly Tensor[] = [];
  readonly #avals: Aval[] = [];
  readonly #entries: TapeEntry[] = [];

  constructor(primitives: ReadonlyMap<string, Primitive>, maxBytes: number) {
    this.#primitives = primitives;
    this.#maxBytes = maxBytes;
  }

  read(json: unknown): Recording {
    requireVersion(json);
    const file = objectAt("the tape", json, [
      "format",
      "version",
      "entries",
      "arguments",
      "result",
      "constants",
    ]);
    this.#constants = listAt("constants", file.constants).map((x, i) =>
      tensorAt(`constants[${i}]`, x, this.#maxBytes),
    );
    listAt("entries", file.entries).forEach((entry, i) => {
      this.#entries.push(this.#entry(`entries[${i}]`, entry));
    });
    const args = this.#arguments(file.arguments);
    return fromEntries({
      avals: this.#avals,
      entries: this.#entries.map((entry) => (isInput(entry) ? named(entry, args) : entry)),
      arguments: args,
      outputs: this.#tree("result", file.result),
    });
  }

  #entry(at: string, json: unknown): TapeEntry {
    if (json !== null && typeof json === "object") {
      if (Object.hasOwn(json, "argument")) return this.#argument(at, json);
      if (Object.hasOwn(json, "variable")) return this.#variable(at, json);
    }
    return this.#node(at, json);
  }

  #argument(at: string, json: object): TapeInput {
    if (this.#entries.some((entry) => !isInput(entry) || entry.variable !== null)) {
      throw malformed(at, "is an argument behind other entries");
    }
    const { argument } = objectAt(at, json, ["argument"]);
    return this.#input(tensorAt(`${at}.argument`, argument, this.#maxBytes), null);
  }

  #variable(at: string, json: object): TapeInput {
    const given = objectAt(at, json, ["variable", "value"]);
    const name = textAt(`${at}.variable`, given.variable);
    const value = tensorAt(`${at}.value`, given.value, this.#maxBytes);
    return this.#input(value, new Variable(value, { name }));
  }

  #input(value: Tensor, variable: Variable | null): TapeInput {
    const index = this.#avals.length;
    this.#avals.push(value.aval);
    return { index, value, variable, name: variable === null ? "" : `variable ${variable.name}` };
  }

  #node(at: string, json: unknown): TapeNode {
    const given = objectAt(at, json, ["primitive", "operands", "params", "results"], ["origin"]);
    const primitive = this.#primitive(`${at}.primitive`, given.primitive);
    const operands = listAt(`${at}.operands`, given.operands).map((x, i) =>
      this.#operand(`${at}.operands[${i}]`, x),
    );
    if (primitive.arity !== operands.length && primitive.arity !== Infinity) {
      throw malformed(
        `${at}.operands`,
        `lists ${operands.length} for ${primitive.name}, which takes ${primitive.arity}`,
      );
    }
    const operandAvals = operands.map((x) => (typeof x === "number" ? this.#avals[x] : x.aval));
    const params = decodeParams(given.params, (path, fact) =>
      malformed(`${at}.params${path}`, fact),
    );
    const resultAvals = predicted(at, primitive, operandAvals, params);
    requireStated(`${at}.results`, given.results, resultAvals);
    const results = resultAvals.map((_, k) => this.#avals.length + k);
    this.#avals.push(...resultAvals);
    const origin = given.origin === undefined ? null : originAt(`${at}.origin`, given.origin);
    return { primitive, operands, operandAvals, params, results, resultAvals, origin };
  }

  #primitive(at: string, json: unknown): Primitive {
    const name = textAt(at, json);
    const primitive = this.#primitives.get(name);
    if (primitive !== undefined) return primitive;
    const remedy = "Pass primitives of your own as the option `primitives`";
    throw malformed(at, `is ${shown(name)}, which is no primitive here`, { remedy });
  }

  #operand(at: string, json: unknown): Operand {
    if (typeof json === "number") return indexAt(at, json, this.#avals.length, "an earlier value");
    const { constant } = objectAt(at, json, ["constant"]);
    const { length } = this.#constants;
    return this.#constants[indexAt(`${at}.constant`, constant, length, "a constant")];
  }

  /** The nesting of the arguments, a list around whatever they are. */
  #arguments(json: unknown): FlatTree<number> {
    const tree = this.#tree("arguments", json);
    const { leaves } = tree;
    const count = this.#entries.filter((entry) => isInput(entry) && entry.variable === null).length;
    const isEach = leaves.length === count && new Set(leaves).size === count;
    if (!isEach || !leaves.every((x) => typeof x === "number" && x < count) || !isList(json)) {
      throw malformed(
        "arguments",
        `holds ${shown(json)}, which is no list of all ${count} arguments`,
      );
    }
    return { ...tree, leaves: leaves as readonly number[] };
  }

  #tree(at: string, json: unknown): FlatTree<Operand> {
    const isLeaf = (value: unknown): value is Leaf => value instanceof Leaf;
    const tree = flattenTree(this.#nesting(at, json), isLeaf, () =>
      malformed(at, "holds no nesting"),
    );
    return { ...tree, leaves: tree.leaves.map(({ operand }) => operand) };
  }

  #nesting(at: string, json: unknown, depth = 0): unknown {
    if (depth === DEEPEST) {
      throw malformed(at.replace(/[.[].*$/, ""), `is nested more than ${DEEPEST} deep`);
    }
    if (isList(json)) {
      const { array } = objectAt(at, json, ["array"]);
      return listAt(`${at}.array`, array).map((x, i) =>
        this.#nesting(`${at}.array[${i}]`, x, depth + 1),
      );
    }
    if (json === null || typeof json !== "object" || !Object.hasOwn(json, "object")) {
      return new Leaf(this.#operand(at, json));
    }
    const { object } = objectAt(at, json, ["object"]);
    const entries = listAt(`${at}.object`, object).map((pair, i) => {
      const here = `${at}.object[${i}]`;
      const [key, value, ...rest] = listAt(here, pair);
      const name = textAt(`${here}[0]`, key);
      if (!isPlainKey(name) || rest.length > 0)
        throw malformed(here, `holds ${shown(pair)}, which is no key and value`);
      return [name, this.#nesting(`${here}[1]`, value, depth + 1)] as const;
    });
    if (new Set(entries.map(([key]) => key)).size < entries.length)
      throw malformed(at, "has a key twice");
    return Object.fromEntries(entries);
  }
}

function isList(json: unknown): boolean {
  return json !== null && typeof json === "object" && Object.hasOwn(json, "array");
}

/** An argument is named by where it stands. */
function named(input: TapeInput, { leaves, paths }: FlatTree<number>): TapeInput {
  if (input.variable !== null) return input;
  return { ...input, name: placeOf("argument ", paths[leaves.indexOf(input.index)]) };
}

/** @throws FormatError for another format or version, whatever else the file holds. */
function requireVersion(json: unknown): void {
  const { format, version } = (isPlainObject(json) ? json : {}) as Readonly<
    Record<string, unknown>
  >;
  if (format !== TAPE_FORMAT) throw malformed("the tape", `holds ${shown(json)}, which is no tape`);
  if (version === TAPE_VERSION) return;
  const remedy =
    "Save the tape with this version of the library, or load it with the one that saved it";
  throw malformed(
    "the tape",
    `has version ${shown(version)}, and this library reads version ${TAPE_VERSION}`,
    { remedy },
  );
}

/** What the primitive makes of such operands; the kernel is made as well, for what it thinks of the params. */
function predicted(
  at: string,
  primitive: Primitive,
  avals: readonly Aval[],
  params: unknown,
): readonly Aval[] {
  const operands = avals.map(formatAval).join(", ");
  const fact = `binds ${primitive.name} to ${operands} with params ${shown(params)}, which it does not take`;
  try {
    const result = primitive.abstractEval(avals, params);
    const results: readonly Aval[] = Array.isArray(result) ? result : [result as Aval];
    primitive.kernel(params, avals);
    if (results.every(({ shape }) => isShape(shape))) return results;
  } catch (reason) {
    throw malformed(at, fact, { reason });
  }
  throw malformed(at, fact);
}

/** @throws FormatError unless the file says what was predicted. */
function requireStated(at: string, json: unknown, predictions: readonly Aval[]): void {
  const stated = listAt(at, json).map((x, k) => avalAt(`${at}[${k}]`, x));
  const agree =
    stated.length === predictions.length &&
    stated.every((aval, k) => sameAval(aval, predictions[k]));
  if (agree) return;
  const [found, right] = [stated, predictions].map((avals) => avals.map(formatAval).join(", "));
  throw malformed(
    at,
    `says ${found === "" ? "nothing" : found} where the primitive gives ${right}`,
  );
}

function originAt(at: string, json: unknown): Origin {
  const { line, derivativeOf } = objectAt(at, json, ["line", "derivativeOf"]);
  return {
    line: line === null ? null : textAt(`${at}.line`, line),
    derivativeOf: derivativeOf === null ? null : textAt(`${at}.derivativeOf`, derivativeOf),
  };
}
