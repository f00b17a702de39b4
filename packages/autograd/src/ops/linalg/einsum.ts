/**
 * @file einsum: sums of products named by letters. Each pair of operands is one matrix product, the smallest result first;
 * its derivative is such a product again.
 */
import { type Shape, sizeOf } from "../../array/shape.ts";
import type { Tensor } from "../../core/tensor.ts";
import { ShapeError } from "../../errors.ts";
import { matMul } from "../../primitives/mat-mul.ts";
import { reshape } from "../../primitives/reshape.ts";
import { broadcastTo, sum } from "../../primitives/sum-broadcast-to.ts";
import { transpose } from "../../primitives/transpose.ts";
import { diagonal } from "../diagonals.ts";

/** A tensor whose axes have names. */
interface Named {
  readonly x: Tensor;
  readonly names: readonly string[];
}

/**
 * Σ over the letters that are not in the result of the products of elements, as `einsum("ij,jk->ik", a, b)`.
 *
 * - a letter twice in one operand is its diagonal; "..." stands for the axes that have no letter, which broadcast; without "->"
 *   the result has the letters that occur once, in alphabetical order
 * - letters that occur in one operand alone are summed first, then the pair with the smallest result is multiplied
 *
 * @throws ShapeError if the equation does not fit the operands, or lengths of one letter differ.
 * @example
 * einsum("ij,j->i", tensor([[1, 2], [3, 4]]), tensor([1, 1]));   // [3, 7]
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const [left, right] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (terms.length !== operands.length) {
    throw new ShapeError("einsum", { equation, count: operands.length }, (d) => {
      return `the equation ${d.equation} has ${terms.length} terms for ${d.count} operands. Use one for each.`;
    });
  }
  const named = operands.map((x, i) => namesOf(equation, x, terms[i]));
  const result = right === undefined ? implicit(named, terms) : resultNames(right, named);
  const lengths = lengthsOf(equation, named);
  const missing = result.find((name) => !lengths.has(name));
  if (missing !== undefined) throw unknown(equation, missing);
  let list = named.map((item) => simplified(item, lengths));
  while (list.length > 1) list = withPairMultiplied(list, result, lengths);
  const [{ x, names }] = list.map((item) => reducedTo(item, result));
  return transpose(
    x,
    result.map((name) => names.indexOf(name)),
  );
}

/** Letters, with the axes of "..." named by their distance from its end. */
function namesOf(equation: string, x: Tensor, term: string): Named {
  const letters = [...term.replace("...", ".")];
  const dots = letters.indexOf(".");
  const extra = x.rank - (letters.length - (dots >= 0 ? 1 : 0));
  if (extra < 0 || (dots < 0 && extra !== 0) || letters.some((c) => !/[a-zA-Z.]/.test(c))) {
    throw new ShapeError("einsum", { equation, term, shape: x.shape }, (d) => {
      return `the term ${d.term} of ${d.equation} does not fit a tensor of rank ${d.shape.length}. Use one letter for each axis, and "..." for any others.`;
    });
  }
  const names = letters.flatMap((c) => (c === "." ? dotNames(extra) : [c]));
  return { x, names };
}

function dotNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `.${count - i}`);
}

function resultNames(term: string, named: readonly Named[]): readonly string[] {
  const most = Math.max(
    0,
    ...named.map(({ names }) => names.filter((name) => name.startsWith(".")).length),
  );
  return [...term.replace("...", ".")].flatMap((c) => (c === "." ? dotNames(most) : [c]));
}

function implicit(named: readonly Named[], terms: readonly string[]): readonly string[] {
  const letters = [...terms.join("").replaceAll(".", "")];
  const once = letters.filter((c) => letters.indexOf(c) === letters.lastIndexOf(c)).sort();
  return [...resultNames("...", named), ...once];
}

function lengthsOf(equation: string, named: readonly Named[]): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>();
  for (const { x, names } of named) {
    names.forEach((name, axis) => {
      const n = x.shape[axis];
      const known = lengths.get(name);
      if (known === undefined || known === 1) lengths.set(name, n);
      else if (n !== known && n !== 1) throw differing(equation, name, known, n);
    });
  }
  return lengths;
}

function differing(equation: string, name: string, a: number, b: number): ShapeError {
  return new ShapeError("einsum", { equation, name, a, b }, (d) => {
    return `${d.name} has lengths ${d.a} and ${d.b} in ${d.equation}. Give every letter one length.`;
  });
}

function unknown(equation: string, name: string): ShapeError {
  return new ShapeError("einsum", { equation, name }, (d) => {
    return `${d.name} is in the result of ${d.equation} and in no term. Name only axes that operands have.`;
  });
}

/** Repeated letters as diagonals, and axes of length 1 that stand for longer ones stretched. */
function simplified({ x, names }: Named, lengths: ReadonlyMap<string, number>): Named {
  const wide = broadcastTo(
    x,
    names.map((name, axis) => lengths.get(name) ?? x.shape[axis]),
  );
  const again = names.findIndex((name, axis) => names.indexOf(name) !== axis);
  if (again < 0) return { x: wide, names };
  const first = names.indexOf(names[again]);
  const kept = names.filter((_, axis) => axis !== first && axis !== again);
  return simplified(
    { x: diagonal(wide, { axis1: first, axis2: again }), names: [...kept, names[again]] },
    lengths,
  );
}

/** Summed over the letters that nobody else needs. */
function reducedTo({ x, names }: Named, needed: readonly string[]): Named {
  const axes = names.flatMap((name, axis) => (needed.includes(name) ? [] : [axis]));
  if (axes.length === 0) return { x, names };
  return { x: sum(x, { axes }), names: names.filter((name) => needed.includes(name)) };
}

/** The list with the pair multiplied whose result is smallest. */
function withPairMultiplied(
  list: readonly Named[],
  result: readonly string[],
  lengths: ReadonlyMap<string, number>,
): Named[] {
  let best: readonly [number, number] = [0, 1];
  let smallest = Number.POSITIVE_INFINITY;
  const neededBut = (i: number, j: number): readonly string[] => [
    ...result,
    ...list.flatMap(({ names }, k) => (k === i || k === j ? [] : names)),
  ];
  for (let i = 0; i < list.length; i++) {
    for (let j = i + 1; j < list.length; j++) {
      const needed = neededBut(i, j);
      const kept = new Set(
        [...list[i].names, ...list[j].names].filter((name) => needed.includes(name)),
      );
      const size = sizeOf([...kept].map((name) => lengths.get(name) ?? 1));
      if (size < smallest) [smallest, best] = [size, [i, j]];
    }
  }
  const [i, j] = best;
  const product = multiplied(list[i], list[j], neededBut(i, j), lengths);
  return [...list.filter((_, k) => k !== i && k !== j), product];
}

/** One matrix product for each index of the letters that both keep. */
function multiplied(
  a: Named,
  b: Named,
  needed: readonly string[],
  lengths: ReadonlyMap<string, number>,
): Named {
  const left = reducedTo(a, [...needed, ...b.names]);
  const right = reducedTo(b, [...needed, ...a.names]);
  const shared = left.names.filter((name) => right.names.includes(name));
  const batch = shared.filter((name) => needed.includes(name));
  const summed = shared.filter((name) => !needed.includes(name));
  const ownLeft = left.names.filter((name) => !shared.includes(name));
  const ownRight = right.names.filter((name) => !shared.includes(name));
  const shapeOf = (names: readonly string[]): Shape => names.map((name) => lengths.get(name) ?? 1);
  const laid = ({ x, names }: Named, groups: readonly (readonly string[])[]): Tensor => {
    const order = groups.flat().map((name) => names.indexOf(name));
    return reshape(
      transpose(x, order),
      groups.map((group) => sizeOf(shapeOf(group))),
    );
  };
  const product = matMul(
    laid(left, [batch, ownLeft, summed]),
    laid(right, [batch, summed, ownRight]),
  );
  const names = [...batch, ...ownLeft, ...ownRight];
  return { x: reshape(product, shapeOf(names)), names };
}
