/**
 * @file Calls every module by the name under which it is imported, with what its `@file` says.
 */
import { readFileSync } from "node:fs";
import { Comment, type DeclarationReflection } from "typedoc";
import { ENTRIES } from "./options.ts";

/** @returns what went wrong. */
export function nameModule(module: DeclarationReflection): string[] {
  const file = module.sources?.[0]?.fullFileName ?? "";
  const entry = ENTRIES.find(({ source }) => file.endsWith(`/${source}`));
  if (entry === undefined) return [`${module.name} (${file}) is no public entry`];
  module.name = entry.name;
  const text = fileComment(readFileSync(file, "utf8"));
  module.comment = new Comment([{ kind: "text", text }]);
  return [];
}

/** The first paragraph of the `@file` block of a source. */
export function fileComment(source: string): string {
  const [, block = ""] = /\/\*\*[\s*]*@file([\s\S]*?)\*\//.exec(source) ?? [];
  const lines = block.split("\n").map((line) => line.replace(/^\s*\*?\s*/, ""));
  return lines.join("\n").trim().split("\n\n")[0]?.replaceAll("\n", " ") ?? "";
}
