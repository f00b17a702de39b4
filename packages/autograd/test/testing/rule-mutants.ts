/**
 * @file Mistakes inside of rules: each operation that a rule performs, changed in every way of mistakes.ts.
 *
 * A rule is written in tensor operations, so it can be recorded, and its tape performed again with one node
 * changed. What no longer gives the right avals is left out: the first law that looks would find it. A node
 * is met by its number, in whatever case has one of that number and primitive.
 */
import type { Primitive } from "@tapegrad/autograd";
import { type PrimitiveProblem, sampleProblem } from "@tapegrad/autograd/testing";
import { formatAval, sameAval } from "../../src/array/aval.ts";
import { OpError } from "../../src/errors.ts";
import { type Mistake, mistakesAt } from "./mistakes.ts";
import {
  type Intervene,
  perform,
  programOf,
  type RuleProgram,
  type Setting,
  settingAt,
  usesOf,
} from "./rule-programs.ts";
import { type Parts, type RunRule, type WrittenRule, writtenRules } from "./written-rules.ts";

export interface RuleMutant {
  /** `pow, partial 0, %4 = sub(%1, 1): operands swapped` */
  readonly text: string;
  readonly kind: Mistake["kind"];
  readonly mutant: Primitive;
}

const PROBLEMS = 8;

/** All mutants of all rules of `primitive`. */
export function ruleMutants(primitive: Primitive): readonly RuleMutant[] {
  const problems = Array.from({ length: PROBLEMS }, (_, seed) => sampleProblem(primitive, seed));
  return writtenRules(primitive).flatMap((rule) => mutantsOf(primitive, rule, problems));
}

function mutantsOf(
  primitive: Primitive,
  rule: WrittenRule,
  problems: readonly PrimitiveProblem[],
): readonly RuleMutant[] {
  const settings = problems
    .filter(({ inputs }) => inputs.every((x) => x.size > 0))
    .map((problem) => settingAt(rule, primitive, problem))
    .filter(({ given }) => given.length === 0 || given.some((x) => x !== null));
  if (settings.length === 0) return [];
  const programs = settings.map((setting) => programOf(rule.run, setting));
  const most = Math.max(...programs.map(({ recording }) => recording.nodes.length));
  const chosen = programs.findIndex(({ recording }) => recording.nodes.length === most);
  const [program, setting] = [programs[chosen], settings[chosen]];
  const { nodes, arguments: args } = program.recording;
  const uses = usesOf(program);
  const lines = String(program.tape)
    .split("\n")
    .filter((line) => !line.includes(" = input"));
  return nodes.flatMap((node, index) => {
    const { used, active } = uses[index];
    if (!used) return [];
    return mistakesAt(node, args.leaves.length, active).flatMap((mistake): RuleMutant[] => {
      const intervene: Intervene = (at, present, operands, given) =>
        at === index && present.primitive === node.primitive
          ? mistake.apply(present, operands, given)
          : null;
      if (!isViable(program, setting, index, intervene)) return [];
      const text = `${primitive.name}, ${rule.name}, ${lines[index]}: ${mistake.text}`;
      return [{ text, kind: mistake.kind, mutant: rule.with(mutated(rule.run, intervene)) }];
    });
  });
}

/** Whether the mistake can be made at all, and leaves every result its aval. */
function isViable(
  program: RuleProgram,
  setting: Setting,
  index: number,
  intervene: Intervene,
): boolean {
  let isMade = false;
  try {
    const results = perform(program, setting, (at, ...rest) => {
      const changed = intervene(at, ...rest);
      isMade ||= at === index && changed !== null;
      return changed;
    });
    const right = perform(program, setting, () => null);
    return isMade && results.every((x, k) => x === null || sameAval(x.aval, (right[k] ?? x).aval));
  } catch (error) {
    if (error instanceof OpError) return false;
    throw error;
  }
}

/** `run` as its program, with an intervention. Programs are kept by avals and params. */
function mutated(run: RunRule, intervene: Intervene): RunRule {
  const programs = new Map<string, RuleProgram>();
  return (given, rule): Parts => {
    const key = [
      ...given.map((x) => x && formatAval(x.aval)),
      ...rule.avals.map(formatAval),
      JSON.stringify(rule.params),
    ].join(" ");
    const program = programs.get(key) ?? programOf(run, { given, rule });
    programs.set(key, program);
    return perform(program, { given, rule }, intervene);
  };
}
