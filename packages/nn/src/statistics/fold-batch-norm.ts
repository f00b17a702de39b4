/**
 * @file foldBatchNorm: a model for evaluation, without the batch normalisations that a layer beside them can take in.
 */
import { ValueError } from "@tapegrad/autograd";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Reparametrized } from "../layers/reparametrized.ts";
import { Sequential } from "../layers/sequential.ts";
import { Identity } from "../layers/shapes.ts";
import type { Layer, Module } from "../module.ts";
import { type Foldable, type FoldOptions, foldInto, whyNotFold } from "./fold-into.ts";

export interface FoldModelOptions extends Omit<FoldOptions, "layer"> {
  /** What happens to norms that cannot be folded: "refuse" (an error that names them) by default, or "keep". */
  readonly others?: "refuse" | "keep";
}

/** How a module of its own forward has its norms folded, handed to its `foldNorms`. */
export interface NormFolder {
  /** `layer` with the norm behind it taken in; throws as `foldInto`. */
  pair<L extends Foldable>(layer: L, norm: BatchNorm): L;
  /** A part of the module, called `name` in it, with what can be folded within it folded. */
  part(name: string, layer: Layer): Layer;
}

/** A module that knows which norm comes behind which layer in its forward. */
export interface FoldsNorms extends Layer {
  /** A module of the same function in evaluation, made of folded parts. Not called for subclasses, whose forward may differ. */
  foldNorms(folder: NormFolder): Layer;
}

/**
 * A model that computes what `model` computes in evaluation, with every BatchNorm folded into the Linear, Conv or
 * ConvTranspose before it, or where that is exact into the one after it.
 *
 * - Sequential in any nesting is looked into; so is a module with a method `foldNorms`, such as Residual and BasicBlock. In a
 *   Sequential an Identity takes the place of a folded norm, so that all other layers keep their names
 * - layers that nothing is folded into are shared with `model`, which is not changed; WeightNorm and its like are folded
 *   into the layer they wrap
 * - every pair is checked on random input as by `foldInto`
 *
 * @throws ValueError if a norm cannot be folded, by its name and with the reason, or if a check fails.
 * @example
 * const fast = foldBatchNorm(model);
 * fast.forward(x);   // no mode is asked for, if nothing else depends on it
 */
export function foldBatchNorm(model: Layer, options: FoldModelOptions = {}): Layer {
  const left: string[] = [];
  const folded = foldChain(model, "", options, left);
  if (left.length > 0 && options.others !== "keep") {
    throw new ValueError("foldBatchNorm", { left }, (d) => {
      return `cannot fold ${d.left.join("; ")}. Fold the others by \`{ others: "keep" }\`, or by hand with \`foldInto\`.`;
    });
  }
  return folded;
}

/** A place in a chain of layers. */
interface Slot {
  readonly path: string;
  layer: Layer;
}

/** @param left is told of the norms that could not be folded. */
function foldChain(model: Layer, path: string, options: FoldModelOptions, left: string[]): Layer {
  const slots = slotsOf(model, path);
  for (const slot of slots) {
    if (foldsNorms(slot.layer)) slot.layer = slot.layer.foldNorms(folder(slot.path, options, left));
    else left.push(...normsInside(slot));
  }
  // first all into the layer before, so that the one after only gets what is left
  for (const [i, slot] of slots.entries()) fold(slot, neighbour(slots, i, -1), "before", options);
  for (const [i, slot] of [...slots.entries()].toReversed()) {
    fold(slot, neighbour(slots, i, 1), "after", options);
  }
  left.push(...slots.flatMap((slot, i) => whyLeft(slot, slots, i)));
  return rebuilt(model, slots.values());
}

/** The layers that `model` calls one after another, Sequentials looked into. */
function slotsOf(model: Layer, path: string): readonly Slot[] {
  if (model.constructor !== Sequential) return [{ path, layer: model }];
  return partsOf(model as Sequential).flatMap(([name, layer]) => {
    return slotsOf(layer, join(path, name));
  });
}

/** The same Sequentials around the layers that are in the slots now. */
function rebuilt(model: Layer, slots: Iterator<Slot>): Layer {
  if (model.constructor !== Sequential) {
    const { done, value } = slots.next();
    return done === true ? model : value.layer;
  }
  const parts = partsOf(model as Sequential).map(([name, layer]) => {
    return [name, rebuilt(layer, slots)] as const;
  });
  const byPosition = parts.every(([name], i) => name === String(i));
  return byPosition
    ? new Sequential(...parts.map(([, layer]) => layer))
    : Sequential.named(Object.fromEntries(parts));
}

function partsOf(model: Sequential): readonly (readonly [string, Layer])[] {
  const names = model.children().map(([name]) => name);
  return model.layers.map((layer, i) => [names[i], layer] as const);
}

/** Whether the class itself, no class above it, says how it is folded. */
function foldsNorms(layer: Layer): layer is FoldsNorms {
  return Object.hasOwn(Object.getPrototypeOf(layer) as object, "foldNorms");
}

function folder(path: string, options: FoldModelOptions, left: string[]): NormFolder {
  return {
    pair: (layer, norm) => foldInto(layer, norm, options),
    part: (name, layer) => foldChain(layer, join(path, name), options, left),
  };
}

/** Folds the norm of `slot`, if it holds one, into the layer of another slot, if that takes it. */
function fold(
  slot: Slot,
  into: Slot | undefined,
  layer: "before" | "after",
  options: FoldModelOptions,
): void {
  if (!(slot.layer instanceof BatchNorm) || into === undefined) return;
  const how = { ...options, layer };
  const plain = plainLayer(into.layer);
  if (whyNotFold(plain, slot.layer, how) !== null) return;
  into.layer = foldInto(plain as Foldable, slot.layer, how);
  slot.layer = new Identity();
}

function plainLayer(layer: Layer): Layer {
  return layer instanceof Reparametrized ? plainLayer(layer.unwrap()) : layer;
}

/** The nearest slot in a direction that holds more than an Identity. */
function neighbour(slots: readonly Slot[], from: number, step: 1 | -1): Slot | undefined {
  let i = from + step;
  while (slots[i]?.layer instanceof Identity) i += step;
  return slots[i];
}

/** The norm of a slot and why neither neighbour takes it; nothing if it holds none. */
function whyLeft({ path, layer }: Slot, slots: readonly Slot[], i: number): readonly string[] {
  if (!(layer instanceof BatchNorm)) return [];
  const why = (where: "before" | "after"): string => {
    const beside = neighbour(slots, i, where === "before" ? -1 : 1);
    return beside === undefined
      ? `nothing comes ${where}`
      : `${where}: ${whyNotFold(plainLayer(beside.layer), layer, { layer: where })}`;
  };
  return [`${nameOf(path, layer)} (${why("before")}; ${why("after")})`];
}

/** The norms inside of a module whose forward is not known. */
function normsInside({ path, layer }: Slot): readonly string[] {
  if (layer instanceof BatchNorm) return [];
  const norms = [...layer.modules()].filter(([, module]) => module instanceof BatchNorm);
  return norms.map(([name, norm]) => {
    return `${nameOf(join(path, name), norm)} (inside of ${layer.constructor.name}, whose forward is not known)`;
  });
}

function nameOf(path: string, module: Module): string {
  return path === "" ? module.constructor.name : `${path}, ${module.constructor.name}`;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
