/**
 * @file vmap: a function of one member as a function of all of them at once.
 *
 * The function runs once, on values that are only shapes. What it did is then repeated with the values of all
 * members, by the rules of batch-rules.ts. That performs ordinary operations, so other transforms may stand around
 * a vmap and inside of it.
 */
import { normalizeAxis, removedShape } from "../array/shape.ts";
import { isPlainObject } from "../array/trees.ts";
import { settle, Tensor } from "../core/tensor.ts";
import type { Variable } from "../core/variable.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { flattenTensors, type FlatTensors, kindOf, placeOf } from "./arguments.ts";
import { enclose } from "./enclose.ts";
import { mapOperations } from "./map-operations.ts";
import { type Mapped, moveAxis, spreadOver } from "./members.ts";

/**
 * Which axis of a tensor lists the members; null where all members share the tensor. An axis or null may stand
 * for a whole nesting of tensors.
 */
export type MappedAxes =
  | number
  | null
  | readonly MappedAxes[]
  | { readonly [key: string]: MappedAxes };

export interface VmapOptions {
  /** For all arguments, or a list with an entry for each of them; 0 by default. */
  readonly inAxes?: number | readonly MappedAxes[];
  /** For the result; 0 by default. null where all members have the same result. */
  readonly outAxes?: MappedAxes;
}

/**
 * `f`, which is written for one member, as a function of many: it receives tensors with one more axis, that of
 * the members, and gives its results with one.
 *
 * - `inAxes` says for every argument, in any nesting, which axis lists the members (0 by default; null: the
 *   tensor is shared); `outAxes` says where they are listed in the results. Negative axes count from the end
 * - dtypes are those of `f`, of any kind: int32 labels and random keys may be mapped
 * - `f` runs once, and its operations become operations on all members; a few, such as drawing random bits, are
 *   carried out for one member after the other (docs/vmap.md has the table)
 * - derivative: that of the operations performed; `vmap(grad(f))` gives the gradient of every member,
 *   `grad` of a function that calls `vmap` the sum over the members
 * - inside of `f` there are no numbers: an `if` on one throws ValueError. Variables may be read, and assigned what
 *   is the same for all members
 *
 * @throws ShapeError if the mapped axes differ in length; AxisError if one does not exist; ValueError if nothing
 *   is mapped, axes do not have the nesting of what they are for, or what has to be the same for all members differs.
 * @example
 * vmap((x: Tensor, w: Tensor) => sum(mul(x, w)), { inAxes: [0, null] })(tensor([[1, 2], [3, 4]]), tensor([1, 10]));   // [21, 43]
 */
export function vmap<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: VmapOptions = {},
): (...args: A) => R {
  const { inAxes = 0, outAxes = 0 } = options;
  return (...args) => {
    const flat = flattenTensors("vmap", "argument ", args);
    const axes = axesOf("inAxes", inAxes, args, "").map((axis, i) => {
      return axis === null ? null : normalizeAxis("vmap", flat.leaves[i].shape, axis);
    });
    const size = countMembers(flat, axes);
    const members = flat.leaves.map(({ aval: { shape, dtype } }, i) => {
      const axis = axes[i];
      return new Tensor(
        { shape: axis === null ? shape : removedShape(shape, [axis]), dtype },
        null,
      );
    });
    const call = (leaves: readonly Tensor[]): R => f(...(flat.rebuild(leaves) as unknown as A));
    const { operations, inputs, result, writes } = enclose("vmap", call, members, ABSTRACT);
    const given = inputs.map((met, i): Mapped => {
      const axis = axes[i] ?? null;
      const value = i < members.length ? settle(flat.leaves[i]) : met;
      return axis === null
        ? { value, isMapped: false }
        : { value: moveAxis(value, axis, 0), isMapped: true };
    });
    const results = mapOperations(operations, given, size);
    const places = axesOf("outAxes", outAxes, result.rebuild(result.leaves), "");
    const placed = places.map((axis, i) => placeMembers(results[i], axis, size, result.paths[i]));
    assignAll([...writes.keys()], results.slice(placed.length));
    return result.rebuild(placed) as R;
  };
}

const ABSTRACT = { isAbstract: true } as const;

/** A result with its members along `axis`. @throws ValueError if they differ though there is no such axis. */
function placeMembers(y: Mapped, axis: number | null, size: number, path: string): Tensor {
  if (axis !== null) {
    const value = spreadOver(y, size);
    return moveAxis(value, 0, normalizeAxis("vmap", value.shape, axis));
  }
  if (!y.isMapped) return y.value;
  throw new ValueError("vmap", { path }, () => {
    return `${placeOf("the result", path)} depends on a mapped argument, but outAxes is null for it. Name the axis that is to list the members.`;
  });
}

/** The one length of all mapped axes. @throws ShapeError if they differ; ValueError if there is none. */
function countMembers(flat: FlatTensors, axes: readonly (number | null)[]): number {
  const counts = axes.flatMap((axis, i) => {
    return axis === null ? [] : [{ at: i, axis, length: flat.leaves[i].shape[axis] }];
  });
  const [first] = counts;
  if (first === undefined) {
    throw new ValueError("vmap", { tensors: flat.leaves.length }, () => {
      return "no argument is mapped. Name in `inAxes` the axis along which at least one tensor lists the members.";
    });
  }
  const other = counts.find(({ length }) => length !== first.length);
  if (other === undefined) return first.length;
  const place = ({ at, axis }: typeof first): string =>
    `along axis ${axis} of ${placeOf("argument ", flat.paths[at])}`;
  throw new ShapeError("vmap", { first, other }, () => {
    return `there are ${first.length} members ${place(first)} but ${other.length} ${place(other)}. Give all mapped axes one length, or null in \`inAxes\` to what is shared.`;
  });
}

/** The axes of all tensors in `tree`, in their order. @throws ValueError if their nesting is not that of `tree`. */
function axesOf(
  option: string,
  axes: MappedAxes,
  tree: unknown,
  path: string,
): readonly (number | null)[] {
  if (axes === null || typeof axes === "number") {
    return flattenTensors("vmap", "a value", tree).leaves.map(() => axes);
  }
  if (Array.isArray(axes) && Array.isArray(tree) && axes.length === tree.length) {
    return tree.flatMap((child, i) => axesOf(option, axes[i], child, `${path}[${i}]`));
  }
  if (isPlainObject(axes) && isPlainObject(tree) && sameKeys(axes, tree)) {
    const entries = axes as { readonly [key: string]: MappedAxes };
    return Object.entries(tree).flatMap(([key, child]) =>
      axesOf(option, entries[key], child, `${path}.${key}`),
    );
  }
  const [found, expected] = [shapeOfTree(axes), shapeOfTree(tree)];
  throw new ValueError("vmap", { option, path, found, expected }, () => {
    return `\`${option}\`${path === "" ? "" : ` at ${path}`} is ${found}, which does not fit ${expected}. Give an axis or null for all of it, or one for each part.`;
  });
}

function sameKeys(a: object, b: object): boolean {
  return Object.keys(a).length === Object.keys(b).length && Object.keys(b).every((key) => key in a);
}

/** `a list of 2`, `an object with x, y`, `a tensor` */
function shapeOfTree(value: unknown): string {
  if (value instanceof Tensor) return "a tensor";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return isPlainObject(value) ? `an object with ${Object.keys(value).join(", ")}` : kindOf(value);
}

/** Assigns all values or none. @throws ValueError if one differs between members. */
function assignAll(variables: readonly Variable[], values: readonly Mapped[]): void {
  const different = variables.find((_, i) => values[i].isMapped);
  if (different !== undefined) {
    throw new ValueError("vmap", { name: different.name }, ({ name }) => {
      return `variable ${name} was assigned a value that differs between members, and it can hold only one. Return the value instead; a layer with statistics of the batch belongs outside, or in mode "eval".`;
    });
  }
  variables.forEach((variable, i) => {
    variable.assign(values[i].value);
  });
}
