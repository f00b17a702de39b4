/**
 * @file Fusion: which values are computed together.
 *
 * A group is scalar operations and reductions over one domain and one set of reduced axes; scalar operations
 * on what is left after reducing (a mean, 1/σ) belong to it as well. Everything else is a unit of its own.
 * Two groups become one if they fit and no path leaves the one and enters the other through a third: that
 * would have to run between its own parts. Groups are joined along edges first, then where they read the same
 * values, until nothing changes. What an operation means plays no part, only its kind.
 */
import { keptShape, type Shape, sameShape } from "../array/shape.ts";
import { isSingle } from "./builder.ts";
import type { Program, Value } from "./program.ts";

export interface Group {
  readonly kind: "group";
  readonly domain: Shape;
  /** Axes of the domain that some member reduces. */
  readonly reduced: readonly number[];
  readonly members: readonly Value[];
}

export interface Routine {
  readonly kind: "routine";
  readonly value: Value;
}

export type Unit = Group | Routine;

/** The units of `program` in an order in which they can run. */
export function fuse(program: Program): readonly Unit[] {
  return new Fusion(program).run();
}

export function isFusable({ op }: Value): boolean {
  return op.kind === "scalar" || op.kind === "reduce";
}

/** The shape over which a fusable value loops; [] for single numbers. */
export function domainOf(value: Value): Shape {
  const shape = value.op.kind === "reduce" ? value.operands[0].shape : value.shape;
  return isSingle({ shape }) ? [] : shape;
}

interface Node {
  domain: Shape;
  reduced: readonly number[];
  /** Positions in the program. */
  members: number[];
  /** Positions of operands and users of the members, outside ones too. */
  from: Set<number>;
  to: Set<number>;
  /** Positions that a path of groups leads to from here: all members of a group, or none. */
  reach: Uint32Array;
  fusable: boolean;
}

class Fusion {
  readonly #values: readonly Value[];
  readonly #nodeOf: Node[];
  /** Positions, by position. */
  readonly #operandsOf: readonly (readonly number[])[];
  readonly #usersOf: readonly number[][];
  readonly #nodes: Set<Node>;

  constructor(program: Program) {
    this.#values = program.values;
    const position = new Map(program.values.map((value, i) => [value, i]));
    this.#operandsOf = program.values.map(({ operands }) => [
      ...new Set(operands.map((x) => position.get(x) ?? -1)),
    ]);
    this.#usersOf = program.values.map(() => []);
    this.#nodeOf = program.values.map((value, i) => ({
      domain: domainOf(value),
      reduced: value.op.kind === "reduce" ? value.op.axes : [],
      members: [i],
      from: new Set(this.#operandsOf[i]),
      to: new Set<number>(),
      reach: new Uint32Array(Math.ceil(program.values.length / 32)),
      fusable: isFusable(value),
    }));
    for (let i = program.values.length - 1; i >= 0; i--) {
      for (const operand of this.#nodeOf[i].from) {
        const node = this.#nodeOf[operand];
        node.to.add(i);
        this.#usersOf[operand].push(i);
        include(node.reach, this.#nodeOf[i].reach);
        setBit(node.reach, i);
      }
    }
    this.#nodes = new Set(this.#nodeOf);
  }

  run(): readonly Unit[] {
    let changed = true;
    while (changed) {
      changed = false;
      for (let i = 0; i < this.#values.length; i++) {
        for (const operand of this.#operandsOf[i]) {
          if (this.#join(this.#nodeOf[operand], this.#nodeOf[i])) changed = true;
        }
      }
      for (let i = 0; i < this.#values.length; i++) if (this.#joinUsers(i)) changed = true;
    }
    return this.#inOrder();
  }

  /** Joins groups that read value `i` at its full size. */
  #joinUsers(i: number): boolean {
    if (this.#values[i].op.kind === "constant") return false;
    let changed = false;
    const users = this.#usersOf[i];
    const fits = (user: number): boolean =>
      sameShape(this.#nodeOf[user].domain, this.#values[i].shape);
    for (let a = 0; a < users.length; a++) {
      for (let b = a + 1; b < users.length; b++) {
        if (!fits(users[a])) continue;
        if (this.#join(this.#nodeOf[users[a]], this.#nodeOf[users[b]])) changed = true;
      }
    }
    return changed;
  }

  #join(a: Node, b: Node): boolean {
    if (a === b || !a.fusable || !b.fusable || !fit(a, b)) return false;
    if (this.#leadsAround(a, b) || this.#leadsAround(b, a)) return false;
    const larger =
      a.domain.length > 0 && (isInterlude(b, a) || sameShape(a.domain, b.domain)) ? a : b;
    const joined: Node = {
      domain: larger.domain,
      reduced: a.reduced.length > 0 ? a.reduced : b.reduced,
      members: [...a.members, ...b.members].toSorted((x, y) => x - y),
      from: new Set([...a.from, ...b.from]),
      to: new Set([...a.to, ...b.to]),
      reach: a.reach.map((word, i) => word | b.reach[i]),
      fusable: true,
    };
    // one part may have led to the other: a group does not lead to itself
    for (const member of joined.members) clearBit(joined.reach, member);
    for (const member of joined.members) this.#nodeOf[member] = joined;
    this.#nodes.delete(a);
    this.#nodes.delete(b);
    const [first, second] = [a.members[0], b.members[0]];
    for (const node of this.#nodes) {
      if (!(hasBit(node.reach, first) || hasBit(node.reach, second))) continue;
      include(node.reach, joined.reach);
      for (const member of joined.members) setBit(node.reach, member);
    }
    this.#nodes.add(joined);
    return true;
  }

  /** Whether a path leads from `a` to `b` through a third node. */
  #leadsAround(a: Node, b: Node): boolean {
    const [target] = b.members;
    if (!hasBit(a.reach, target)) return false;
    for (const user of a.to) {
      const next = this.#nodeOf[user];
      if (next !== a && next !== b && hasBit(next.reach, target)) return true;
    }
    return false;
  }

  /** Nodes after those that they read; among the ready ones the earliest first. */
  #inOrder(): readonly Unit[] {
    const units: Unit[] = [];
    const done = new Set<Node>();
    const visit = (node: Node): void => {
      if (done.has(node)) return;
      done.add(node);
      for (const operand of node.from) visit(this.#nodeOf[operand]);
      const first = this.#values[node.members[0]];
      if (node.fusable) {
        const { domain, reduced } = node;
        const members = node.members.map((i) => this.#values[i]);
        units.push({ kind: "group", domain, reduced, members });
      } else if (first.op.kind === "routine") units.push({ kind: "routine", value: first });
    };
    for (const node of this.#nodeOf) visit(node);
    return units;
  }
}

function hasBit(set: Uint32Array, i: number): boolean {
  return (set[i >>> 5] & (1 << (i & 31))) !== 0;
}

function setBit(set: Uint32Array, i: number): void {
  set[i >>> 5] |= 1 << (i & 31);
}

function clearBit(set: Uint32Array, i: number): void {
  set[i >>> 5] &= ~(1 << (i & 31));
}

function include(set: Uint32Array, other: Uint32Array): void {
  for (let i = 0; i < set.length; i++) set[i] |= other[i];
}

/** Whether two groups could be one loop nest. */
function fit(a: Node, b: Node): boolean {
  if (sameShape(a.domain, b.domain)) {
    const [m, n] = [a.reduced, b.reduced];
    return m.length === 0 || n.length === 0 || sameShape(m, n);
  }
  return isInterlude(a, b) || isInterlude(b, a);
}

/** Whether `small` works on what `large` leaves after reducing. */
function isInterlude(small: Node, large: Node): boolean {
  if (large.reduced.length === 0 || small.reduced.length > 0) return false;
  const kept = keptShape(large.domain, large.reduced);
  return sameShape(small.domain, isSingle({ shape: kept }) ? [] : kept);
}
