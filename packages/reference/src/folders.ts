/**
 * @file Links of documents to folders of the repository: that of a published package leads to its module, and another
 * is no link, because a folder has no page.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  type CommentDisplayPart,
  type DeclarationReflection,
  normalizePath,
  type ProjectReflection,
} from "typedoc";
import { ENTRIES, ROOT } from "./options.ts";

export function linkFolders(
  project: ProjectReflection,
  modules: readonly DeclarationReflection[],
): void {
  for (const { name, source } of ENTRIES) {
    const module = modules.find((candidate) => candidate.name === name);
    const [packages = "", folder = "", src = "", ...inside] = source.split("/");
    if (module === undefined || inside.length > 1 || inside[0] !== "index.ts") continue;
    for (const path of [join(packages, folder), join(packages, folder, src)]) {
      project.files.registerReflectionPath(normalizePath(join(ROOT, path)), module);
    }
  }
  const isFolder = (part: CommentDisplayPart): boolean => {
    if (part.kind !== "relative-link" || part.target === undefined) return false;
    const found = project.files.resolve(part.target, project);
    return typeof found === "string" && statSync(found).isDirectory();
  };
  if (project.readme !== undefined) project.readme = unlinked(project.readme, isFolder);
  for (const document of project.documents ?? []) {
    document.content = unlinked(document.content, isFolder);
  }
}

/** The parts of a Markdown text, with the labels alone of the links whose addresses are to go. */
export function unlinked(
  parts: readonly CommentDisplayPart[],
  isToGo: (part: CommentDisplayPart) => boolean,
): CommentDisplayPart[] {
  const result = parts.map((part) => ({ ...part }));
  for (const [i, part] of result.entries()) {
    if (!isToGo(part)) continue;
    const opening = result.slice(0, i).findLastIndex(({ kind, text }) => {
      return kind === "text" && text.replace(/\]\($/, "").includes("[");
    });
    const [first, before, after] = [result[opening], result[i - 1], result[i + 1]];
    if (first === undefined || before === undefined || after === undefined) continue;
    before.text = before.text.replace(/\]\($/, "");
    first.text = first.text.replace(/\[(?=[^[]*$)/, "");
    part.text = "";
    after.text = after.text.replace(/^\)/, "");
  }
  return result.filter((part) => !(part.kind === "relative-link" && part.text === ""));
}
