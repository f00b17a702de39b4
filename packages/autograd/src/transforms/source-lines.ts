/**
 * @file Where in the caller's code something happens: the innermost frame of the stack that is not the library's,
 * and a tape's way to ask for it.
 */
import type { Node, Origin, Origins, Tape } from "../core/tape.ts";

/**
 * The origins of nodes by the stack. What a walk binds is of the line whose derivative it computes, which the
 * stack does not tell: it says where the gradient was asked for.
 */
export class SourceLines implements Origins {
  readonly #lineNow: () => string | null;
  #within: Origin | null = null;

  /** @param lineNow says where the caller is, for whatever nobody has said the origin of. */
  constructor(lineNow: () => string | null = callerLine) {
    this.#lineNow = lineNow;
  }

  present(): Origin {
    return this.#within ?? { line: this.#lineNow(), derivativeOf: null };
  }

  within<T>(origin: Origin, body: () => T): T {
    const before = this.#within;
    this.#within = origin;
    try {
      return body();
    } finally {
      this.#within = before;
    }
  }
}

/** Runs `body`, which is part of the derivative of a `node` of `tape`. */
export function withinDerivative(tape: Tape, node: Node, body: () => void): void {
  const { origins } = tape;
  const { origin, primitive } = node;
  if (origins === null || origin === null) body();
  else origins.within({ ...origin, derivativeOf: origin.derivativeOf ?? primitive.name }, body);
}

/** Deep enough for layers inside layers. */
const FRAMES = 60;

/** As `/app/train.ts:12:5`; null where the stack does not tell, as in a bundle of everything. */
export function callerLine(): string | null {
  const limited = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = limited;
  limited.stackTraceLimit = FRAMES;
  const { stack = "" } = new Error("where");
  if (stackTraceLimit !== undefined) limited.stackTraceLimit = stackTraceLimit;
  return firstOutside(stack);
}

/**
 * The first place of `stack` outside of the packages. Its own first place is in this file, or in the bundle that
 * it was joined into; packages/nn is beside packages/autograd.
 */
export function firstOutside(stack: string): string | null {
  const places = stack.split("\n").flatMap((line) => FRAME.exec(line)?.[1] ?? []);
  const own = /^(.*\/)autograd\/(?:src|dist)\//.exec(places[0] ?? "")?.[1];
  const folders =
    own === undefined
      ? []
      : ["autograd", "nn"].flatMap((name) => [`${own}${name}/src/`, `${own}${name}/dist/`]);
  if (own === undefined && !places[0]?.includes(PUBLISHED)) return null;
  const outside = places.find((place) => {
    return !place.includes(PUBLISHED) && !folders.some((folder) => place.startsWith(folder));
  });
  return outside?.replace(/^file:\/\/(?=\/)/, "") ?? null;
}

const PUBLISHED = "/@tapegrad/";

/** `at f (file:///a/b.ts:1:2)`, `at /a/b.ts:1:2`, `f@https://a/b.js:1:2` */
const FRAME = /^.*?((?:[a-z-]+:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/;
