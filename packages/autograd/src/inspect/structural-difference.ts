/**
 * @file The first place where two tapes do different things, whatever their numbers are.
 *
 * float32 and float64 are alike here, in results, constants and params. Arguments correspond by their order,
 * variables by being the same one, or else by their names.
 */
import type { Aval } from "../array/aval.ts";
import { isDType, isFloating } from "../array/dtype.ts";
import { sameShape } from "../array/shape.ts";
import type { Operand } from "../core/tape.ts";
import { sameParams } from "../transforms/params-json.ts";
import type { Recording, TapeInput, TapeNode } from "../transforms/recording.ts";

/** What about two operations differs, or that only one of the tapes goes on, or gives other results. */
export type StructuralFact = "primitive" | "operands" | "params" | "shape" | "length" | "result";

export interface StructuralDifference {
  readonly fact: StructuralFact;
  /** Of the nodes that differ; the number of nodes where results do. */
  readonly position: number;
}

/** null where there is none. */
export function structuralDifference(a: Recording, b: Recording): StructuralDifference | null {
  const counterparts = inputPairs(a, b);
  const isSame = (x: Operand, y: Operand): boolean => {
    if (typeof x === "number") return counterparts.get(x) === y;
    return typeof y !== "number" && alike(x.aval, y.aval);
  };
  const count = Math.min(a.nodes.length, b.nodes.length);
  for (let position = 0; position < count; position++) {
    const [left, right] = [a.nodes[position], b.nodes[position]];
    const fact = differingFact(left, right, isSame);
    if (fact !== null) return { fact, position };
    for (const [k, number] of left.results.entries()) counterparts.set(number, right.results[k]);
  }
  if (a.nodes.length !== b.nodes.length) return { fact: "length", position: count };
  const results = [a.outputs, b.outputs];
  const [paths, others] = results.map((tree) => tree.paths);
  const areSame =
    paths.length === others.length &&
    paths.every(
      (path, i) => path === others[i] && isSame(a.outputs.leaves[i], b.outputs.leaves[i]),
    );
  return areSame ? null : { fact: "result", position: count };
}

function differingFact(
  a: TapeNode,
  b: TapeNode,
  isSame: (x: Operand, y: Operand) => boolean,
): StructuralFact | null {
  const areAlike = (xs: readonly Aval[], ys: readonly Aval[]): boolean => {
    return xs.length === ys.length && xs.every((x, i) => alike(x, ys[i]));
  };
  if (a.primitive.name !== b.primitive.name) return "primitive";
  if (!areAlike(a.operandAvals, b.operandAvals)) return "shape";
  if (!a.operands.every((x, i) => isSame(x, b.operands[i]))) return "operands";
  if (!sameParams(a.params, b.params, sameParam)) return "params";
  return areAlike(a.resultAvals, b.resultAvals) ? null : "shape";
}

function alike(a: Aval, b: Aval): boolean {
  return (a.dtype === b.dtype || areFloating(a.dtype, b.dtype)) && sameShape(a.shape, b.shape);
}

function sameParam(a: unknown, b: unknown): boolean {
  return Object.is(a, b) || areFloating(a, b);
}

function areFloating(a: unknown, b: unknown): boolean {
  return [a, b].every((dtype) => isDType(dtype) && isFloating(dtype));
}

/** Numbers of the inputs of `a`, and those of `b` that stand for the same. */
function inputPairs(a: Recording, b: Recording): Map<number, number> {
  const pairs = new Map(a.arguments.leaves.map((index, i) => [index, b.arguments.leaves[i]]));
  const isIn = ({ inputs }: Recording, { variable }: TapeInput): boolean => {
    return inputs.some((input) => input.variable === variable);
  };
  const open = b.inputs.filter((input) => input.variable !== null);
  for (const input of a.inputs.filter(({ variable }) => variable !== null)) {
    const isShared = isIn(b, input);
    const at = open.findIndex((other) => {
      return isShared
        ? other.variable === input.variable
        : other.name === input.name && !isIn(a, other);
    });
    if (at >= 0) pairs.set(input.index, open.splice(at, 1)[0].index);
  }
  return pairs;
}
