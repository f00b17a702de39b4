/** @file What models, optimisers and schedulers share of state dicts: assign all variables, or none. */
import { DTypeError, ShapeError, Tensor, ValueError, type Variable } from "@tapegrad/autograd";

/** Snapshots of `state`, under its names. */
export function snapshots(state: Iterable<readonly [string, Variable]>): Record<string, Tensor> {
  return Object.fromEntries([...state].map(([path, variable]) => [path, variable.value]));
}

/**
 * Assigns all of `values`, or none.
 *
 * @param owner whose state it is, for messages: "model", "optimizer".
 * @throws ValueError if a name is missing or unknown; ShapeError if a shape or dtype differs; DTypeError if a
 *   value is no tensor.
 */
export function loadState(
  state: ReadonlyMap<string, Variable>,
  values: Readonly<Record<string, Tensor>>,
  owner: string,
): void {
  const missing = [...state.keys()].filter((path) => !Object.hasOwn(values, path));
  const unknown = Object.keys(values).filter((path) => !state.has(path));
  if (missing.length + unknown.length > 0) {
    throw new ValueError("loadStateDict", { missing, unknown, owner }, (d) => {
      const parts = [
        d.missing.length > 0 ? `missing ${d.missing.join(", ")}` : "",
        d.unknown.length > 0 ? `unknown ${d.unknown.join(", ")}` : "",
      ];
      return `the names do not fit the ${d.owner}: ${parts.filter(Boolean).join("; ")}. Rename the entries, or build the ${d.owner} they belong to.`;
    });
  }
  for (const [path, variable] of state) requireFit(path, variable, values[path], owner);
  for (const [path, variable] of state) variable.assign(values[path]);
}

function requireFit(path: string, variable: Variable, value: Tensor, owner: string): void {
  if (!(value instanceof Tensor)) {
    throw new DTypeError("loadStateDict", { path, found: typeof value }, (d) => {
      return `${d.path} is not a tensor. Make one with \`tensor(…)\`.`;
    });
  }
  const { shape, dtype } = variable.aval;
  const fits = shape.length === value.rank && shape.every((n, axis) => n === value.shape[axis]);
  if (fits && dtype === value.dtype) return;
  const details = { path, owner, found: value.aval, expected: variable.aval };
  throw new ShapeError("loadStateDict", details, (d) => {
    const [found, expected] = [d.found, d.expected].map((a) => `${a.dtype}[${a.shape.join(",")}]`);
    return `${d.path} is ${expected} in the ${d.owner} but ${found} in the given values. Build the ${d.owner} that these values belong to, or convert them first.`;
  });
}
