/**
 * @file Where boxes and arrows of a picture lie.
 *
 * Boxes lie in bands, a band for each layer, and arrows slant only between bands; through a band they go straight
 * down, at a bend's own place. So no arrow meets a box except the two that it joins.
 */
import { type Layers, layersOf, type Segment, type Slot } from "./layers.ts";
import type { Arrow } from "./tape-graph.ts";

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Straight down from `start` to `slantFrom`, slanting down to `slantTo`, straight down to `end`. */
export interface Line {
  readonly start: Point;
  readonly slantFrom: Point;
  readonly slantTo: Point;
  readonly end: Point;
  /** Whether it ends at a box rather than at a bend. */
  readonly arrives: boolean;
}

export interface Layout extends Size {
  /** The upper left corners of the boxes. */
  readonly corners: readonly Point[];
  readonly lines: readonly Line[];
}

const MARGIN = 16;
/** Between two boxes, and beside a bend. */
const GAP = 20;
const SWEEPS = 40;

/** @param sizes of the boxes, which are in an order such that arrows lead from earlier ones to later ones. */
export function layoutOf(sizes: readonly Size[], arrows: readonly Arrow[]): Layout {
  const graph = layersOf(
    sizes.map(({ width }) => width),
    arrows,
  );
  const middles = placed(graph);
  const heightOf = (slot: Slot): number => (slot.box === null ? 0 : sizes[slot.box].height);
  const bands = bandsOf(graph, middles, heightOf);
  const corners = new Array<Point>(sizes.length);
  let right = 0;
  for (const slot of graph.layers.flat()) {
    const x = middles(slot) - slot.width / 2;
    right = Math.max(right, x + slot.width);
    if (slot.box !== null) corners[slot.box] = { x, y: bands[slot.layer].top };
  }
  const lines = graph.segments.flat().map((segment) => lineOf(segment, middles, bands, heightOf));
  const bottom = bands.at(-1)?.bottom ?? 0;
  return { corners, lines, width: right + MARGIN, height: bottom + MARGIN };
}

interface Band {
  readonly top: number;
  readonly bottom: number;
}

function lineOf(
  { upper, lower, upperOffset, lowerOffset }: Segment,
  middles: (slot: Slot) => number,
  bands: readonly Band[],
  heightOf: (slot: Slot) => number,
): Line {
  const [from, to] = [middles(upper) + upperOffset, middles(lower) + lowerOffset];
  const [above, below] = [bands[upper.layer], bands[lower.layer]];
  return {
    start: { x: from, y: above.top + heightOf(upper) },
    slantFrom: { x: from, y: above.bottom },
    slantTo: { x: to, y: below.top },
    end: { x: to, y: below.top },
    arrives: lower.box !== null,
  };
}

/** Further apart where lines between them are flat. */
function bandsOf(
  { layers, segments }: Layers,
  middles: (slot: Slot) => number,
  heightOf: (slot: Slot) => number,
): readonly Band[] {
  let top = MARGIN;
  return layers.map((layer, i) => {
    const bottom = top + Math.max(0, ...layer.map(heightOf));
    const widest = segments[i].reduce((most, { upper, lower, upperOffset, lowerOffset }) => {
      return Math.max(most, Math.abs(middles(upper) + upperOffset - middles(lower) - lowerOffset));
    }, 0);
    const band = { top, bottom };
    top = bottom + Math.min(90, 30 + widest / 8);
    return band;
  });
}

/** The middle of every slot: near those that it is joined to, in the given order and with gaps. */
function placed({ layers, segments, chains }: Layers): (slot: Slot) => number {
  const x = new Map<Slot, number>();
  for (const layer of layers) {
    for (const [slot, middle] of apart(layer, layer.map(() => 0), layer.map(() => 1))) x.set(slot, middle); // biome-ignore format: one call
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    // down, up, and with both neighbours in between
    for (let i = 0; i < layers.length; i++) {
      const layer = sweep % 2 === 0 ? i : layers.length - 1 - i;
      const isLast = sweep >= SWEEPS - 2;
      const above = isLast || sweep % 2 === 0 ? (segments[layer - 1] ?? []) : [];
      const below = isLast || sweep % 2 === 1 ? segments[layer] : [];
      settleLayer(layers[layer], above, below, x);
    }
  }
  for (const chain of chains) straighten(chain, layers, x);
  const left = Math.min(...layers.flat().map((slot) => (x.get(slot) ?? 0) - slot.width / 2));
  return (slot) => (x.get(slot) ?? 0) - left + MARGIN;
}

/** Moves bends one above the other, as many as have room for it. */
function straighten(
  chain: readonly Slot[],
  layers: readonly (readonly Slot[])[],
  x: Map<Slot, number>,
): void {
  let straight: Slot[] = [];
  let [from, to] = [-Infinity, Infinity];
  const settle = (): void => {
    const mean = straight.reduce((sum, bend) => sum + (x.get(bend) ?? 0), 0) / straight.length;
    for (const bend of straight) x.set(bend, Math.min(to, Math.max(from, mean)));
  };
  for (const bend of chain) {
    const [left, right] = roomOf(bend, layers[bend.layer], x);
    if (Math.max(from, left) > Math.min(to, right)) {
      settle();
      straight = [];
      [from, to] = [-Infinity, Infinity];
    }
    straight.push(bend);
    [from, to] = [Math.max(from, left), Math.min(to, right)];
  }
  settle();
}

/** From where to where a bend may lie between its neighbours. */
function roomOf(
  bend: Slot,
  layer: readonly Slot[],
  x: ReadonlyMap<Slot, number>,
): readonly [left: number, right: number] {
  const at = layer.indexOf(bend);
  const edge = (neighbour: Slot | undefined, side: 1 | -1): number => {
    if (neighbour === undefined) return -side * Infinity;
    return (x.get(neighbour) ?? 0) + side * (neighbour.width / 2 + GAP);
  };
  return [edge(layer[at - 1], 1), edge(layer[at + 1], -1)];
}

/** Moves the slots of one layer to the mean of the places that their lines ask for. */
function settleLayer(
  layer: readonly Slot[],
  above: readonly Segment[],
  below: readonly Segment[],
  x: Map<Slot, number>,
): void {
  const asked = new Map(layer.map((slot) => [slot, { sum: 0, weight: 0 }]));
  const ask = (slot: Slot, other: Slot, shift: number): void => {
    const wish = asked.get(slot);
    if (wish === undefined) return;
    // a straight long arrow is worth more than a short one
    const weight = slot.box === null && other.box === null ? 8 : slot.box === null ? 2 : 1;
    wish.sum += weight * ((x.get(other) ?? 0) + shift);
    wish.weight += weight;
  };
  for (const { upper, lower, upperOffset, lowerOffset } of above) {
    ask(lower, upper, upperOffset - lowerOffset);
  }
  for (const { upper, lower, upperOffset, lowerOffset } of below) {
    ask(upper, lower, lowerOffset - upperOffset);
  }
  const wishes = layer.map((slot) => {
    const { sum, weight } = asked.get(slot) ?? { sum: 0, weight: 0 };
    return weight === 0 ? { at: x.get(slot) ?? 0, weight: 0.1 } : { at: sum / weight, weight };
  });
  const places = apart(
    layer,
    wishes.map(({ at }) => at),
    wishes.map(({ weight }) => weight),
  );
  for (const [slot, middle] of places) x.set(slot, middle);
}

/**
 * The places nearest to the wished ones, by weighted squares, that keep the order and the gaps: the pooling of
 * adjacent violators, Barlow et al. (1972), on what is left of each place when the gaps are taken away.
 */
function apart(
  layer: readonly Slot[],
  wishes: readonly number[],
  weights: readonly number[],
): readonly (readonly [Slot, number])[] {
  const shifts: number[] = [];
  layer.forEach((slot, i) => {
    const before = i === 0 ? null : layer[i - 1];
    shifts.push(before === null ? 0 : shifts[i - 1] + (before.width + slot.width) / 2 + GAP);
  });
  const pools: { sum: number; weight: number; count: number }[] = [];
  wishes.forEach((wish, i) => {
    let pool = { sum: weights[i] * (wish - shifts[i]), weight: weights[i], count: 1 };
    for (
      let last = pools.at(-1);
      last !== undefined && last.sum * pool.weight >= pool.sum * last.weight;
      last = pools.at(-1)
    ) {
      pool = {
        sum: last.sum + pool.sum,
        weight: last.weight + pool.weight,
        count: last.count + pool.count,
      };
      pools.pop();
    }
    pools.push(pool);
  });
  const places = pools.flatMap(({ sum, weight, count }) =>
    new Array<number>(count).fill(sum / weight),
  );
  return layer.map((slot, i) => [slot, places[i] + shifts[i]] as const);
}
