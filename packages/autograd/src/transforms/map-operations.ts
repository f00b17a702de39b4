/**
 * @file The operations of one member, for all members: node by node, by the rules of batch-rules.ts. A node that holds
 * functions (a scan, a checkpoint) says itself how it is mapped.
 */
import type { Aval } from "../array/aval.ts";
import { bindAll } from "../core/bind.ts";
import type { Operand } from "../core/tape.ts";
import { settle, type Tensor } from "../core/tensor.ts";
import { openTape } from "../core/variable.ts";
import { BATCH_RULES, type BatchRule } from "./batch-rules.ts";
import type { Operations } from "./enclose.ts";
import type { Batch, Mapped } from "./members.ts";
import { isInput, type TapeNode } from "./recording.ts";
import { zeros } from "./walks.ts";

/**
 * What `operations` give for all of `size` members. What does not depend on a mapped input is computed once, and what
 * no result depends on, as the value of a function of which only the gradient is asked for, not at all.
 */
export function mapOperations(
  operations: Operations,
  inputs: readonly Mapped[],
  size: number,
): readonly Mapped[] {
  const { avals, entries, results } = operations;
  const isNeeded = neededValues(operations);
  const origins = openTape()?.origins ?? null;
  const values = new Array<Mapped>(avals.length);
  const mappedOf = (x: Operand): Mapped => {
    return typeof x === "number" ? values[x] : { value: settle(x), isMapped: false };
  };
  let next = 0;
  for (const entry of entries) {
    if (isInput(entry)) {
      values[entry.index] = inputs[next++];
      continue;
    }
    if (!entry.results.some((index) => isNeeded[index])) continue;
    const run = (): readonly Mapped[] => mapNode(entry, entry.operands.map(mappedOf), size);
    const { origin } = entry;
    const found = origins === null || origin === null ? run() : origins.within(origin, run);
    found.forEach((value, k) => {
      values[entry.results[k]] = value;
    });
  }
  return results.map(mappedOf);
}

/** By number, whether a result depends on it. */
function neededValues({ avals, entries, results }: Operations): readonly boolean[] {
  const isNeeded = avals.map(() => false);
  const mark = (x: Operand): void => {
    if (typeof x === "number") isNeeded[x] = true;
  };
  results.forEach(mark);
  for (const entry of entries.toReversed()) {
    if (isInput(entry) || !entry.results.some((index) => isNeeded[index])) continue;
    entry.operands.forEach(mark);
  }
  return isNeeded;
}

function mapNode(node: TapeNode, operands: readonly Mapped[], size: number): readonly Mapped[] {
  const { primitive, params, resultAvals: results } = node;
  if (!operands.some(({ isMapped }) => isMapped)) {
    const shared = operands.map(({ value }) => value);
    return bindAll(primitive, shared, params).map((value) => ({ value, isMapped: false }));
  }
  if (size === 0) return results.map((aval) => ({ value: ofNobody(aval), isMapped: true }));
  return allMembers(node, operands, size).map((value) => ({ value, isMapped: true }));
}

function allMembers(node: TapeNode, operands: readonly Mapped[], size: number): readonly Tensor[] {
  const { primitive, params, operandAvals: avals, resultAvals: results } = node;
  if (primitive.mapped !== undefined) {
    const values = operands.map(({ value }) => value);
    return primitive.mapped(
      values,
      operands.map(({ isMapped }) => isMapped),
      size,
    );
  }
  const kernel = primitive.kernel(params, avals);
  const batch: Batch = { size, primitive, params, kernel, operands, avals, results };
  return (BATCH_RULES[kernel.kind] as BatchRule)(batch);
}

/** Of each result whether it depends on a mapped input. */
export function mappedResults(
  { avals, entries, results }: Operations,
  inputs: readonly boolean[],
): readonly boolean[] {
  const isMapped = avals.map(() => false);
  const depends = (x: Operand): boolean => typeof x === "number" && isMapped[x];
  let next = 0;
  for (const entry of entries) {
    if (isInput(entry)) isMapped[entry.index] = inputs[next++];
    else for (const result of entry.results) isMapped[result] = entry.operands.some(depends);
  }
  return results.map(depends);
}

function ofNobody({ shape, dtype }: Aval): Tensor {
  return zeros({ shape: [0, ...shape], dtype });
}
