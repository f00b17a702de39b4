/**
 * @file The rules of a primitive as its author wrote them, each of which can be replaced by itself: a partial, the
 * transpose for one input, a pullback, a tangent.
 */
import type { Derivative, Primitive, Tensor } from "@tapegrad/autograd";

type Custom = Extract<Derivative, { readonly kind: "custom" }>;
export type AnyRule = Parameters<Custom["vjp"]>[1];

/** Of each input, or of each result; null for zero. */
export type Parts = readonly (Tensor | null)[];

/** What a rule makes of cotangents or tangents (none for a partial), and of what it may read. */
export type RunRule = (given: Parts, rule: AnyRule) => Parts;

export interface WrittenRule {
  readonly name: string;
  /** What it is given: nothing, cotangents (and the other operand of a product), or tangents. */
  readonly takes: "nothing" | "cotangents" | "cotangent and other" | "tangents";
  /** The input that it is about; null if it is about all. */
  readonly input: number | null;
  readonly run: RunRule;
  /** The primitive with `run` in its place. */
  with(run: RunRule): Primitive;
}

/** What problems give to a primitive that takes any number of inputs. */
const VARIADIC_INPUTS = 2;

export function writtenRules(primitive: Primitive): readonly WrittenRule[] {
  const { derivative, arity } = primitive;
  const replaced = (changed: Derivative): Primitive => ({ ...primitive, derivative: changed });
  const tensorOf = (parts: Parts): Tensor => parts[0] as Tensor;
  switch (derivative.kind) {
    case "none":
      return [];
    case "partials":
      return derivative.partials.map((partial, input) => ({
        name: `partial ${input}`,
        takes: "nothing",
        input,
        run: (_, rule) => [partial(rule)],
        with: (run) =>
          replaced({
            ...derivative,
            partials: derivative.partials.with(input, (rule) => tensorOf(run([], rule))),
          }),
      }));
    case "linear": {
      const count = Number.isFinite(arity) ? arity : VARIADIC_INPUTS;
      const all = Array.from({ length: count }, (_, i) => i);
      const inputs = derivative.inputs === "all" ? all : derivative.inputs;
      return inputs.map((input) => ({
        name: `transpose to ${input}`,
        takes: "cotangents",
        input,
        run: ([c], rule) => [derivative.transpose(c as Tensor, rule, input)],
        with: (run) =>
          replaced({
            ...derivative,
            transpose: (c: Tensor, rule: AnyRule, i: number) =>
              i === input ? tensorOf(run([c], rule)) : derivative.transpose(c, rule, i),
          }),
      }));
    }
    case "bilinear":
      return [0, 1].map((input) => ({
        name: `transpose to ${input}`,
        takes: "cotangent and other",
        input,
        run: ([c, other], rule) => [
          derivative.transpose(c as Tensor, other as Tensor, rule, input),
        ],
        with: (run) =>
          replaced({
            ...derivative,
            transpose: (c, other, rule, i) =>
              i === input
                ? tensorOf(run([c, other], rule))
                : derivative.transpose(c, other, rule, i),
          }),
      }));
    case "custom":
      return [
        {
          name: "pullback",
          takes: "cotangents",
          input: null,
          run: (cs, rule) => derivative.vjp(cs, rule),
          with: (run) => replaced({ ...derivative, vjp: (cs, rule) => run(cs, rule) }),
        },
        {
          name: "tangent",
          takes: "tangents",
          input: null,
          run: (ts, rule) => derivative.jvp(ts, rule),
          with: (run) => replaced({ ...derivative, jvp: (ts, rule) => run(ts, rule) }),
        },
      ];
  }
}
