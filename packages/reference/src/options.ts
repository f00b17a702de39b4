/**
 * @file What TypeDoc is told: the public entry points of the two packages, the documents beside them, and that every
 * public name has a comment. Nothing here depends on the day, the machine or a repository's address.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TypeDocOptions } from "typedoc";
import { CATEGORY_ORDER } from "./categories.ts";
import { EXPLAINED_IN } from "./documents.ts";
import { USED_BY } from "./used-by.ts";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Where the pages are written; git ignores it. */
export const SITE: string = join(ROOT, "packages/reference/site");

/** A public module: the name under which it is imported, and its source relative to the root. */
export interface Entry {
  readonly name: string;
  readonly source: string;
}

const FOLDERS = ["packages/autograd", "packages/nn"];

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as Manifest;
}

/** The published packages. */
export const PACKAGES: readonly string[] = FOLDERS.map((folder) => manifest(folder).name);

const KERNELS = [
  ...["Contraction", "Convolution", "Elementwise", "Gather", "Opaque", "Permutation", "Place"],
  ...["PlaneGather", "PlaneScatterAdd", "Pool", "PoolIndices", "RandomBits", "Reduce"],
  ...["ScatterAdd", "View"],
];

/** Their public modules: every export that leads to TypeScript. */
export const ENTRIES: readonly Entry[] = FOLDERS.flatMap((folder) => {
  const { name, exports } = manifest(folder);
  return Object.entries(exports).flatMap(([path, conditions]) => {
    if (typeof conditions === "string") return [];
    return [{ name: name + path.slice(1), source: join(folder, conditions["source"] ?? "") }];
  });
});

/** What TypeDoc is told about one package: types that public ones mention, and that are meant to stay inside. */
export const INTENDED: Readonly<
  Record<string, Pick<TypeDocOptions, "intentionallyNotExported" | "intentionallyNotDocumented">>
> = {
  "@tapegrad/autograd": {
    intentionallyNotExported: [
      // the kinds of kernels may change: functions such as `elementwiseKernel` make them
      ...KERNELS.map((kind) => `kernel/kernel.ts:${kind}Kernel`),
      // what `define` has checked is erased in the record
      ...["AnyRule", "Parts"].map((name) => `core/primitive.ts:${name}`),
      ...["Each", "Kept"].map((name) => `primitives/define.ts:${name}`),
      // programs between the passes of the compiler, to be printed
      "compile/optimize.ts:Stage",
    ],
    // explained at the constructors of `define`
    intentionallyNotDocumented: ["partials", "transpose", "vjp", "jvp"].map(
      (name) => `@tapegrad/autograd.Derivative.__type.${name}`,
    ),
  },
};

export const options: TypeDocOptions = {
  name: "tapegrad",
  entryPoints: ENTRIES.map(({ source }) => join(ROOT, source)),
  tsconfig: join(ROOT, "packages/reference/tsconfig.public.json"),
  readme: join(ROOT, "README.md"),
  projectDocuments: ["docs/*.md", "CONTRIBUTING.md", "CHANGELOG.md"].map((path) =>
    join(ROOT, path),
  ),
  basePath: ROOT,
  skipErrorChecking: true, // the build has done that
  out: SITE,

  // a path in the repository is given as text: where its files are read is not known here
  disableGit: true,
  sourceLinkTemplate: "{path}",
  hideGenerator: true,
  customCss: join(ROOT, "packages/reference/src/pages.css"),

  excludeExternals: true,
  excludePrivate: true,
  excludeProtected: true,
  excludeInternal: true,
  categorizeByGroup: false,
  categoryOrder: ["Modules", ...CATEGORY_ORDER, "Documents"],
  sort: ["kind", "alphabetical-ignoring-documents"],
  kindSortOrder: [
    "Namespace",
    "Class",
    "Function",
    "Variable",
    "Interface",
    "TypeAlias",
    "Reference",
  ],
  sortEntryPoints: false,
  navigation: { includeCategories: true, includeGroups: false, includeFolders: false },
  headings: { readme: false, document: false },
  searchInComments: true,
  searchInDocuments: true,
  searchGroupBoosts: { Classes: 2, Functions: 2, Documents: 1.5, Methods: 0.6 },
  visibilityFilters: { inherited: true },

  blockTags: [
    "@category",
    "@example",
    "@file",
    "@param",
    "@returns",
    "@see",
    "@throws",
    EXPLAINED_IN,
    USED_BY,
  ],
  excludeTags: ["@file"],
  locales: { en: { tag_explainedIn: "In the documents", tag_usedBy: "Used by" } },
  markdownItOptions: { html: false, linkify: false },
  highlightLanguages: ["ts", "js", "json", "yaml", "sh", "console", "diff", "html", "python"],

  validation: {
    notExported: true,
    invalidLink: true,
    rewrittenLink: true,
    // links between documents are held by tools/links.test.ts; a link to a folder has no page here
    invalidPath: false,
    notDocumented: true,
    unusedMergeModuleWith: true,
  },
  requiredToBeDocumented: ["Class", "Function", "Interface", "TypeAlias", "Variable"],
};
