/**
 * @file One line of the table of operators: how PyTorch, JAX and TensorFlow call it, and how it is called here.
 *
 * The table is the migration guide (docs/operations.md is printed from it, the functions included) and what
 * the oracle runs, so that what the guide says is what was compared.
 */
import { reshape, Tensor } from "@tapegrad/autograd";

/**
 * Arguments by PyTorch's names. Each has the type `never`, which fits every parameter, so that a line of the
 * table reads as a user writes it; what they hold is decided by the fixtures.
 */
export type Arguments = Readonly<Record<string, never>>;

export interface Operation {
  readonly here: (args: Arguments) => unknown;
  readonly jax: string | null;
  readonly tensorflow: string | null;
  /** What differs on purpose: docs/singular-points.md says how. */
  readonly deviations?: readonly Deviation[];
  /** Why compile() refuses it. */
  readonly refused?: string;
}

/** Where results differ on purpose. */
export interface Deviation {
  readonly reason: string;
  /** At special points, or in derivatives of the first or second order. */
  readonly at: "edge" | "grads" | "grads2";
  /** By how much derivatives may differ, relative to the largest entry. */
  readonly within?: number;
}

/**
 * By PyTorch's signature, as `softmax(input, dim, dtype=None)`. A name without the suffix that a fixture has
 * (`max.binary`) serves all its cases that have no line of their own.
 */
export type Operations = Readonly<Record<string, Operation>>;

/** A line of the table: the call, then the names in JAX and in TensorFlow, null where there is none. */
export function op(
  here: Operation["here"],
  jax: string | null,
  tensorflow: string | null,
  more: Pick<Operation, "deviations" | "refused"> = {},
): Operation {
  return { here, jax, tensorflow, ...more };
}

/**
 * For operators along an axis. PyTorch lets a scalar have an axis, as if it were a vector of one element;
 * here that is refused, so a line of the table that meets scalars is wrapped in this.
 */
export function scalarAsVector(here: Operation["here"]): Operation["here"] {
  const lifted = (args: Arguments): unknown => {
    if (!Object.values(args).some((x: unknown) => x instanceof Tensor && x.rank === 0)) {
      return here(args);
    }
    const entries = Object.entries(args).map(([name, x]: [string, unknown]) => [name, lift(x)]);
    return lower(here(Object.fromEntries(entries) as Arguments));
  };
  return Object.assign(lifted, { inner: here });
}

function lift(x: unknown): unknown {
  return x instanceof Tensor && x.rank === 0 ? reshape(x, [1]) : x;
}

/** The results of a call with vectors of one element, as those of scalars. */
function lower(result: unknown): unknown {
  if (result instanceof Tensor) return result.size === 1 ? reshape(result, []) : result;
  if (typeof result !== "object" || result === null) return result;
  return Object.values(result).map(lower);
}

/** The text of a line's call, as a user would write it. */
export function textOf({ here }: Operation): string {
  return String("inner" in here ? here.inner : here);
}

/** What an operator of PyTorch returns, and what it leaves in arguments that it changes, by their names. */
export class Mutating {
  readonly result: unknown;
  readonly changed: Readonly<Record<string, Tensor>>;

  constructor(result: unknown, changed: Readonly<Record<string, Tensor>>) {
    this.result = result;
    this.changed = changed;
  }
}

/** A signature, taken apart. */
export interface Signature {
  readonly name: string;
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  readonly name: string;
  /** Takes all positional arguments that are left: `*tensors`. */
  readonly rest: boolean;
  /** undefined for None and for what must be given. */
  readonly initial: unknown;
}

/** `name(a, *rest, b=None)`. */
export function parseSignature(text: string): Signature {
  const open = text.indexOf("(");
  const inside = text.slice(open + 1, -1);
  // a default may be a list: split at commas outside of brackets
  const parts = inside === "" ? [] : inside.split(/,\s*(?![^[(]*[\])])/);
  const parameters = parts.map((part) => {
    const [name, initial] = part.split("=");
    return { name: name.replace(/^\*/, ""), rest: name.startsWith("*"), initial: literal(initial) };
  });
  return { name: text.slice(0, open), parameters };
}

const WORDS: Readonly<Record<string, unknown>> = { None: undefined, True: true, False: false };

function literal(text: string | undefined): unknown {
  if (text === undefined || text in WORDS) return WORDS[text ?? "None"];
  return JSON.parse(text.replaceAll("'", '"')) as unknown;
}

/** Arguments that say where and how PyTorch stores a result, which means nothing here. */
const STORAGE: ReadonlySet<string> = new Set(["device", "layout", "requires_grad", "pin_memory"]);

/** Arguments by name. An argument that the signature does not know is an error of the table. */
export function bindArguments(
  { name, parameters }: Signature,
  args: readonly unknown[],
  kwargs: Readonly<Record<string, unknown>>,
): Arguments {
  const bound: Record<string, unknown> = {};
  parameters.forEach((parameter, i) => {
    if (parameter.rest) bound[parameter.name] = args.slice(i);
    else bound[parameter.name] = i < args.length ? (args[i] ?? undefined) : parameter.initial;
  });
  const takesRest = parameters.some(({ rest }) => rest);
  if (args.length > parameters.length && !takesRest) throw misfit(name, `argument ${args.length}`);
  for (const [key, value] of Object.entries(kwargs)) {
    if (STORAGE.has(key)) continue;
    if (!(key in bound)) throw misfit(name, key);
    bound[key] = value ?? undefined;
  }
  return bound as Arguments;
}

function misfit(name: string, what: string): Error {
  return new Error(`internal: the signature of ${name} in the table has no ${what}`);
}
