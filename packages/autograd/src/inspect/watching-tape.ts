/**
 * @file A tape that looks at every value as it is made, and says which one to blame for those that are not finite.
 */
import type { Primitive } from "../core/primitive.ts";
import { type Node, Tape as NodeTape } from "../core/tape.ts";
import type { Tensor } from "../core/tensor.ts";
import { openTape, withTape } from "../core/variable.ts";
import { operandOn } from "../transforms/recording.ts";
import { SourceLines } from "../transforms/source-lines.ts";
import { allFinite, firstNonFinite } from "./first-non-finite.ts";
import { type Statistics, statisticsOf } from "./statistics.ts";

/** A value that is not finite though all that it was made of is. */
export interface Suspect {
  /** Its number. */
  readonly value: number;
  /** What made it; null for an input. */
  readonly node: Node | null;
  readonly result: Statistics;
  /** What it was made of, one level below. */
  readonly operands: readonly Tensor[];
}

export class WatchingTape extends NodeTape {
  readonly #op: string;
  readonly #finite: boolean[] = [];
  readonly #suspects = new Map<number, Pick<Suspect, "result" | "operands">>();

  /** @param op the public function, for messages. */
  constructor(op: string) {
    // of nodes that keep no line there is none: the stack would tell who called it
    super(openTape(), new SourceLines(() => null));
    this.#op = op;
  }

  override input(below: Tensor): Tensor {
    this.#look([], [], [below]);
    return super.input(below);
  }

  override append(
    primitive: Primitive,
    operands: readonly Tensor[],
    lowered: readonly Tensor[],
    params: unknown,
    results: readonly Tensor[],
  ): readonly Tensor[] {
    this.#look(operands, lowered, results);
    return super.append(primitive, operands, lowered, params, results);
  }

  /** The first value to blame for `roots`; null where those are finite, or no values of this tape. */
  suspect(roots: readonly Tensor[]): Suspect | null {
    const numbers = roots.map((x) => operandOn(this, x)).filter((x) => typeof x === "number");
    const value = firstNonFinite(this.nodes, numbers, (index) => this.#finite[index]);
    const found = value === null ? undefined : this.#suspects.get(value);
    if (value === null || found === undefined) return null;
    const node = this.nodes.find(({ first, count }) => first <= value && value < first + count);
    return { value, node: node ?? null, ...found };
  }

  #look(operands: readonly Tensor[], lowered: readonly Tensor[], results: readonly Tensor[]): void {
    const first = this.values.length;
    const areFinite = operands.every((x) => x.tape !== this || this.#finite[x.index]);
    results.forEach((result, k) => {
      const isFinite = allFinite(this.#op, result);
      this.#finite.push(isFinite);
      if (isFinite || !areFinite) return;
      const statistics = statisticsOf(this.#op, result);
      this.#suspects.set(first + k, { result: statistics, operands: lowered });
    });
  }
}

/** What is to blame inside of a function that is one node, as `checkpoint` makes it; null for any other operation. */
export function suspectInside(op: string, { node, operands }: Suspect): Suspect | null {
  const { primitive, params } = node ?? {};
  if (primitive?.expand === undefined) return null;
  const watching = new WatchingTape(op);
  const { result } = withTape(
    op,
    "observe",
    () =>
      primitive.expand?.(
        operands.map((x) => watching.input(x)),
        params,
      ) ?? [],
    watching,
  );
  const found = watching.suspect(result);
  return found === null ? null : (suspectInside(op, found) ?? found);
}
