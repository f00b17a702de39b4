/**
 * @file Makes links of what comments and documents name in code, such as `` `matMul` `` or `` `linalg.svd(x)` ``, of
 * words of comments that are such names, as parseNpz, and of documents that they name, such as `docs/compile.md`; and
 * finds which documents name what. The text itself has no links to the reference: it is read in editors too.
 *
 * A word that is also a parameter or a property, such as `mean`, is a link only with parentheses.
 */
import {
  type CommentDisplayPart,
  type DeclarationReflection,
  type DocumentReflection,
  type InlineTagDisplayPart,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
} from "typedoc";
import { fileOf, titleOf } from "./documents.ts";

/** How often each document mentions a name. */
export type Mentions = ReadonlyMap<Reflection, ReadonlyMap<DocumentReflection, number>>;

export function addLinks(
  project: ProjectReflection,
  modules: readonly DeclarationReflection[],
): Mentions {
  const linker = new Linker(project, modules);
  if (project.readme) project.readme = linker.linked(project.readme, project);
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.isDocument()) reflection.content = linker.linked(reflection.content, reflection);
    const { comment } = reflection;
    if (comment === undefined) continue;
    comment.summary = linker.linked(comment.summary, reflection);
    for (const tag of comment.blockTags) {
      if (tag.tag !== "@example") tag.content = linker.linked(tag.content, reflection);
    }
  }
  return linker.mentions;
}

class Linker {
  readonly mentions = new Map<Reflection, Map<DocumentReflection, number>>();
  /** What a name such as `grad` or `linalg.svd` may mean, one for each module that has it. */
  readonly #names = new Map<string, Reflection[]>();
  /** Names of parameters and properties. */
  readonly #words = new Set<string>();
  /** By their paths in the repository. */
  readonly #documents = new Map<string, DocumentReflection>();

  constructor(project: ProjectReflection, modules: readonly DeclarationReflection[]) {
    for (const module of modules) this.#addMembers(module, "");
    const { Parameter, Property, Accessor } = ReflectionKind;
    for (const { name } of project.getReflectionsByKind(Parameter | Property | Accessor)) {
      this.#words.add(name);
    }
    for (const document of project.documents ?? []) {
      this.#documents.set(fileOf(document), document);
    }
  }

  #addMembers(owner: DeclarationReflection, prefix: string): void {
    for (const member of owner.children ?? []) {
      const target = member.isReference() ? member.getTargetReflectionDeep() : member;
      const name = prefix + member.name;
      const known = this.#names.get(name) ?? [];
      if (!known.includes(target)) this.#names.set(name, [...known, target]);
      const named = ReflectionKind.Namespace | ReflectionKind.Class | ReflectionKind.Interface;
      if (prefix === "" && member.kindOf(named)) this.#addMembers(member, `${member.name}.`);
    }
  }

  /** The parts with links; `owner` is whose comment or text they are. */
  linked(parts: readonly CommentDisplayPart[], owner: Reflection): CommentDisplayPart[] {
    let line = "";
    return parts.flatMap((part) => {
      const before = line;
      line = (before + part.text).slice((before + part.text).lastIndexOf("\n") + 1);
      if (part.kind === "text") return this.#linkedText(part.text, owner);
      const inHeadingOrLink = before.startsWith("#") || /\[[^\]]*$/.test(before);
      if (part.kind !== "code" || inHeadingOrLink) return [part];
      return [this.#linkOf(part.text, owner) ?? part];
    });
  }

  #linkOf(code: string, owner: Reflection): CommentDisplayPart | null {
    const text = code.slice(1, -1);
    const call = /^(?:new )?([A-Za-z_$][\w$]*(?:\.[\w$]+)?)(\(.*\))?$/s.exec(text);
    const name = call?.[1] ?? "";
    if (call?.[2] === undefined && this.#words.has(name)) return null;
    const target = this.#meaning(name, owner);
    if (target === undefined) return null;
    if (owner.isDocument()) {
      const counts = this.mentions.get(target) ?? new Map<DocumentReflection, number>();
      this.mentions.set(target, counts.set(owner, (counts.get(owner) ?? 0) + 1));
    }
    return linkTo(target, text, "@linkcode");
  }

  /** What a name means in the text of `owner`; nothing where that is the owner itself. */
  #meaning(name: string, owner: Reflection): Reflection | undefined {
    const known = this.#names.get(name) ?? [];
    const target =
      known.length === 1 ? known[0] : known.find((one) => moduleOf(one) === moduleOf(owner));
    return target === owner || target === owner.parent ? undefined : target;
  }

  /** Splits a text where it names a file of `docs`, or has a word with a capital inside. */
  #linkedText(text: string, owner: Reflection): CommentDisplayPart[] {
    const pieces = text.split(/\[?(docs\/[\w-]+\.md)\]?|\b([A-Za-z][a-z]+[A-Z]\w*)\b/);
    return pieces.flatMap((piece, i): CommentDisplayPart[] => {
      if (piece === undefined || piece === "") return [];
      const document = i % 3 === 1 ? this.#documents.get(piece) : undefined;
      if (document !== undefined) return [linkTo(document, titleOf(document), "@link")];
      const isName = i % 3 === 2 && !owner.isDocument() && !this.#words.has(piece);
      const target = isName && !owner.isProject() ? this.#meaning(piece, owner) : undefined;
      return [
        target === undefined ? { kind: "text", text: piece } : linkTo(target, piece, "@link"),
      ];
    });
  }
}

function linkTo(
  target: Reflection,
  text: string,
  tag: InlineTagDisplayPart["tag"],
): InlineTagDisplayPart {
  return { kind: "inline-tag", tag, text, target };
}

function moduleOf(reflection: Reflection): Reflection | undefined {
  let found: Reflection | undefined = reflection;
  while (found !== undefined && !found.kindOf(ReflectionKind.Module)) found = found.parent;
  return found;
}
