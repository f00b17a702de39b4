/**
 * @file Boxes in layers, such that all arrows go down, and the order within each layer, with few crossings.
 *
 * An arrow that passes a layer has a bend there, a place of its own between the boxes; the arrows of one value
 * share it. Order by barycentres: Sugiyama, Tagawa & Toda (1981), as in Gansner et al. (1993), sections 2 and 3.
 */
import type { Arrow } from "./tape-graph.ts";

/** A place in a layer. */
export interface Slot {
  /** The number of the box; null for a bend. */
  readonly box: number | null;
  /** Of the box; 0 for a bend. */
  readonly width: number;
  readonly layer: number;
}

/** A line from one layer to the next. */
export interface Segment {
  readonly upper: Slot;
  readonly lower: Slot;
  /** Where it begins and ends, to the right of the middle of its slots. */
  readonly upperOffset: number;
  readonly lowerOffset: number;
}

export interface Layers {
  /** From the top, each from left to right. */
  readonly layers: readonly (readonly Slot[])[];
  /** By the number of the layer in which they begin. */
  readonly segments: readonly (readonly Segment[])[];
  /** The bends of each value, from above. */
  readonly chains: readonly (readonly Slot[])[];
}

const SWEEPS = 24;

/** @param widths of the boxes, which are in an order such that arrows lead from earlier ones to later ones. */
export function layersOf(widths: readonly number[], arrows: readonly Arrow[]): Layers {
  const bent = withBends(widths, arrows, depths(widths.length, arrows));
  const { layers, segments } = bent;
  let order: readonly (readonly Slot[])[] = layers;
  let [best, fewest] = [order, crossings(order, segments)];
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    order = swept(order, segments, sweep % 2 === 0);
    const count = crossings(order, segments);
    if (count < fewest) [best, fewest] = [order, count];
  }
  return { ...bent, layers: best };
}

/**
 * The layer of every box: below all that it reads; and right above its first reader, if it reads one value at most,
 * for then its arrows are the shorter.
 */
function depths(count: number, arrows: readonly Arrow[]): readonly number[] {
  const depth = new Array<number>(count).fill(0);
  const byTarget = Array.from({ length: count }, (): Arrow[] => []);
  for (const arrow of arrows) byTarget[arrow.to].push(arrow);
  for (const { from, to } of byTarget.flat()) depth[to] = Math.max(depth[to], depth[from] + 1);
  const firstReader = new Array<number>(count).fill(Infinity);
  for (let box = count - 1; box >= 0; box--) {
    const reads = new Set(byTarget[box].map(({ value }) => value));
    if (reads.size <= 1 && firstReader[box] < Infinity) depth[box] = firstReader[box] - 1;
    for (const { from } of byTarget[box]) {
      firstReader[from] = Math.min(firstReader[from], depth[box]);
    }
  }
  return depth;
}

function withBends(
  widths: readonly number[],
  arrows: readonly Arrow[],
  depth: readonly number[],
): Layers {
  const count = Math.max(-1, ...depth) + 1;
  const layers = Array.from({ length: count }, (): Slot[] => []);
  const segments = Array.from({ length: count }, (): Segment[] => []);
  const slots = widths.map((width, box): Slot => {
    const slot = { box, width, layer: depth[box] };
    layers[slot.layer].push(slot);
    return slot;
  });
  const chains = new Map<number, Slot[]>();
  for (const { value, from, to, leaves, arrives } of arrows) {
    const target = slots[to];
    const chain = chains.get(value) ?? [];
    chains.set(value, chain);
    let [upper, upperOffset] = [slots[from], (leaves - 0.5) * widths[from]];
    for (let layer = upper.layer + 1; layer < target.layer; layer++) {
      const place = layer - depth[from] - 1;
      if (place === chain.length) {
        const bend = { box: null, width: 0, layer };
        chain.push(bend);
        layers[layer].push(bend);
        segments[layer - 1].push({ upper, lower: bend, upperOffset, lowerOffset: 0 });
      }
      [upper, upperOffset] = [chain[place], 0];
    }
    const lowerOffset = (arrives - 0.5) * target.width;
    segments[target.layer - 1].push({ upper, lower: target, upperOffset, lowerOffset });
  }
  return { layers, segments, chains: [...chains.values()] };
}

/** Every layer in the order of the mean places of what its slots are joined to in the one before. */
function swept(
  layers: readonly (readonly Slot[])[],
  segments: readonly (readonly Segment[])[],
  isDown: boolean,
): readonly (readonly Slot[])[] {
  const result = [...layers];
  const place = placesIn(layers);
  for (let i = 1; i < layers.length; i++) {
    const layer = isDown ? i : layers.length - 1 - i;
    const sums = new Map<Slot, [sum: number, count: number]>();
    for (const segment of segments[isDown ? layer - 1 : layer]) {
      const [slot, fixed] = isDown
        ? [segment.lower, placeOfEnd(place, segment, "upper")]
        : [segment.upper, placeOfEnd(place, segment, "lower")];
      const [sum, count] = sums.get(slot) ?? [0, 0];
      sums.set(slot, [sum + fixed, count + 1]);
    }
    const mean = (slot: Slot): number => {
      const [sum, count] = sums.get(slot) ?? [place.get(slot) ?? 0, 1];
      return sum / count;
    };
    result[layer] = layers[layer].toSorted((a, b) => mean(a) - mean(b));
    for (const [slot, x] of placesIn([result[layer]])) place.set(slot, x);
  }
  return result;
}

/** The place of every slot in its layer, from 0 to 1. */
function placesIn(layers: readonly (readonly Slot[])[]): Map<Slot, number> {
  return new Map(
    layers.flatMap((layer) => layer.map((slot, i) => [slot, (i + 0.5) / layer.length] as const)),
  );
}

/** The place of one end of a segment: within its box, ends are in the order of their offsets. */
function placeOfEnd(
  place: ReadonlyMap<Slot, number>,
  segment: Segment,
  end: "upper" | "lower",
): number {
  const offset = end === "upper" ? segment.upperOffset : segment.lowerOffset;
  const slot = segment[end];
  return (place.get(slot) ?? 0) + (slot.width === 0 ? 0 : (1e-3 * offset) / slot.width);
}

function crossings(
  layers: readonly (readonly Slot[])[],
  segments: readonly (readonly Segment[])[],
): number {
  const place = placesIn(layers);
  let count = 0;
  for (const between of segments) {
    const ends = between.map((segment) => [
      placeOfEnd(place, segment, "upper"),
      placeOfEnd(place, segment, "lower"),
    ]);
    ends.forEach(([upper, lower], i) => {
      for (let k = 0; k < i; k++) if ((upper - ends[k][0]) * (lower - ends[k][1]) < 0) count++;
    });
  }
  return count;
}
