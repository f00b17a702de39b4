/**
 * @file Trees: values of one kind (the leaves) in any nesting of arrays and plain objects.
 *
 * A tree is flattened to the list of its leaves and rebuilt around new ones; the order is that of the
 * arrays' indices and the objects' keys.
 */

export interface FlatTree<Leaf> {
  readonly leaves: readonly Leaf[];
  /** Where each leaf stood, as in `[0].w`. */
  readonly paths: readonly string[];
  /** The same nesting around new leaves, one for each old one. */
  rebuild<T>(leaves: readonly T[]): unknown;
}

type Rebuild = (next: () => unknown) => unknown;

/**
 * Flattens `tree`.
 *
 * @param isLeaf recognises a leaf.
 * @param refuse makes the error for anything that is neither a leaf nor an array nor a plain object.
 */
export function flattenTree<Leaf>(
  tree: unknown,
  isLeaf: (value: unknown) => value is Leaf,
  refuse: (value: unknown, path: string) => Error,
): FlatTree<Leaf> {
  const leaves: Leaf[] = [];
  const paths: string[] = [];
  const visit = (value: unknown, path: string): Rebuild => {
    if (isLeaf(value)) {
      leaves.push(value);
      paths.push(path);
      return rebuildLeaf;
    }
    if (Array.isArray(value)) {
      return rebuildArray(value.map((child, i) => visit(child, `${path}[${i}]`)));
    }
    if (isPlainObject(value)) {
      const entries = Object.entries(value);
      return rebuildObject(entries.map(([key, child]) => [key, visit(child, `${path}.${key}`)]));
    }
    throw refuse(value, path);
  };
  return { leaves, paths, rebuild: rebuildWith(visit(tree, "")) };
}

// Functions of their own, so that a nesting that is kept does not keep the leaves that it was made of.

const rebuildLeaf: Rebuild = (next) => next();

function rebuildArray(parts: readonly Rebuild[]): Rebuild {
  return (next) => parts.map((part) => part(next));
}

function rebuildObject(parts: readonly (readonly [string, Rebuild])[]): Rebuild {
  return (next) => Object.fromEntries(parts.map(([key, part]) => [key, part(next)]));
}

function rebuildWith(build: Rebuild): FlatTree<unknown>["rebuild"] {
  return (replacements) => {
    const rest = replacements[Symbol.iterator]();
    return build(() => rest.next().value);
  };
}

/** Whether `value` is an object of no class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
