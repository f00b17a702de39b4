/**
 * @file Makes links of what comments and documents name in code, such as `` `matMul` `` or `` `linalg.svd(x)` ``, and
 * of the documents that comments name, such as `docs/compile.md`. The text itself has no links to the reference: it
 * is read in editors and as files of the repository too.
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

export function addLinks(
  project: ProjectReflection,
  modules: readonly DeclarationReflection[],
): void {
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
}

class Linker {
  /** What a name such as `grad` or `linalg.svd` may mean, one for each module that has it. */
  private readonly names = new Map<string, Reflection[]>();
  /** Names of parameters and properties. */
  private readonly words = new Set<string>();
  /** By file name. */
  private readonly documents = new Map<string, DocumentReflection>();

  constructor(project: ProjectReflection, modules: readonly DeclarationReflection[]) {
    for (const module of modules) this.addMembers(module, "");
    const { Parameter, Property, Accessor } = ReflectionKind;
    for (const { name } of project.getReflectionsByKind(Parameter | Property | Accessor)) {
      this.words.add(name);
    }
    for (const document of project.documents ?? []) {
      const path = project.files.getReflectionPath(document) ?? "";
      this.documents.set(path.replace(/^.*\//, ""), document);
    }
  }

  private addMembers(owner: DeclarationReflection, prefix: string): void {
    for (const member of owner.children ?? []) {
      const target = member.isReference() ? member.getTargetReflectionDeep() : member;
      const name = prefix + member.name;
      const known = this.names.get(name) ?? [];
      if (!known.includes(target)) this.names.set(name, [...known, target]);
      const named = ReflectionKind.Namespace | ReflectionKind.Class | ReflectionKind.Interface;
      if (prefix === "" && member.kindOf(named)) this.addMembers(member, `${member.name}.`);
    }
  }

  /** The parts with links; `owner` is whose comment or text they are. */
  linked(parts: readonly CommentDisplayPart[], owner: Reflection): CommentDisplayPart[] {
    let line = "";
    return parts.flatMap((part) => {
      const before = line;
      line = (before + part.text).slice((before + part.text).lastIndexOf("\n") + 1);
      const linkable = !before.startsWith("#") && !/\[[^\]]*$/.test(before);
      if (part.kind === "text") return this.withDocuments(part.text);
      if (part.kind !== "code" || !linkable) return [part];
      return [this.linkOf(part.text, owner) ?? part];
    });
  }

  private linkOf(code: string, owner: Reflection): CommentDisplayPart | null {
    const text = code.slice(1, -1);
    const [, name = "", call] =
      /^(?:new )?([A-Za-z_$][\w$]*(?:\.[\w$]+)?)(\(.*\))?$/s.exec(text) ?? [];
    if (call === undefined && this.words.has(name)) return null;
    const candidates = this.names.get(name) ?? [];
    const target =
      candidates.length === 1
        ? candidates[0]
        : candidates.find((candidate) => moduleOf(candidate) === moduleOf(owner));
    const self = [owner, owner.parent].some((reflection) => reflection === target);
    return target === undefined || self ? null : linkTo(target, text, "@linkcode");
  }

  /** Splits a text where it names a file of `docs`. */
  private withDocuments(text: string): CommentDisplayPart[] {
    const pieces = text.split(/\[?(docs\/[\w-]+\.md)\]?/);
    return pieces.flatMap((piece, i): CommentDisplayPart[] => {
      const document = i % 2 === 1 ? this.documents.get(piece.slice("docs/".length)) : undefined;
      if (document !== undefined) return [linkTo(document, document.name, "@link")];
      return piece === "" ? [] : [{ kind: "text", text: piece }];
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
