/**
 * @file The memory plan: which buffers may lie in the same place because they are never alive together.
 *
 * Buffers are placed from the largest to the smallest, each at the lowest offset where it overlaps no buffer
 * that is alive at the same time.
 */
export interface BufferLife {
  readonly bytes: number;
  /** The unit that writes it first, and the last one that reads it. */
  readonly first: number;
  readonly last: number;
}

export interface MemoryPlan {
  /** By the index of the buffer, in bytes. */
  readonly offsets: readonly number[];
  readonly bytes: number;
}

const ALIGNMENT = 16;

export function planMemory(buffers: readonly BufferLife[]): MemoryPlan {
  const order = buffers.map((_, i) => i);
  order.sort((a, b) => buffers[b].bytes - buffers[a].bytes || buffers[a].first - buffers[b].first);
  const offsets = new Array<number>(buffers.length).fill(0);
  const placed: number[] = [];
  let end = 0;
  for (const i of order) {
    const { bytes, first, last } = buffers[i];
    const conflicts = placed
      .filter((k) => buffers[k].first <= last && buffers[k].last >= first)
      .sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const k of conflicts) {
      if (offset + bytes <= offsets[k]) break;
      offset = Math.max(offset, offsets[k] + padded(buffers[k].bytes));
    }
    offsets[i] = offset;
    placed.push(i);
    end = Math.max(end, offset + padded(bytes));
  }
  return { offsets, bytes: end };
}

/** Every buffer ends at a whole vector, so that filling it may run over its end. */
export function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}
