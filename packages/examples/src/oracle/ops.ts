/**
 * @file The suite "ops": every sample of every operator, its value, its gradients and its second derivatives.
 *
 * One function computes all three and is run eagerly or compiled: the results, the gradient of Σ ⟨out, cotangent⟩,
 * and the gradient of Σ ⟨gradient, r⟩. Which arguments are differentiated is what the sample lists gradients of.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, OpError, record, Tensor, ValueError, vjp } from "@tapegrad/autograd";
import { compareTensor, type Outcome, type Rule, type Tolerance } from "./compare.ts";
import {
  decodeTensor,
  decodeValue,
  isStored,
  numbersOf,
  readLines,
  type StoredTensor,
} from "./fixtures.ts";
import { mapped } from "./mapped.ts";
import { type Entry, OMITTED, operationFor } from "./operations/index.ts";
import { bindArguments, Mutating } from "./operations/operation.ts";
import type { Check, Suite, SuiteContext } from "./suite.ts";
import { processed, wrapped } from "./wrappers.ts";

type Stored = Readonly<Record<string, StoredTensor>>;

/** One call of an operator and what PyTorch made of it. */
interface Sample {
  readonly op: string;
  readonly id: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly out: readonly unknown[];
  readonly cotangents?: Stored;
  readonly grads?: Stored;
  readonly r?: Stored;
  /** null is zero. */
  readonly grads2?: Readonly<Record<string, StoredTensor | null>>;
  readonly mutated?: Stored;
  readonly noise?: { readonly out?: number; readonly grads?: number; readonly grads2?: number };
  readonly edge?: boolean;
  readonly process?: string;
  readonly wrapper?: string;
}

interface ManifestOp {
  readonly op: string;
  readonly category: string;
  readonly file: string;
  /** For all samples, also for those that do not repeat it. */
  readonly wrapper?: string;
  readonly tolerance_override: {
    readonly float32?: { readonly atol: number; readonly rtol: number };
  };
}

/** What a sample is held to. float64: a hundredth of what PyTorch's own tests ask for. */
const FLOAT64 = 1e-9;
const FLOAT32: Tolerance = { absolute: 1e-5, relative: 1.3e-6 };
/** How many times the error of an ill-conditioned sample may exceed its noise, which is for changes of 1e-15. */
const NOISE_FACTOR = 100;

export const ops: Suite = function* (context): Generator<Check> {
  const folder = join(context.oracle, "ops");
  for (const entry of readManifest(join(folder, "MANIFEST.json"))) {
    const { only } = context;
    if (only !== undefined && entry.op !== only && entry.category !== only) continue;
    const { wrapper } = entry;
    for (const line of readLines<Sample>(join(folder, entry.file))) {
      const sample = wrapper === undefined ? line : { ...line, wrapper };
      yield { group: entry.op, ...checkSample(sample, entry, context) };
    }
  }
};

/** The names of the primitives that a line of the table performs for its largest sample, each once, in their order. */
export function primitivesOf(entry: Entry, oracle: string): readonly string[] {
  const folder = join(oracle, "ops");
  const samples = readManifest(join(folder, "MANIFEST.json"))
    .filter(({ op }) => operationFor(op) === entry)
    .flatMap(({ file }) => [...readLines<Sample>(join(folder, file))]);
  return samples
    .map((sample) => primitivesIn(sample, entry))
    .reduce((longest, names) => (names.length > longest.length ? names : longest), []);
}

function primitivesIn(sample: Sample, entry: Entry): readonly string[] {
  const given = tensorsOf(sample);
  const paths = [...given.keys()];
  const tape = record(
    (inputs: readonly Tensor[]) => {
      const { out } = call(sample, entry, new Map(paths.map((path, i) => [path, inputs[i]])));
      return out.filter((x) => x instanceof Tensor);
    },
    [...given.values()],
  );
  return [...new Set(tape.nodes.map(({ primitive }) => primitive.name))];
}

function readManifest(file: string): readonly ManifestOp[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new ValueError("oracle", { file }, () => {
      return `there is no file ${file}. Set ORACLE_DIR to the folder with the fixtures.`;
    });
  }
  return (JSON.parse(text) as { readonly ops: readonly ManifestOp[] }).ops;
}

function checkSample(sample: Sample, manifest: ManifestOp, context: SuiteContext): Check {
  const id = `${sample.op}/${sample.id}`;
  const omitted = OMITTED[sample.op];
  if (omitted !== undefined) return { status: "skipped", id, reason: omitted };
  const entry = operationFor(sample.op);
  if (entry === null) return { status: "failed", id, problem: "has no line in the table" };
  try {
    if (context.mapped && tensorsOf(sample).size === 0) {
      return { status: "skipped", id, reason: "there is no tensor to map over" };
    }
    const results = run(sample, entry, context);
    const { problem, error } = compareSample(sample, manifest, results);
    if (problem === null) {
      // a difference in float32 is that of PyTorch's roundings
      return { status: "passed", error: isFloat32(sample) ? 0 : error, order: orderOf(sample) };
    }
    const deviation = deviationOf(sample, manifest, entry, results);
    if (deviation !== null) return { status: "skipped", id, reason: `deviation: ${deviation}` };
    return { status: "failed", id, problem };
  } catch (thrown) {
    const text = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
    const { compiled, mapped } = context;
    if ((compiled || mapped) && entry.refused !== undefined && isRefusal(thrown)) {
      const by = compiled ? "compile" : "vmap";
      return { status: "skipped", id, reason: `refused by ${by}(): ${entry.refused}` };
    }
    return { status: "failed", id, problem: text.split("\n")[0] };
  }
}

/** Why results that differ do so on purpose; null where they do not. */
function deviationOf(
  sample: Sample,
  manifest: ManifestOp,
  entry: Entry,
  results: Results,
): string | null {
  const { deviations = [] } = entry;
  const found = deviations.find(({ at, within = FLOAT64 }) => {
    if (at === "edge") return sample.edge === true;
    return compareSample(sample, manifest, results, { [at]: within }).problem === null;
  });
  return (
    found?.reason ?? (isFloat32(sample) ? roundedWorse(sample, manifest, entry, results) : null)
  );
}

function isFloat32({ args, out }: Sample): boolean {
  return JSON.stringify([args, out]).includes('"tensor":"float32"');
}

/**
 * PyTorch computes in float32 what is computed here in float64 and rounded once. Where its result is further from
 * that of the same call in float64 than it allows itself, and ours is not, the difference is its rounding.
 */
function roundedWorse(
  sample: Sample,
  manifest: ManifestOp,
  entry: Entry,
  results: Results,
): string | null {
  const exact = run(widened(sample), entry, EAGERLY);
  const asStored = (found: unknown, like: unknown): unknown => {
    if (!(found instanceof Tensor) || !isStored(like)) return like;
    return { ...like, data: Array.from(found.toTypedArray()) };
  };
  const record = <T>(like: Readonly<Record<string, T>> | undefined, list: readonly Tensor[]) =>
    like && Object.fromEntries(Object.entries(like).map(([k, v], i) => [k, asStored(list[i], v)]));
  const truth = {
    ...sample,
    out: sample.out.map((like, k) => asStored(exact.out[k], like)),
    grads: record(sample.grads, exact.grads),
    grads2: record(sample.grads2, exact.grads2),
  } as Sample;
  const { problem } = compareSample(truth, manifest, results);
  // a rounding, and nothing else
  if (compareSample(sample, loosened(manifest), results).problem !== null) return null;
  return problem === null
    ? "PyTorch's float32 result is further from the float64 one than ours"
    : null;
}

/**
 * What no rounding exceeds, relative to each entry or to one of unit size. PyTorch's float32 gradient of logcumsumexp is
 * 8e-4 off.
 */
function loosened(manifest: ManifestOp): ManifestOp {
  return { ...manifest, tolerance_override: { float32: { atol: 1e-2, rtol: 1e-2 } } };
}

/** The same call with every float32 number in float64. */
function widened(sample: Sample): Sample {
  const text = JSON.stringify(sample, (_, value: unknown) => {
    if (!isStored(value) || value.tensor !== "float32") return value;
    return { tensor: "float64", shape: value.shape, data: Array.from(numbersOf(value), String) };
  });
  return JSON.parse(text) as Sample;
}

/** Whether an error says that numbers were asked for while there are none. */
function isRefusal(thrown: unknown): boolean {
  return thrown instanceof OpError && thrown.message.includes("while a function is compiled");
}

function orderOf({ grads, grads2 }: Sample): 0 | 1 | 2 {
  if (grads2 !== undefined) return 2;
  return grads === undefined ? 0 : 1;
}

interface Results {
  readonly out: readonly unknown[];
  readonly mutated: Readonly<Record<string, Tensor>>;
  readonly grads: readonly Tensor[];
  readonly grads2: readonly Tensor[];
}

/** @param within other tolerances of float64 for derivatives. */
function compareSample(
  sample: Sample,
  { tolerance_override }: ManifestOp,
  results: Results,
  within: Readonly<Partial<Record<"grads" | "grads2", number>>> = {},
): Outcome {
  const { float32 } = tolerance_override;
  const rule = (
    noise: number | undefined,
    least = FLOAT64,
    isFree?: (at: number) => boolean,
  ): Rule => ({
    float64: Math.max(least, NOISE_FACTOR * (noise ?? 0)),
    float32: float32 === undefined ? FLOAT32 : { absolute: float32.atol, relative: float32.rtol },
    ...(isFree && { isFree }),
  });
  const outcomes: Outcome[] = [];
  const note = (what: string, { problem, error }: Outcome): void => {
    outcomes.push({ problem: problem === null ? null : `${what} ${problem}`, error });
  };
  if (results.out.length !== sample.out.length) {
    const problem = `${results.out.length} results instead of ${sample.out.length}`;
    return { problem, error: Number.POSITIVE_INFINITY };
  }
  const { noise } = sample;
  sample.out.forEach((expected, k) => {
    note(`out[${k}]`, compareResult(results.out[k], expected, rule(noise?.out)));
  });
  for (const [path, expected] of Object.entries(sample.mutated ?? {})) {
    const found = results.mutated[path];
    if (found === undefined) throw new Error(`internal: the table changes no ${path}`);
    note(`mutated ${path}`, compareTensor(found, expected, rule(noise?.out)));
  }
  Object.entries(sample.grads ?? {}).forEach(([path, expected], k) => {
    const free = sample.edge === true ? besideNaN(sample, expected) : undefined;
    note(
      `grads ${path}`,
      compareTensor(results.grads[k], expected, rule(noise?.grads, within.grads, free)),
    );
  });
  Object.entries(sample.grads2 ?? {}).forEach(([path, expected], k) => {
    note(
      `grads2 ${path}`,
      compareTensor(results.grads2[k], expected, rule(noise?.grads2, within.grads2)),
    );
  });
  const problem = outcomes.find((outcome) => outcome.problem !== null)?.problem ?? null;
  return { problem, error: Math.max(0, ...outcomes.map(({ error }) => error)) };
}

function compareResult(found: unknown, expected: unknown, rule: Rule): Outcome {
  if (isStored(expected) && found instanceof Tensor) return compareTensor(found, expected, rule);
  // PyTorch answers some questions with a plain number or boolean; here the answer is a tensor without axes
  const plain = found instanceof Tensor && found.rank === 0 ? found.toArray() : found;
  if (plain === expected) return { problem: null, error: 0 };
  const problem = `${String(found)}, expected ${JSON.stringify(expected)}`;
  return { problem, error: Number.POSITIVE_INFINITY };
}

/** Places of a gradient where an argument of its shape is NaN: the gradient there is not specified. */
function besideNaN(sample: Sample, gradient: StoredTensor): (at: number) => boolean {
  const shape = String(gradient.shape);
  const beside = [...sample.args, ...Object.values(sample.kwargs)]
    .filter(isStored)
    .filter((x) => String(x.shape) === shape)
    .map(numbersOf);
  return (at) => beside.some((numbers) => Number.isNaN(numbers[at]));
}

type Way = Pick<SuiteContext, "compiled" | "mapped">;

const EAGERLY: Way = { compiled: false, mapped: false };

/** Results, gradients and second derivatives of a sample, from one function, which may be mapped and compiled. */
function run(sample: Sample, entry: Entry, way: Way): Results {
  const given = tensorsOf(sample);
  const wanted = Object.keys(sample.grads ?? {});
  const second = Object.keys(sample.grads2 ?? {});
  const paths = [...new Set([...wanted, ...second])];
  const cotangents = Object.values(sample.cotangents ?? {}).map(decodeTensor);
  const seeded = Object.keys(sample.cotangents ?? {}).map(Number);
  const directions = Object.entries(sample.r ?? {});
  const all = [...given.keys()];

  const compute = (inputs: readonly Tensor[]): Results => {
    const byPath = new Map(all.map((path, i) => [path, inputs[i]]));
    let out: readonly unknown[] = [];
    let mutated: Readonly<Record<string, Tensor>> = {};
    const evaluate = (leaves: readonly Tensor[]): readonly Tensor[] => {
      const replaced = new Map([...byPath, ...paths.map((path, i) => [path, leaves[i]] as const)]);
      const result = call(sample, entry, replaced);
      mutated = result.mutated;
      out = result.out;
      return seeded.map((k) => requireTensor(out[k]));
    };
    const primals = paths.map((path) => requireTensor(byPath.get(path)));
    if (paths.length === 0) {
      evaluate([]);
      return { out, mutated, grads: [], grads2: [] };
    }
    const gradients = (leaves: readonly Tensor[]): readonly Tensor[] => {
      const [found] = vjp(evaluate, leaves).pullback(cotangents);
      return found;
    };
    // one run for the results and first gradients, another inside the second derivative
    const first = gradients(primals);
    const [values, changed] = [out, mutated];
    const grads = wanted.map((path) => first[paths.indexOf(path)]);
    if (second.length === 0) return { out: values, mutated: changed, grads, grads2: [] };
    const inner = (leaves: readonly Tensor[]): readonly Tensor[] => {
      const found = gradients(leaves);
      return directions.map(([path]) => found[paths.indexOf(path)]);
    };
    const [pulled] = vjp(inner, primals).pullback(directions.map(([, r]) => decodeTensor(r)));
    const grads2 = second.map((path) => pulled[paths.indexOf(path)]);
    return { out: values, mutated: changed, grads, grads2 };
  };
  const values = all.map((path) => requireTensor(given.get(path)));
  const chosen = way.mapped ? mapped(compute) : compute;
  if (!way.compiled) return chosen(values);
  return (compile(chosen as never) as unknown as typeof chosen)(values);
}

/** The tensors of a call by their paths. */
function tensorsOf(sample: Sample): ReadonlyMap<string, Tensor> {
  const found = new Map<string, Tensor>();
  const visit = (value: unknown, path: string): void => {
    if (isStored(value)) found.set(path, decodeTensor(value));
    if (!Array.isArray(value)) return;
    for (const [i, entry] of value.entries()) visit(entry, `${path}[${i}]`);
  };
  visit(sample.args, "args");
  for (const [key, value] of Object.entries(sample.kwargs)) visit(value, `kwargs.${key}`);
  return found;
}

interface Called {
  readonly out: readonly unknown[];
  readonly mutated: Readonly<Record<string, Tensor>>;
}

function call(sample: Sample, entry: Entry, tensors: ReadonlyMap<string, Tensor>): Called {
  const args = sample.args.map((value, i) => decodeValue(value, `args[${i}]`, tensors));
  const kwargs = Object.fromEntries(
    Object.entries(sample.kwargs).map(([key, value]) => {
      return [key, decodeValue(value, `kwargs.${key}`, tensors)];
    }),
  );
  const bound = bindArguments(entry.signature, ...wrapped(sample.wrapper, args, kwargs));
  const returned = entry.here(bound);
  const { result, changed } =
    returned instanceof Mutating ? returned : { result: returned, changed: {} };
  const mutated = Object.fromEntries(
    Object.entries(changed).map(([name, value]) => [pathOf(name, sample, entry), value]),
  );
  return { out: processed(sample.process, listed(result)), mutated };
}

/** Where the argument of that name stands in the sample. */
function pathOf(name: string, sample: Sample, { signature }: Entry): string {
  const position = signature.parameters.findIndex((parameter) => parameter.name === name);
  return position < sample.args.length ? `args[${position}]` : `kwargs.${name}`;
}

/** The parts of a result in their order. */
function listed(result: unknown): readonly unknown[] {
  if (result instanceof Tensor || typeof result !== "object" || result === null) return [result];
  return Object.values(result).flatMap(listed);
}

function requireTensor(value: unknown): Tensor {
  if (value instanceof Tensor) return value;
  throw new Error(`internal: ${String(value)} is no tensor`);
}
