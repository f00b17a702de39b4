/**
 * @file Finds the links of Markdown documents that lead nowhere.
 *
 * A relative link must lead to a tracked file or folder, and its anchor to a heading of that file; of an
 * external link only the form is looked at. Nothing is read or fetched here. What stands in code is no link.
 */

import { posix } from "node:path";

/** A link or picture of a document. */
interface Link {
  /** The line of the document, from 1. */
  readonly line: number;
  readonly target: string;
}

/** `[text](target)` and pictures, `[label]: target`, `<https://…>`, and the attributes of HTML. */
const FORMS: readonly RegExp[] = [
  /\]\((?<target>(?:[^()]|\([^()]*\))*)\)/g,
  /^ {0,3}\[[^\]]+\]:\s*(?<target>.*)$/gm,
  /<(?<target>[a-z][a-z+.-]*:[^>]*)>/g,
  /<(?:a|img)\b[^>]*\b(?:href|src)="(?<target>[^"]*)"/g,
];

/**
 * What is wrong with the links of `documents`, one sentence for each.
 *
 * @param documents path → text; paths are relative to the root and separated by `/`
 * @param tracked the paths of all files of the repository
 */
export function faultyLinks(
  documents: ReadonlyMap<string, string>,
  tracked: Iterable<string>,
): string[] {
  const places = withFolders(tracked);
  return [...documents].flatMap(([document, text]) =>
    linksOf(text).flatMap(({ line, target }) => {
      const fault = /^[a-z][a-z+.-]*:/i.test(target)
        ? faultOfExternal(target)
        : faultOfRelative(target, document, documents, places);
      return fault === null ? [] : [`${document}:${line}: \`${target}\` ${fault}`];
    }),
  );
}

function faultOfExternal(target: string): string | null {
  if (/\s/.test(target)) return "has a space. Write %20, or remove it.";
  return /^https:\/\/[^/]/.test(target)
    ? null
    : "is no https address. Use one that begins with https://.";
}

function faultOfRelative(
  target: string,
  document: string,
  documents: ReadonlyMap<string, string>,
  places: ReadonlySet<string>,
): string | null {
  const [path, anchor] = target.split("#", 2);
  // from "/" on it is a path of the web site, which no tracked path equals
  const beside = path.startsWith("/") ? path : posix.join(posix.dirname(document), path);
  const file = path === "" ? document : decodeURI(beside).replace(/\/$/, "");
  if (!places.has(file)) return `leads to ${file}, which is not tracked. Correct the path.`;
  if (anchor === undefined || anchorsOf(documents.get(file) ?? "").has(decodeURI(anchor)))
    return null;
  return `names a heading that ${file} does not have. Correct what follows the #.`;
}

/** The files, and all folders that they are in. */
function withFolders(files: Iterable<string>): Set<string> {
  const places = new Set<string>();
  for (const file of files) {
    for (let place = file; place !== "."; place = posix.dirname(place)) places.add(place);
  }
  return places;
}

function linksOf(text: string): Link[] {
  // a code span becomes spaces, except for its line breaks: lines are counted afterwards
  const prose = withoutBlocks(text).replace(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, (code) =>
    code.replace(/[^\n]/g, "`"),
  );
  const links = FORMS.flatMap((form) =>
    [...prose.matchAll(form)].map((match) => ({
      line: prose.slice(0, match.index).split("\n").length,
      target: (match.groups?.["target"] ?? "").trim().replace(/\s+"[^"]*"$/, ""),
    })),
  );
  return links.sort((a, b) => a.line - b.line);
}

/** The document without the lines of its fenced blocks, which stay as empty ones. */
function withoutBlocks(text: string): string {
  let fence: string | null = null;
  const lines = text.split("\n").map((line) => {
    const mark = /^ {0,3}(```+|~~~+)/.exec(line)?.[1];
    const inside = fence !== null || mark !== undefined;
    if (fence === null) fence = mark ?? null;
    else if (mark?.startsWith(fence)) fence = null;
    return inside ? "" : line;
  });
  return lines.join("\n");
}

/**
 * The anchors of a document's headings by GitHub's rule: in lower case, without all but letters, digits,
 * `_`, `-` and spaces, which become `-`; the second of the same name ends in `-1`, the third in `-2`.
 */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of withoutBlocks(text).matchAll(/^ {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$/gm)) {
    const name = heading
      .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control} -]/gu, "")
      .replaceAll(" ", "-");
    let anchor = name;
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${name}-${copy}`;
    anchors.add(anchor);
  }
  return anchors;
}
