/**
 * @file The rules of one call as the rules of many calls at once, each of which is differentiated by itself. For a
 * node whose derivative does not follow from its operations.
 */
import type { AnyRule, Derivative } from "../core/primitive.ts";
import type { Tensor } from "../core/tensor.ts";
import { openTape } from "../core/variable.ts";
import { sum } from "../primitives/sum-broadcast-to.ts";
import { cut } from "./body.ts";
import { bindEnclosed, enclose, type NodeRules, type Operations } from "./enclose.ts";
import { mapOperations } from "./map-operations.ts";
import { type Mapped, spreadOver } from "./members.ts";
import { vmap } from "./vmap.ts";
import { type Parts, present } from "./walk-operations.ts";

type Custom = Extract<Derivative, { readonly kind: "custom" }>;

/** What a node states about one call. */
export interface MemberRules {
  readonly op: string;
  readonly residuals: NodeRules["residuals"];
  readonly derivative: Custom;
}

/** The rules of a node that does `operations`, and that `vmap` makes a node of the same kind for all members. */
export function withMembers(operations: Operations, rules: MemberRules): NodeRules {
  const { op, residuals, derivative } = rules;
  return {
    residuals,
    derivative,
    mapped: (inputs, isMapped, size) => {
      const all = (values: readonly Tensor[]): readonly Tensor[] => {
        const given = values.map((value, i) => ({ value, isMapped: isMapped[i] }));
        return mapOperations(operations, given, size).map((y) => spreadOver(y, size));
      };
      if (openTape() === null) return all(inputs);
      const enclosed = enclose(op, all, inputs);
      const each = memberwise(derivative, operations, isMapped, size);
      const ofAll = withMembers(enclosed.operations, { op, residuals, derivative: each });
      return bindEnclosed(enclosed, ofAll) as readonly Tensor[];
    },
  };
}

/** The rules for members along the first axis of every result, and of the inputs that are mapped. */
function memberwise(
  derivative: Custom,
  { inputAvals: avals }: Operations,
  isMapped: readonly boolean[],
  size: number,
): Custom {
  /** What `walk` gives for each member: of its own part of `given`, and of what its rule reads. */
  const each = (given: readonly (Mapped | null)[], rule: AnyRule, walk: Walk): Parts => {
    const parts = present(given);
    const kept = present(
      rule.primals.map((value, i) =>
        value === undefined ? null : { value, isMapped: isMapped[i] },
      ),
    );
    const outputs = (rule.outputs ?? []).map((value) => ({ value, isMapped: true }));
    return eachMember([...parts.values, ...kept.values, ...outputs], size, (values) => {
      const [own, primals, results] = cut(values, parts.values.length, kept.values.length);
      return walk(parts.at(own), {
        primals: kept.at(primals).map((x) => x ?? undefined),
        output: undefined,
        outputs: rule.outputs && results,
        avals,
        params: rule.params,
      });
    });
  };
  return {
    kind: "custom",
    vjp: (cotangents, rule, wanted) => {
      const given = cotangents.map((value) => value && { value, isMapped: true });
      const found = each(given, rule, (own, member) => derivative.vjp(own, member, wanted));
      // an input that all members share has the cotangents of all of them
      return found.map((x, i) => x && (isMapped[i] ? x : sum(x, { axes: 0 })));
    },
    jvp: (tangents, rule) => {
      const given = tangents.map((value, i) => value && { value, isMapped: isMapped[i] });
      return each(given, rule, (own, member) => derivative.jvp(own, member));
    },
  };
}

type Walk = (given: Parts, rule: AnyRule) => Parts;

/** What `f` gives for the values of each member, the members along a first axis. */
function eachMember(
  values: readonly Mapped[],
  size: number,
  f: (values: readonly Tensor[]) => Parts,
): Parts {
  let found: Parts = [];
  const run = (...own: readonly Tensor[]): readonly Tensor[] => {
    found = f(own);
    return present(found).values;
  };
  const given = values.map(({ value }) => value);
  const inAxes = values.map((x) => (x.isMapped ? 0 : null));
  const results = inAxes.includes(0)
    ? vmap(run, { inAxes })(...given)
    : run(...given).map((value) => spreadOver({ value, isMapped: false }, size));
  return present(found).at(results);
}
