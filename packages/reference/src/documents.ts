/**
 * @file The documents of the repository among the pages: their names, and which of them explain a name.
 */
import {
  Comment,
  type CommentDisplayPart,
  CommentTag,
  type DocumentReflection,
  type ProjectReflection,
} from "typedoc";
import type { Mentions } from "./add-links.ts";

/** The tag of the documents that explain something. */
export const EXPLAINED_IN = "@explainedIn";

/** Tables that name everything explain nothing. */
const TABLES = new Set(["CHANGELOG.md", "docs/operations.md", "docs/special-values.md"]);

/** So many documents are named, those that mention a name most often; of what half of them mention, none. */
const MOST = 3;
const EVERYWHERE = 15;

/** The path in the repository. */
export function fileOf(document: DocumentReflection): string {
  const path = document.project.files.getReflectionPath(document) ?? "";
  return /[^/]+$|docs\/[^/]+$/.exec(path)?.[0] ?? path;
}

/** The first heading. */
export function titleOf(document: DocumentReflection): string {
  const text = Comment.combineDisplayParts(document.content);
  return /^# (.+)$/m.exec(text)?.[1] ?? document.name;
}

/** Calls documents by their titles; done late, because the addresses of their pages follow from the names of files. */
export function nameDocuments(project: ProjectReflection): void {
  for (const document of project.documents ?? []) document.name = titleOf(document);
}

/** Says of every name which documents explain it. */
export function addDocuments(mentions: Mentions): void {
  for (const [reflection, documents] of mentions) {
    const counted = [...documents].filter(([document]) => !TABLES.has(fileOf(document)));
    if (counted.length === 0 || counted.length >= EVERYWHERE) continue;
    const found = counted.toSorted((a, b) => b[1] - a[1]).slice(0, MOST);
    const content = found.flatMap(([target], i): CommentDisplayPart[] => [
      ...(i === 0 ? [] : [{ kind: "text", text: ", " } as const]),
      { kind: "inline-tag", tag: "@link", text: titleOf(target), target },
    ]);
    // of a function the comments are those of its signatures
    const signatures = reflection.isDeclaration() ? reflection.signatures : undefined;
    const commented = signatures?.[0] ?? reflection;
    commented.comment ??= new Comment();
    commented.comment.blockTags.push(new CommentTag(EXPLAINED_IN, content));
  }
}
