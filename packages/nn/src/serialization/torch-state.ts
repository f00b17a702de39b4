/**
 * @file State dicts of PyTorch: into a model, and out of it.
 *
 * Invariant: a model is changed by a whole state dict or not at all.
 */
import {
  cast,
  type DType,
  ShapeError,
  Tensor,
  ValueError,
  type Variable,
} from "@tapegrad/autograd";
import type { Module } from "../module.ts";
import { entriesOf, type Named } from "./named.ts";
import { nearestName } from "./nearest-names.ts";
import { storedOf } from "./serialize-safetensors.ts";
import type { StoredTensor } from "./stored-types.ts";
import { toTensor } from "./to-tensor.ts";
import { fromTorchName, requireFree, toTorchName } from "./torch-names.ts";

export interface LoadTorchOptions {
  /** Whether every name must fit; true by default. Shapes must always. */
  readonly strict?: boolean;
  /** PyTorch's name of an entry to the one that it should have had; null leaves it out. */
  readonly rename?: (name: string) => string | null;
  /** Whether float64 may be rounded to float32; false by default. What loses nothing is always converted. */
  readonly round?: boolean;
}

/** Under PyTorch's names, once they are renamed; empty where every name fits. */
export interface LoadedNames {
  /** Of the model, but not among the entries: these keep their values. */
  readonly missing: readonly string[];
  /** Among the entries, but not of the model. */
  readonly unexpected: readonly string[];
}

/**
 * Assigns the entries of a PyTorch state dict to the parameters and buffers of a model of the same structure.
 *
 * - names: snake_case becomes camelCase, `running_var` becomes `runningVariance`; `rename` comes before
 * - dtypes: integers become int32; float32 and half precision become float64 where the model is float64; float64
 *   becomes float32 where `round` allows it
 * - all entries are assigned or, where something is thrown, none
 *
 * @returns the names that did not fit, which `strict: false` allows.
 * @throws ValueError if names do not fit, or an integer does not fit int32; ShapeError, which lists all of them, if
 *   shapes or dtypes differ.
 * @example
 * const { tensors } = readSafetensors("model.safetensors");
 * loadTorchStateDict(model, tensors);
 * loadTorchStateDict(model, tensors, { rename: (name) => name.replace(/^module\./, "") });
 */
export function loadTorchStateDict(
  model: Module,
  entries: Named<Tensor | StoredTensor>,
  options: LoadTorchOptions = {},
): LoadedNames {
  const state = model.state();
  const given = renamedEntries(entries, options.rename);
  const missing = [...state.keys()].filter((path) => !given.has(path)).map(toTorchName);
  const unexpected = [...given].filter(([path]) => !state.has(path)).map(([, { name }]) => name);
  if (options.strict !== false) requireFit(missing, unexpected);
  const values = new Map<string, Tensor>();
  const misfits: string[] = [];
  for (const [path, variable] of state) {
    const entry = given.get(path);
    if (entry === undefined) continue;
    const value = converted(entry, variable, options.round === true);
    values.set(path, value);
    const [found, expected] = [describe(value), describe(variable.aval)];
    if (found !== expected) misfits.push(`${entry.name} is ${found} instead of ${expected}`);
  }
  requireNoMisfits(misfits);
  for (const [path, value] of values) state.get(path)?.assign(value);
  return { missing, unexpected };
}

/**
 * The parameters and buffers of a model as a PyTorch state dict: under its names, and int32 as int64, which is the
 * dtype of all its integer buffers.
 *
 * @example
 * writeSafetensors("model.safetensors", torchStateDict(model), { metadata: { format: "pt" } });
 * // in Python: model.load_state_dict(safetensors.torch.load_file("model.safetensors"))
 */
export function torchStateDict(model: Module): ReadonlyMap<string, StoredTensor> {
  const names = new Map<string, string>();
  const entries = [...model.state()].map(([path, variable]) => {
    const name = toTorchName(path);
    requireFree("torchStateDict", path, names.get(name), name);
    names.set(name, path);
    const stored = storedOf(name, variable.value);
    if (stored.dtype !== "int32") return [name, stored] as const;
    const data = BigInt64Array.from(stored.data, BigInt);
    return [name, { ...stored, dtype: "int64", data }] as const;
  });
  return new Map<string, StoredTensor>(entries);
}

interface Entry {
  /** In PyTorch, once it is renamed. */
  readonly name: string;
  /** As it was given. */
  readonly givenName: string;
  readonly value: Tensor | StoredTensor;
}

/** The entries by the names that they have here. */
function renamedEntries(
  entries: Named<Tensor | StoredTensor>,
  rename: LoadTorchOptions["rename"],
): ReadonlyMap<string, Entry> {
  const given = new Map<string, Entry>();
  for (const [givenName, value] of entriesOf(entries)) {
    const name = rename === undefined ? givenName : rename(givenName);
    if (name === null) continue;
    const path = fromTorchName(name);
    requireFree("loadTorchStateDict", givenName, given.get(path)?.givenName, path);
    given.set(path, { name, givenName, value });
  }
  return given;
}

/** An entry in the dtype of its variable, where that is allowed, and as it is where not. */
function converted({ name, value }: Entry, { aval }: Variable, round: boolean): Tensor {
  const read = value instanceof Tensor ? value : toTensor(value, { name });
  const isAllowed =
    (read.dtype === "float32" && aval.dtype === "float64") ||
    (read.dtype === "float64" && aval.dtype === "float32" && round);
  return isAllowed ? cast(read, aval.dtype) : read;
}

const describe = ({ dtype, shape }: { dtype: DType; shape: readonly number[] }): string =>
  `${dtype}[${shape.join(",")}]`;

function requireNoMisfits(misfits: readonly string[]): void {
  if (misfits.length === 0) return;
  throw new ShapeError("loadTorchStateDict", { misfits }, (d) => {
    const rounding = d.misfits.some((text) => / is float64.* of float32/.test(text))
      ? " `round: true` rounds float64 to float32."
      : "";
    return `${listed(d.misfits)}. Build the model that the entries belong to.${rounding}`;
  });
}

function requireFit(missing: readonly string[], unexpected: readonly string[]): void {
  if (missing.length + unexpected.length === 0) return;
  throw new ValueError("loadTorchStateDict", { missing, unexpected }, (d) => {
    const wanted = d.missing.map((name) => {
      const nearest = nearestName(name, d.unexpected);
      return nearest === undefined ? name : `${name} (is it ${nearest}?)`;
    });
    const parts = [
      wanted.length > 0 ? `missing ${listed(wanted)}` : "",
      d.unexpected.length > 0 ? `unexpected ${listed(d.unexpected)}` : "",
    ];
    return `the names do not fit the model: ${parts.filter(Boolean).join("; ")}. Correct them with \`rename\`, or allow it with \`strict: false\`.`;
  });
}

const MOST_LISTED = 8;

function listed(items: readonly string[]): string {
  const more = items.length - MOST_LISTED;
  return items.slice(0, MOST_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
