/**
 * @file The variables of several owners (a model, an optimiser, a schedule) under one name each,
 * `optimizer/3.expAvg`: what a checkpoint of them holds, random states included.
 */
import type { Tensor, Variable } from "@tapegrad/autograd";
import { loadState, snapshots } from "../../state-dict.ts";

/** A model, an optimiser, a schedule: whatever names its variables. */
export interface HasVariables {
  /** All of its variables by name. */
  variables(): ReadonlyMap<string, Variable>;
}

/** By names of your choice. */
export type Owners = Readonly<Record<string, HasVariables>>;

/** The variables of all owners, by owner and name. */
export function variablesOf(owners: Owners): ReadonlyMap<string, Variable> {
  const found = new Map<string, Variable>();
  for (const [owner, having] of Object.entries(owners)) {
    for (const [path, variable] of having.variables()) found.set(`${owner}/${path}`, variable);
  }
  return found;
}

/**
 * The values of all variables of the owners: the tensors of a checkpoint.
 *
 * @example
 * store.save({ tensors: saveState({ model, optimizer }), state: { step: 300, loader: { ...loader.stateDict() } } });
 */
export function saveState(owners: Owners): ReadonlyMap<string, Tensor> {
  return new Map(Object.entries(snapshots(variablesOf(owners))));
}

/**
 * Assigns what `saveState` gave to the variables of the same owners; all of them, or none.
 *
 * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs.
 * @example
 * const checkpoint = store.load();
 * if (checkpoint !== null) restoreState({ model, optimizer }, checkpoint.tensors);
 */
export function restoreState(owners: Owners, tensors: ReadonlyMap<string, Tensor>): void {
  loadState(variablesOf(owners), Object.fromEntries(tensors), "run");
}
