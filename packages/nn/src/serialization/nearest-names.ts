/**
 * @file Names that somebody may have meant.
 */

/** Longer names are not compared, nor more of them: the work for one message stays small. */
const MAX_LENGTH = 200;
const MAX_CANDIDATES = 2000;
/** Of the longer name: what differs in more is another name. */
const LARGEST_SHARE = 0.4;

/** The candidate that is nearest to `name` by edits, or undefined if none is near. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  let compared = 0;
  for (const candidate of candidates) {
    if (compared++ === MAX_CANDIDATES) break;
    const longer = Math.max(name.length, candidate.length);
    if (longer > MAX_LENGTH) continue;
    const edits = editDistance(name, candidate);
    if (edits >= fewest || edits > longer * LARGEST_SHARE) continue;
    [nearest, fewest] = [candidate, edits];
  }
  return nearest;
}

/** Insertions, deletions and replacements that turn one text into another (Wagner & Fischer, 1974). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = row[column - 1] + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[column] + 1, next[column - 1] + 1));
    }
    row = next;
  }
  return row[to.length];
}
