/**
 * @file The rules of who may import whom, as pure functions from the sources to a list of violations.
 *
 * `sources` maps paths such as `packages/autograd/src/core/tape.ts` to their text. An empty list means
 * that the rule holds. layering.test.ts applies them to the working tree, and to planted violations.
 */

import { builtinModules } from "node:module";
import { posix } from "node:path";
import { type Import, importsOf, scan } from "./source.ts";

/** Path in the repository → source text, of the files under packages/<name>/src. */
export type Sources = ReadonlyMap<string, string>;

/** The layers of packages/autograd/src, left to right: a layer imports only from itself and its left. */
export const LAYERS: readonly string[] = [
  "errors.ts",
  "array",
  "kernel",
  "backends",
  "core",
  "primitives",
  "transforms",
  "inspect",
  "ops",
  "random",
  "fluent.ts",
  "compile",
  "testing",
  "index.ts",
];

const AUTOGRAD = "packages/autograd/src/";
const NN = "packages/nn/src/";
const NODE_ALLOWED = ["packages/nn/src/node/", "packages/examples/src/", "packages/reference/src/"];

/** Imports within autograd go left; the index leaves out testing; only the index knows fluent. */
export function layerViolations(sources: Sources): string[] {
  return [...sources].flatMap(([file, source]) => {
    const from = layerOf(file);
    if (from === null) return [];
    if (!LAYERS.includes(from)) return [`${file}: "${from}" is not in the table of layers`];
    return importsOf(source).flatMap(({ specifier }) => {
      const to = layerOf(targetOf(file, specifier) ?? "");
      if (to === null || layerMayImport(from, to)) return [];
      return [`${file} (${from}) may not import ${specifier} (${to})`];
    });
  });
}

function layerMayImport(from: string, to: string): boolean {
  if (from === "index.ts") return to !== "testing";
  if (to === "fluent.ts") return from === to;
  return LAYERS.includes(to) && LAYERS.indexOf(to) <= LAYERS.indexOf(from);
}

/** The first folder or the file name under packages/autograd/src; null for other paths. */
function layerOf(path: string): string | null {
  if (!path.startsWith(AUTOGRAD)) return null;
  return path.slice(AUTOGRAD.length).split("/")[0] ?? null;
}

/** Packages see each other through public entry points, and only downwards: autograd, nn, examples. */
export function packageViolations(sources: Sources): string[] {
  const mayUse: Readonly<Record<string, readonly RegExp[]>> = {
    autograd: [],
    nn: [/^@tapegrad\/autograd(\/testing(\/.+)?)?$/],
    examples: [/^@tapegrad\/autograd(\/testing(\/.+)?)?$/, /^@tapegrad\/nn(\/(node|formats))?$/],
  };
  return violations(sources, (file, { specifier }) => {
    const target = targetOf(file, specifier);
    if (target !== null) {
      const src = file.split("/").slice(0, 3).join("/");
      return target.startsWith(`${src}/`) ? null : `leaves ${src}`;
    }
    if (!specifier.startsWith("@tapegrad/")) return null;
    const allowed = mayUse[file.split("/")[1] ?? ""] ?? [];
    return allowed.some((entry) => entry.test(specifier)) ? null : "is not open to this package";
  });
}

/** Published code runs in browsers: Node's modules are for nn's node entry and for the examples. */
export function nodeViolations(sources: Sources): string[] {
  const allowed = (path: string): boolean => NODE_ALLOWED.some((folder) => path.startsWith(folder));
  return violations(sources, (file, { specifier }) => {
    if (allowed(file)) return null;
    if (specifier.startsWith("node:")) return "is not there in a browser";
    if (builtinModules.includes(specifier)) return "is not there in a browser";
    return allowed(targetOf(file, specifier) ?? "") ? "leads a main entry to Node" : null;
  });
}

/** npm `ndarray` builds its classes with `new Function`: one place may know it. */
export function ndarrayViolations(sources: Sources): string[] {
  return violations(sources, (file, { specifier }) =>
    /^ndarray(\/|$)/.test(specifier) && !file.startsWith(`${AUTOGRAD}array/`)
      ? "belongs to autograd's array/"
      : null,
  );
}

/** The main entry of nn starts without the packages that only some readers of files need. */
export function mainEntryViolations(sources: Sources): string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const { specifier, typeOnly } of importsOf(sources.get(file) ?? "")) {
      if (typeOnly || specifier.startsWith("@tapegrad/")) continue;
      const target = targetOf(file, specifier);
      if (target !== null) visit(target);
      else found.push(`${file}: ${specifier} would be loaded by the main entry`);
    }
  };
  visit(`${NN}index.ts`);
  return found;
}

function violations(
  sources: Sources,
  complaint: (file: string, imported: Import) => string | null,
): string[] {
  return [...sources].flatMap(([file, source]) =>
    importsOf(source).flatMap((imported) => {
      const text = complaint(file, imported);
      return text === null ? [] : [`${file}: ${imported.specifier} ${text}`];
    }),
  );
}

/** Cycles among the imports that exist at run time, each as the path that closes. */
export function importCycles(sources: Sources): string[] {
  const cycles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): void => {
    if (path.includes(file)) {
      cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const { specifier, typeOnly } of importsOf(sources.get(file) ?? "")) {
      const target = targetOf(file, specifier);
      if (!typeOnly && target !== null && sources.has(target)) visit(target);
    }
    path.pop();
    done.add(file);
  };
  for (const file of sources.keys()) visit(file);
  return cycles;
}

/** The path a relative specifier means; null for a package. */
function targetOf(file: string, specifier: string): string | null {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : null;
}

/** The names under which primitives are known: their `name` fields and what their files export. */
export function primitiveNames(sources: Sources): Set<string> {
  const names = new Set<string>();
  for (const [file, source] of sources) {
    if (layerOf(file) !== "primitives" || file.endsWith("/index.ts")) continue;
    const { code, texts } = scan(source);
    const byOffset = new Map(texts.map(({ offset, value }) => [offset, value]));
    for (const match of code.matchAll(/\bname:\s*["']/g)) {
      const name = byOffset.get(match.index + match[0].length);
      if (name !== undefined) names.add(name);
    }
    for (const match of code.matchAll(/\bexport\s+const\s+([\w$]+)Primitive\b/g)) {
      names.add(match[1] ?? "");
    }
    // A file named after an operation it exports; a file of shared parts exports no such name.
    const stem = posix
      .basename(file, ".ts")
      .replaceAll(/-(\w)/g, (_, c: string) => c.toUpperCase());
    if (new RegExp(String.raw`\bexport\s+(?:const|function)\s+${stem}\b`).test(code)) {
      if (/Primitive\b/.test(code)) names.add(stem);
    }
  }
  return names;
}

/** Methods of JavaScript's own objects: `shape.slice(1)` and `Math.floor(x)` mention no primitive. */
const BUILT_IN_METHODS: ReadonlySet<string> = new Set(
  [Array, Map, Set, String, Number, Object, Function, Float64Array]
    .flatMap((owner): object[] => [owner, owner.prototype])
    .concat([Object.getPrototypeOf(Float64Array.prototype) as object, Math, JSON, Reflect])
    .flatMap((owner) => Object.getOwnPropertyNames(owner)),
);

/**
 * Where core/ mentions a primitive: as an identifier, as a text of its own, or quoted in a message as
 * `` `name` `` or `name(`. Prose such as "add a tensor" is not a mention, nor is a built-in's method,
 * nor the member of a type: a derivative has a field `transpose`, and there is a primitive of that name.
 */
export function coreMentions(sources: Sources, names: ReadonlySet<string>): string[] {
  return [...sources].flatMap(([file, source]) => {
    if (layerOf(file) !== "core") return [];
    const { code, texts } = scan(source);
    const found = new Set<string>();
    for (const match of withoutTypes(code).matchAll(/(\.\s*)?\b([A-Za-z_$][\w$]*)/g)) {
      const name = (match[2] ?? "").replace(/(?<=.)Primitive$/, "");
      const builtIn = match[1] !== undefined && BUILT_IN_METHODS.has(name);
      if (names.has(name) && !builtIn) found.add(name);
    }
    for (const { value } of texts) {
      if (names.has(value)) found.add(value);
      for (const match of value.matchAll(/\\?`([\w$]+)\\?`|\b([\w$]+)\(/g)) {
        const name = match[1] ?? match[2] ?? "";
        if (names.has(name)) found.add(name);
      }
    }
    return [...found].map((name) => `${file} mentions the primitive ${name}`);
  });
}

/** The code with its interfaces and type aliases blanked. */
function withoutTypes(code: string): string {
  let rest = code;
  for (const { 1: keyword, index } of code.matchAll(/\b(interface|type)\s+[\w$]+\s*[<={\w]/g)) {
    const end = declarationEnd(code, index, keyword === "interface" ? "}" : ";");
    rest = rest.slice(0, index) + " ".repeat(end - index) + rest.slice(end);
  }
  return rest;
}

/** The offset after the first `last` outside of all brackets that opened since `from`. */
function declarationEnd(code: string, from: number, last: string): number {
  let depth = 0;
  for (let i = from; i < code.length; i += 1) {
    const character = code.charAt(i);
    if ("([{".includes(character)) depth += 1;
    if (")]}".includes(character)) depth -= 1;
    if (depth === 0 && character === last) return i + 1;
  }
  return code.length;
}

/**
 * The lines that core/ stays under: as much as can be read at one sitting, comments included. 500 held the mechanism
 * of one function; variables with their scopes, source lines and functions as nodes took the rest.
 */
export const CORE_BUDGET = 600;

/** All lines of core/, blank ones and comments included. */
export function coreLines(sources: Sources): number {
  let lines = 0;
  for (const [file, source] of sources) {
    if (layerOf(file) === "core") lines += source.split("\n").length - 1;
  }
  return lines;
}
