/**
 * @file The node of a scan. Its derivatives are scans too: a node on a tape has the carry before every step among its
 * results, so each step is differentiated by itself, backward from the last step to the first, forward from the
 * first to the last.
 */
import type { Aval } from "../array/aval.ts";
import { isFloating } from "../array/dtype.ts";
import type { StridedArray } from "../array/strided-array.ts";
import { bindAll } from "../core/bind.ts";
import type { AnyRule, Primitive, Residual } from "../core/primitive.ts";
import { fromArray, settle, type Tensor } from "../core/tensor.ts";
import { assertInvariant } from "../errors.ts";
import { add } from "../primitives/add.ts";
import { mapOperations, mappedResults } from "./map-operations.ts";
import { type Mapped, moveAxis, spreadOver } from "./members.ts";
import { bodyOf, cut, writeAll } from "./body.ts";
import type { Operations } from "./enclose.ts";
import {
  filled,
  floatingOf,
  type Parts,
  present,
  pulledThrough,
  pushedThrough,
} from "./walk-operations.ts";
import { zeros } from "./walks.ts";

/** What a step gives: the next carry, summands of sums over all steps, and elements of stacks. */
export interface StepResult {
  readonly carry: readonly Tensor[];
  readonly sums: readonly Tensor[];
  readonly stacked: readonly Tensor[];
}

export type Step = (carry: readonly Tensor[], x: readonly Tensor[]) => StepResult;

export interface Scanned extends StepResult {
  /** The carry before every step, stacked; empty where nobody asked for it. */
  readonly before: readonly Tensor[];
}

export interface Extent {
  readonly length: number;
  readonly reverse: boolean;
  /** Whether the carry before every step is wanted; where a tape is open among the inputs it is. */
  readonly keeps?: boolean;
}

/** A loop as it is bound. Its inputs are the carry, the stacked elements, and what the step closes over. */
interface Loop {
  readonly operations: Operations;
  readonly carries: number;
  readonly xs: number;
  readonly sums: number;
  readonly length: number;
  readonly reverse: boolean;
  readonly keeps: boolean;
}

/** scan, of flat lists. */
export function scanFlat(
  step: Step,
  carry: readonly Tensor[],
  xs: readonly Tensor[],
  { length, reverse, keeps = false }: Extent,
): Scanned {
  const elements = xs.map(({ aval }) => ({ shape: aval.shape.slice(1), dtype: aval.dtype }));
  let sums = 0;
  const run = (inputs: readonly Tensor[]): readonly Tensor[] => {
    const [carried, x] = cut(inputs, carry.length);
    const result = step(carried, x);
    sums = result.sums.length;
    return [...result.carry, ...result.sums, ...result.stacked];
  };
  const avals = [...carry.map(({ aval }) => aval), ...elements];
  const { operations, closure } = bodyOf("scan", "the step", run, avals);
  const inputs = [...carry, ...xs, ...closure].map(settle);
  const loop = {
    operations,
    carries: carry.length,
    xs: xs.length,
    sums,
    length,
    reverse,
    keeps: keeps || inputs.some(({ tape }) => tape !== null),
  };
  const results = bindAll(primitiveOf(loop, inputs.length), inputs, paramsOf(loop));
  return resultsOf(loop, results);
}

/** What a printed tape says. */
function paramsOf({ length, reverse }: Loop): unknown {
  return reverse ? { length, reverse } : { length };
}

function resultsOf<T>({ carries, sums, operations }: Loop, results: readonly T[]) {
  const stacks = operations.resultAvals.length - carries - sums;
  const [carry, summed, stacked, before] = cut(results, carries, sums, stacks);
  return { carry, sums: summed, stacked, before };
}

function primitiveOf(loop: Loop, arity: number): Primitive<unknown> {
  const { operations, carries, sums, length, keeps } = loop;
  const stackOf = ({ shape, dtype }: Aval): Aval => ({ shape: [length, ...shape], dtype });
  const before = keeps ? operations.inputAvals.slice(0, carries).map(stackOf) : [];
  const [once, stacked] = cut(operations.resultAvals, carries + sums);
  const avals = [...once, ...stacked.map(stackOf), ...before];
  const residuals: readonly Residual[] = [...Array(arity).keys(), "outputs"];
  return Object.freeze({
    name: "scan",
    arity,
    domain: [],
    cases: [],
    residuals,
    derivative: {
      kind: "custom",
      vjp: (cotangents, rule, wanted) => pullBack(loop, cotangents, rule, wanted),
      jvp: (tangents, rule) => pushForward(loop, tangents, rule),
    },
    abstractEval: () => avals,
    kernel: (_, inputs) => ({
      kind: "opaque",
      run: (arrays, outputs) => {
        const given = arrays.map((array, i) => fromArray(array, inputs[i].dtype));
        runLoop(loop, given, outputs);
      },
    }),
    mapped: (inputs, isMapped, size) => mapLoop(loop, inputs, isMapped, size),
  } satisfies Primitive);
}

function runLoop(loop: Loop, inputs: readonly Tensor[], outputs: readonly StridedArray[]): void {
  const { operations, length, reverse } = loop;
  const [initial, xs, closure] = cut(inputs, loop.carries, loop.xs);
  const into = resultsOf(loop, outputs);
  let carry = initial;
  let sums = operations.resultAvals.slice(loop.carries, loop.carries + loop.sums).map(zeros);
  for (let i = 0; i < length; i++) {
    const at = reverse ? length - 1 - i : i;
    writeAll(into.before, carry, at);
    const x = xs.map((stack) => elementOf(stack, at));
    const { results } = operations.repeat([...carry, ...x, ...closure]);
    const step = resultsOf(loop, results);
    carry = step.carry;
    sums = sums.map((sum, k) => add(sum, step.sums[k]));
    writeAll(into.stacked, step.stacked, at);
  }
  writeAll(into.carry, carry);
  writeAll(into.sums, sums);
}

/** Element `at` of a stack, without a copy. */
function elementOf({ array, dtype }: Tensor, at: number): Tensor {
  assertInvariant(array !== null, "a kernel runs on numbers");
  const { data, shape, stride, offset } = array;
  const start = offset + at * stride[0];
  return fromArray({ data, shape: shape.slice(1), stride: stride.slice(1), offset: start }, dtype);
}

/** The backward walk through all steps, from the last one to the first. */
function pullBack(
  loop: Loop,
  cotangents: Parts,
  { primals, outputs = [] }: AnyRule,
  wanted: readonly boolean[] = primals.map(() => true),
): Parts {
  const { operations, length, reverse } = loop;
  assertInvariant(loop.keeps, "a scan on a tape keeps its carries");
  const inputs = primals as readonly Tensor[];
  const [carry, xs, closure] = cut(inputs, loop.carries, loop.xs);
  const { before } = resultsOf(loop, outputs);
  const given = resultsOf(loop, cotangents);
  const isPulled = inputs.map(({ dtype }, i) => {
    return isFloating(dtype) && (i < loop.carries || wanted[i]);
  });
  const carried = present(floatingOf(carry));
  const [stackedBar, beforeBar] = [present(given.stacked), present(given.before)];
  const step: Step = (bars, taken) => {
    const [x, c, stackBars, beforeBars] = cut(
      taken,
      loop.xs,
      loop.carries,
      stackedBar.values.length,
    );
    const seeds = [...carried.at(bars), ...given.sums, ...stackedBar.at(stackBars)];
    const pulled = pulledThrough(operations, [...c, ...x, ...closure], seeds, isPulled);
    const found = pulled.map((bar, i) =>
      isPulled[i] ? (bar ?? zeros(operations.inputAvals[i])) : null,
    );
    const [toCarry, toX, toClosure] = cut(found, loop.carries, loop.xs);
    const kept = beforeBar.at(beforeBars);
    const next = toCarry.map((bar, k) => total(bar, kept[k] ?? null));
    return {
      carry: present(next).values,
      sums: present(toClosure).values,
      stacked: present(toX).values,
    };
  };
  const last = filled(
    given.carry,
    carry.map(({ aval }) => aval),
  );
  const elements = [...xs, ...before, ...stackedBar.values, ...beforeBar.values];
  const found = scanFlat(step, last, elements, { length, reverse: !reverse });
  const all = [...found.carry, ...found.stacked, ...found.sums];
  return present(inputs.map((x, i) => (isPulled[i] ? x : null))).at(all);
}

function total(a: Tensor | null, b: Tensor | null): Tensor | null {
  return a === null || b === null ? (a ?? b) : add(a, b);
}

/** The forward walk through all steps, at the carries that they had. */
function pushForward(loop: Loop, tangents: Parts, { primals, outputs = [] }: AnyRule): Parts {
  const { operations, length, reverse } = loop;
  const [carry, xs, closure] = cut(primals as readonly Tensor[], loop.carries, loop.xs);
  const { before } = resultsOf(loop, outputs);
  const [first, xDots, closureDots] = cut(tangents, loop.carries, loop.xs);
  const carried = present(floatingOf(carry));
  const elementDots = present(xDots);
  const avals = resultsOf(loop, operations.resultAvals);
  const step: Step = (dots, taken) => {
    const [x, c, xDot] = cut(taken, loop.xs, loop.carries);
    const along = [...carried.at(dots), ...elementDots.at(xDot), ...closureDots];
    const { tangents: found } = pushedThrough(operations, [...c, ...x, ...closure], along);
    const next = resultsOf(loop, found);
    return {
      carry: filled(next.carry, avals.carry),
      sums: filled(next.sums, avals.sums),
      stacked: filled(next.stacked, avals.stacked),
    };
  };
  const initial = filled(first, avals.carry);
  const elements = [...xs, ...before, ...elementDots.values];
  const found = scanFlat(step, initial, elements, { length, reverse, keeps: loop.keeps });
  return [
    ...carried.at(found.carry),
    ...present(floatingOf(avals.sums)).at(found.sums),
    ...present(floatingOf(avals.stacked)).at(found.stacked),
    ...(loop.keeps ? carried.at(found.before) : []),
  ];
}

/** One loop whose steps are those of all members. */
function mapLoop(
  loop: Loop,
  inputs: readonly Tensor[],
  isMapped: readonly boolean[],
  size: number,
): readonly Tensor[] {
  const { operations, carries, length, reverse, keeps } = loop;
  const flags = mappedCarries(operations, isMapped, carries);
  const [carry, xs, closure] = cut(inputs, carries, loop.xs);
  const markedAs = (values: readonly Tensor[], from: number): readonly Mapped[] =>
    values.map((value, i) => ({ value, isMapped: flags[from + i] }));
  const shared = markedAs(closure, carries + loop.xs);
  const step: Step = (carried, x) => {
    const all = [...markedAs(carried, 0), ...markedAs(x, carries), ...shared];
    const found = resultsOf(loop, mapOperations(operations, all, size));
    return {
      carry: found.carry.map((y, k) => (flags[k] ? spreadOver(y, size) : y.value)),
      sums: found.sums.map((y) => spreadOver(y, size)),
      stacked: found.stacked.map((y) => spreadOver(y, size)),
    };
  };
  const initial = carry.map((value, k) => {
    return flags[k] ? spreadOver({ value, isMapped: isMapped[k] }, size) : value;
  });
  // steps first, then members
  const elements = xs.map((x, i) => (isMapped[carries + i] ? moveAxis(x, 0, 1) : x));
  const found = scanFlat(step, initial, elements, { length, reverse, keeps });
  const allOf = (list: readonly Tensor[]): readonly Tensor[] =>
    markedAs(list, 0).map((y) => spreadOver(y, size));
  const before = keeps ? found.before : [];
  return [
    ...allOf(found.carry),
    ...found.sums,
    ...found.stacked.map((y) => moveAxis(y, 1, 0)),
    ...allOf(before.map((y, k) => (flags[k] ? moveAxis(y, 1, 0) : y))),
  ];
}

/** Of each input whether it is mapped, where a carry is if any step makes it so. */
function mappedCarries(
  operations: Operations,
  isMapped: readonly boolean[],
  carries: number,
): readonly boolean[] {
  const results = mappedResults(operations, isMapped);
  const grown = isMapped.map((is, i) => is || (i < carries && results[i]));
  return grown.every((is, i) => is === isMapped[i])
    ? grown
    : mappedCarries(operations, grown, carries);
}
