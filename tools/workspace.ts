/**
 * @file What the tools ask of the working tree: its root, its packages, their sources and manifests.
 */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the repository. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** The fields of a package.json that the tools read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly packageManager?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/** The manifest of a package folder given relative to the root; of the root itself by default. */
export function manifest(folder = "."): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8")) as Manifest;
}

/** The folders of the workspace's packages, such as `packages/nn`. */
export function packageFolders(): string[] {
  return readdirSync(join(ROOT, "packages"))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(ROOT, folder, "package.json")))
    .sort();
}

/** Every file under `folder` (relative to the root) that ends in `ending`; `/` separates on every system. */
export function filesUnder(folder: string, ending: string): string[] {
  if (!existsSync(join(ROOT, folder))) return [];
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/** The TypeScript sources of all packages: path → text. */
export function packageSources(): Map<string, string> {
  const paths = packageFolders().flatMap((folder) => filesUnder(`${folder}/src`, ".ts"));
  return new Map(paths.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));
}
