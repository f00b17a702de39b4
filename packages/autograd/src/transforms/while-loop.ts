/**
 * @file whileLoop: a loop that runs as long as a condition on its values holds, as one node, in forward mode.
 */
import { bindAll } from "../core/bind.ts";
import type { AnyRule, Primitive } from "../core/primitive.ts";
import { fromArray, type Tensor } from "../core/tensor.ts";
import { GradientError } from "../errors.ts";
import { cast } from "../primitives/cast.ts";
import { greater } from "../primitives/compare.ts";
import { reshape } from "../primitives/reshape.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { where } from "../primitives/where.ts";
import { flattenTensors, matchingLeaves } from "./arguments.ts";
import { mapOperations, mappedResults } from "./map-operations.ts";
import { type Mapped, spreadOver } from "./members.ts";
import { type Body, bodyOf, cut, writeAll } from "./body.ts";
import { requireOneBool } from "./cond.ts";
import { filled, floatingOf, type Parts, present, pushedThrough } from "./walk-operations.ts";

/**
 * `body` applied to `initial` again and again, as long as `condition` holds.
 *
 * - carry: tensors in any nesting, which keeps its nesting, shapes and dtypes; `condition` gives one bool
 * - both functions run once on values that are only shapes, and are repeated from their operations; they may close
 *   over anything, and cannot assign variables
 * - derivative: in forward mode (`jvp`, `linearize`, forward `jacobian`), of every order. In reverse mode there is
 *   none, since nothing says beforehand how many values would have to be kept: use `scan` with a bound
 * - under `vmap` the loop runs until the condition holds for no member; members that are done keep their values
 *
 * @throws DTypeError or ShapeError if the condition does not give one bool; GradientError if the next carry is not
 *   like the carry, and in reverse mode; ValueError if a function assigns a variable.
 * @example
 * whileLoop((x) => less(x, 100), (x) => mul(x, 2), tensor(3));   // 192
 */
export function whileLoop<C>(
  condition: (carry: C) => Tensor,
  body: (carry: C) => C,
  initial: C,
): C {
  const carry = flattenTensors("whileLoop", "the carry", initial);
  const found = loopFlat(
    (leaves) => condition(carry.rebuild(leaves) as C),
    (leaves) => {
      const next = body(carry.rebuild(leaves) as C);
      return matchingLeaves("whileLoop", "the next carry", next, carry);
    },
    carry.leaves,
  );
  return carry.rebuild(found) as C;
}

/** whileLoop, of flat lists. */
function loopFlat(
  condition: (carry: readonly Tensor[]) => Tensor,
  body: (carry: readonly Tensor[]) => readonly Tensor[],
  initial: readonly Tensor[],
): readonly Tensor[] {
  const avals = initial.map(({ aval }) => aval);
  const loop = {
    carries: initial.length,
    condition: bodyOf("whileLoop", "the condition", condition, avals),
    body: bodyOf("whileLoop", "the body", body, avals),
  };
  requireOneBool("whileLoop", "the condition", loop.condition.operations.resultAvals[0]);
  const inputs = [...initial, ...loop.condition.closure, ...loop.body.closure];
  return bindAll(primitiveOf(loop, inputs.length), inputs, null);
}

/** A loop as it is bound. Its inputs are the carry, and what condition and body close over. */
interface Loop {
  readonly carries: number;
  readonly condition: Body;
  readonly body: Body;
}

/** The inputs of a node, or what belongs to each of them. */
function partsOf<T>({ carries, condition }: Loop, inputs: readonly T[]) {
  const [carry, tested, used] = cut(inputs, carries, condition.closure.length);
  return { carry, tested, used };
}

function primitiveOf(loop: Loop, arity: number): Primitive<null> {
  const { operations } = loop.body;
  return Object.freeze({
    name: "whileLoop",
    arity,
    domain: [],
    cases: [],
    residuals: [...Array(arity).keys()],
    derivative: {
      kind: "custom",
      vjp: () => {
        throw new GradientError("whileLoop", {}, () => {
          return 'a loop whose number of steps depends on its values has no reverse mode. Use `scan` with as many steps as may be needed, or forward mode: `jvp`, `linearize`, or `jacobian` with mode "forward".';
        });
      },
      jvp: (tangents, rule) => pushForward(loop, tangents, rule),
    },
    abstractEval: () => operations.resultAvals,
    kernel: (_, avals) => ({
      kind: "opaque",
      run: (arrays, outputs) => {
        const given = arrays.map((array, i) => fromArray(array, avals[i].dtype));
        const { tested, used, ...initial } = partsOf(loop, given);
        let { carry } = initial;
        while (loop.condition.operations.repeat([...carry, ...tested]).results[0].item() === 1) {
          carry = operations.repeat([...carry, ...used]).results;
        }
        writeAll(outputs, carry);
      },
    }),
    mapped: (inputs, isMapped, size) => mapLoop(loop, inputs, isMapped, size),
  } satisfies Primitive);
}

/** The same loop, that carries tangents along. */
function pushForward(loop: Loop, tangents: Parts, { primals }: AnyRule): Parts {
  const { operations } = loop.body;
  const { carry, tested, used } = partsOf(loop, primals as readonly Tensor[]);
  const given = partsOf(loop, tangents);
  const moving = present(floatingOf(carry));
  const first = filled(given.carry, operations.resultAvals);
  const found = loopFlat(
    (all) => {
      const inputs = [...all.slice(0, carry.length), ...tested];
      return loop.condition.operations.repeat(inputs).results[0];
    },
    (all) => {
      const [now, dots] = cut(all, carry.length);
      const inputs = [...now, ...used];
      const along = [...moving.at(dots), ...given.used];
      const { results, tangents: next } = pushedThrough(operations, inputs, along);
      return [...results, ...filled(next, operations.resultAvals)];
    },
    [...carry, ...first],
  );
  return moving.at(found.slice(carry.length));
}

/** One loop for all members, that runs until all are done. */
function mapLoop(
  loop: Loop,
  inputs: readonly Tensor[],
  isMapped: readonly boolean[],
  size: number,
): readonly Tensor[] {
  const { carry, tested, used } = partsOf(loop, inputs);
  const { flags, choosesEach } = mappedCarries(loop, isMapped);
  const marked = partsOf(loop, flags);
  const all = (values: readonly Tensor[], are: readonly boolean[]): readonly Mapped[] =>
    values.map((value, i) => ({ value, isMapped: are[i] }));
  const test = (now: readonly Tensor[]): Mapped => {
    const given = [...all(now, marked.carry), ...all(tested, marked.tested)];
    return mapOperations(loop.condition.operations, given, size)[0];
  };
  const step = (now: readonly Tensor[]): readonly Tensor[] => {
    const given = [...all(now, marked.carry), ...all(used, marked.used)];
    return mapOperations(loop.body.operations, given, size).map((y, k) => {
      return marked.carry[k] ? spreadOver(y, size) : y.value;
    });
  };
  const initial = carry.map((value, k) => {
    return marked.carry[k] ? spreadOver({ value, isMapped: isMapped[k] }, size) : value;
  });
  const found = choosesEach
    ? loopFlat(
        (now) => greater(sum(cast(test(now).value, "int32")), 0),
        (now) => {
          const goesOn = test(now).value;
          return step(now).map((y, k) => {
            return where(reshape(goesOn, [size, ...y.shape.slice(1).map(() => 1)]), y, now[k]);
          });
        },
        initial,
      )
    : loopFlat((now) => test(now).value, step, initial);
  return all(found, marked.carry).map((y) => spreadOver(y, size));
}

/** Which inputs are mapped in the end, and whether the condition is: then every carry is. */
function mappedCarries(
  loop: Loop,
  isMapped: readonly boolean[],
): { readonly flags: readonly boolean[]; readonly choosesEach: boolean } {
  const { carry, tested, used } = partsOf(loop, isMapped);
  const [choosesEach] = mappedResults(loop.condition.operations, [...carry, ...tested]);
  const results = mappedResults(loop.body.operations, [...carry, ...used]);
  const flags = isMapped.map((is, i) => is || (i < loop.carries && (choosesEach || results[i])));
  const isFinal = flags.every((is, i) => is === isMapped[i]);
  return isFinal ? { flags, choosesEach } : mappedCarries(loop, flags);
}
