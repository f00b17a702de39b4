/**
 * @file The suite "safetensors": files of the official library. The models in them are built of this library's
 * layers, given the stored weights, and compared with PyTorch's outputs; every other tensor with its decoded values.
 *
 * A model runs in the stored dtype and in float64 with the same weights, widened. float64 is held to 1e-9 of the
 * largest entry, float32 to 1e-4; decoded values are equal. Every file is read whole and lazily.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cast, compile, type DType, type Tensor, ValueError } from "@tapegrad/autograd";
import { loadTorchStateDict, type Safetensors, type StoredTensor } from "@tapegrad/nn";
import { openSafetensors, readSafetensors } from "@tapegrad/nn/node";
import { DescribedModel } from "./described-model.ts";
import { decodeTensor, type StoredTensor as Expected } from "./fixtures.ts";
import { mapped } from "./mapped.ts";
import { Comparison } from "./modules/closeness.ts";
import type { Check, Suite, SuiteContext } from "./suite.ts";

interface Manifest {
  readonly files: readonly {
    readonly file: string;
    readonly io: string;
    readonly tensors: number;
  }[];
}

/** What stands beside a file: a model and its outputs, or decoded values. */
interface Beside {
  readonly model?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly state_keys?: readonly string[];
  readonly input?: Expected;
  readonly output?: Expected;
  readonly output_float64?: Expected;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tensors?: Readonly<Record<string, Decoded>>;
}

interface Decoded {
  /** The name in the file. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** NaN and infinities are strings. */
  readonly data: readonly (number | string)[];
}

export const safetensors: Suite = function* (context): Generator<Check> {
  const folder = join(context.oracle, "safetensors");
  const { files } = readJson<Manifest>(join(folder, "MANIFEST.json"));
  for (const { file, io, tensors } of files) {
    const group = file.replace(/\.safetensors$/, "");
    if (context.only !== undefined && context.only !== group) continue;
    const path = join(folder, file);
    const beside = readJson<Beside>(join(folder, io));
    for (const check of checksOf(group, path, tensors, beside, context)) yield { group, ...check };
  }
};

function* checksOf(
  group: string,
  path: string,
  count: number,
  beside: Beside,
  context: SuiteContext,
): Generator<Check> {
  const stored = readSafetensors(path);
  yield checkNames(`${group}/names`, stored, count, beside);
  yield checkLazily(`${group}/lazily`, path, stored);
  for (const [name, expected] of Object.entries(beside.tensors ?? {})) {
    yield checkDecoded(`${group}/${name}`, path, name, expected, stored.tensors.get(name));
  }
  const { input, output, output_float64 } = beside;
  for (const expected of [output, output_float64]) {
    if (input === undefined || expected === undefined) continue;
    const id = `${group}/${expected.tensor}`;
    yield checkModel(id, stored, beside, decodeTensor(input), expected, context);
  }
}

/** The header: as many tensors as the manifest says, those that the file beside it names, and its texts. */
function checkNames(id: string, stored: Safetensors, count: number, beside: Beside): Check {
  const names = [...stored.tensors.keys()].toSorted();
  const expected = (beside.state_keys ?? Object.keys(beside.tensors ?? {})).toSorted();
  const texts = beside.metadata ?? {};
  const wrongText = Object.keys(texts).find((key) => stored.metadata.get(key) !== texts[key]);
  if (names.length !== count) return failed(id, `${names.length} tensors instead of ${count}`);
  if (String(names) !== String(expected))
    return failed(id, `${names.join()} instead of ${expected.join()}`);
  return wrongText === undefined ? { status: "passed" } : failed(id, `metadata ${wrongText}`);
}

/** Read one by one, tensors are what they are when the file is read whole. */
function checkLazily(id: string, path: string, stored: Safetensors): Check {
  const file = openSafetensors(path);
  const names = [...stored.tensors.keys()];
  const read = names.map((name) => file.read(name));
  file.close();
  const wrong = names.find((_, i) => !sameBits(read[i], stored.tensors.get(names[i])));
  if (wrong === undefined) return { status: "passed" };
  return failed(id, `${wrong} is not what it is in the whole file`);
}

function sameBits(a: StoredTensor, b: StoredTensor | undefined): boolean {
  if (b === undefined) return false;
  const bits = ({ data }: StoredTensor): Buffer =>
    Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return a.dtype === b.dtype && String(a.shape) === String(b.shape) && bits(a).equals(bits(b));
}

/** The values that other software decoded, exactly. */
function checkDecoded(
  id: string,
  path: string,
  name: string,
  expected: Decoded,
  found: StoredTensor | undefined,
): Check {
  const file = openSafetensors(path);
  file.close();
  const dtype = file.descriptions.get(name)?.dtype;
  if (found === undefined || dtype !== expected.dtype)
    return failed(id, `dtype ${dtype ?? "missing"}`);
  if (String(found.shape) !== String(expected.shape))
    return failed(id, `shape [${found.shape.join()}]`);
  const wrong = expected.data.findIndex(
    (value, i) => !Object.is(Number(found.data[i]), Number(value)),
  );
  if (wrong < 0 && found.data.length === expected.data.length)
    return { status: "passed", error: 0 };
  return failed(id, `at [${wrong}]: ${found.data[wrong]} instead of ${expected.data[wrong]}`);
}

/** The output of a model with the stored weights, in the dtype of the expected one. */
function checkModel(
  id: string,
  { tensors }: Safetensors,
  { model = "", config = {} }: Beside,
  input: Tensor,
  expected: Expected,
  context: SuiteContext,
): Check {
  const comparison = new Comparison();
  const dtype: DType = expected.tensor === "float64" ? "float64" : "float32";
  try {
    const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
    const built = new DescribedModel({ model, config, shapes }, dtype);
    loadTorchStateDict(built, tensors);
    const x = input.dtype === "int32" ? input : cast(input, dtype);
    comparison.compare("output", runner((x: Tensor) => built.forward(x), context)(x), expected);
  } catch (thrown) {
    return failed(id, String(thrown).split("\n")[0]);
  }
  return comparison.check(id, 0);
}

function runner(f: (x: Tensor) => Tensor, context: SuiteContext): (x: Tensor) => Tensor {
  const once = context.mapped ? mapped(f) : f;
  return context.compiled ? compile(once) : once;
}

const failed = (id: string, problem: string): Check => ({ status: "failed", id, problem });

function readJson<T>(file: string): T {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as T;
  throw new ValueError("oracle", { file }, () => {
    return `there is no file ${file}. Set ORACLE_DIR to the folder with the fixtures.`;
  });
}
