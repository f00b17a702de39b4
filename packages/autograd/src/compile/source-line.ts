/**
 * @file Where in the caller's code something happens: the innermost frame of the stack that is not the library's.
 */

/** Deep enough for layers inside layers. */
const FRAMES = 60;

/** As `train.ts:12:5` with its folder; null where the stack does not tell, as in a bundle of everything. */
export function callerLine(): string | null {
  const limited = Error as { stackTraceLimit?: number };
  const { stackTraceLimit } = limited;
  limited.stackTraceLimit = FRAMES;
  const { stack = "" } = new Error("where");
  if (stackTraceLimit !== undefined) limited.stackTraceLimit = stackTraceLimit;
  return firstOutside(stack);
}

/** The first place of `stack` outside of the packages; its own first place is in this file. */
export function firstOutside(stack: string): string | null {
  const places = stack.split("\n").flatMap((line) => FRAME.exec(line)?.[1] ?? []);
  const own = /^(.*)\/compile\/source-line\./.exec(places[0] ?? "")?.[1];
  if (own === undefined) return null;
  // beside packages/autograd/src is packages/nn/src
  const folders = [`${own}/`, `${own.replace(/autograd\/(\w+)$/, "nn/$1")}/`];
  const outside = places.find((place) => {
    return !place.includes("/@tapegrad/") && !folders.some((folder) => place.startsWith(folder));
  });
  return outside?.replace(/^file:\/\/(?=\/)/, "") ?? null;
}

/** `at f (file:///a/b.ts:1:2)`, `at /a/b.ts:1:2`, `f@https://a/b.js:1:2` */
const FRAME = /^.*?((?:[a-z-]+:\/\/|\/|[A-Za-z]:[\\/])[^()]*:\d+:\d+)\)?$/;
