/**
 * @file A rule as a program: recorded for the avals at hand, and performed again, with a say in what each node gives.
 */
import { bindAll, type Primitive, record, type Tape, Tensor } from "@tapegrad/autograd";
import type { PrimitiveProblem } from "@tapegrad/autograd/testing";
import { isFloating } from "../../src/array/dtype.ts";
import { recordingOf } from "../../src/transforms/record.ts";
import { isInput, type Recording, type TapeNode } from "../../src/transforms/recording.ts";
import type { AnyRule, Parts, RunRule, WrittenRule } from "./written-rules.ts";

export type { TapeNode } from "../../src/transforms/recording.ts";

export interface RuleProgram {
  readonly tape: Tape;
  readonly recording: Recording;
  /** Of each part of the result whether there is one. */
  readonly present: readonly boolean[];
}

/** What a rule is given and may read. */
export interface Setting {
  readonly given: Parts;
  readonly rule: AnyRule;
}

/** What node `index` gives instead of what it would; null for no change. */
export type Intervene = (
  index: number,
  node: TapeNode,
  operands: readonly Tensor[],
  args: readonly Tensor[],
) => Tensor | null;

const abstract = ({ aval }: Tensor): Tensor => new Tensor(aval, null);

/** All tensors of a setting, and the setting made of others in their place. */
function argumentsOf({ given, rule }: Setting): {
  readonly args: readonly Tensor[];
  rebuild(args: readonly Tensor[]): Setting;
} {
  const { primals, output, outputs } = rule;
  const parts = [given, primals, [output], outputs ?? []] as const;
  const args = parts.flat().filter((x) => x !== null && x !== undefined);
  return {
    args,
    rebuild(others) {
      let next = 0;
      const take = <X extends Tensor | null | undefined>(x: X): X =>
        x ? (others[next++] as X) : x;
      return {
        given: given.map(take),
        rule: {
          ...rule,
          primals: primals.map(take),
          output: take(output),
          outputs: outputs?.map(take),
        },
      };
    },
  };
}

/** The operations that `run` performs in `setting`, recorded without numbers. */
export function programOf(run: RunRule, setting: Setting): RuleProgram {
  const { args, rebuild } = argumentsOf(setting);
  let present: readonly boolean[] = [];
  const tape = record(
    (...xs: readonly Tensor[]) => {
      const { given, rule } = rebuild(xs);
      const parts = run(given, rule);
      present = parts.map((part) => part !== null);
      return parts.filter((part) => part !== null);
    },
    ...args.map(abstract),
  );
  return { tape, recording: recordingOf(tape), present };
}

/** What the program gives in a setting of the same avals. */
export function perform(
  { recording, present }: RuleProgram,
  setting: Setting,
  intervene: Intervene,
): Parts {
  const { args } = argumentsOf(setting);
  const values: Tensor[] = [];
  recording.arguments.leaves.forEach((index, i) => {
    values[index] = args[i];
  });
  const valueOf = (x: number | Tensor): Tensor => (typeof x === "number" ? values[x] : x);
  let index = 0;
  for (const node of recording.entries) {
    if (isInput(node)) continue;
    const operands = node.operands.map(valueOf);
    const changed = intervene(index++, node, operands, args);
    const results = changed === null ? bindAll(node.primitive, operands, node.params) : [changed];
    results.forEach((result, k) => {
      values[node.results[k]] = result;
    });
  }
  const results = recording.outputs.leaves.map(valueOf);
  let next = 0;
  return present.map((is) => (is ? results[next++] : null));
}

/** The setting of a rule at a problem, without numbers. */
export function settingAt(
  { takes, input }: WrittenRule,
  { residuals, ...primitive }: Primitive,
  problem: PrimitiveProblem,
): Setting {
  const { params } = problem;
  const inputs = problem.inputs.map(abstract);
  const outputs = bindAll({ residuals, ...primitive }, inputs, params);
  const rule: AnyRule = {
    primals: inputs.map((x, i) => (residuals.includes(i) ? x : undefined)),
    output: residuals.includes("output") ? outputs[0] : undefined,
    outputs: residuals.includes("outputs") ? outputs : undefined,
    avals: inputs.map((x) => x.aval),
    params,
  };
  const floating = (xs: readonly Tensor[]): Parts =>
    xs.map((x) => (isFloating(x.dtype) ? abstract(x) : null));
  switch (takes) {
    case "nothing":
      return { given: [], rule };
    case "cotangents":
      return { given: floating(outputs), rule };
    case "cotangent and other":
      return { given: [abstract(outputs[0]), rule.primals[1 - (input ?? 0)] ?? null], rule };
    case "tangents":
      return { given: floating(inputs), rule };
  }
}

/** Of the nodes what is made of their results. */
export interface Use {
  /** A result of the rule depends on them. */
  readonly used: boolean;
  /** And so does its derivative: by way of derivatives alone, from what the rule is given. */
  readonly active: boolean;
}

export function usesOf({ recording }: RuleProgram): readonly Use[] {
  const { nodes, avals, arguments: args, outputs } = recording;
  const moves = avals.map(() => false);
  for (const index of args.leaves) moves[index] = isFloating(avals[index].dtype);
  for (const { primitive, operands, results } of nodes) {
    if (primitive.derivative.kind === "none") continue;
    if (!operands.some((x) => typeof x === "number" && moves[x])) continue;
    for (const index of results) moves[index] = isFloating(avals[index].dtype);
  }
  const used = new Set(outputs.leaves);
  const counts = new Set(outputs.leaves);
  const uses = nodes.toReversed().map(({ primitive, operands, results }): Use => {
    const isUsed = results.some((index) => used.has(index));
    const isCounted = results.some((index) => counts.has(index));
    if (isUsed) for (const x of operands) used.add(x);
    if (isCounted && primitive.derivative.kind !== "none") for (const x of operands) counts.add(x);
    return { used: isUsed, active: isCounted && results.some((index) => moves[index]) };
  });
  return uses.toReversed();
}
