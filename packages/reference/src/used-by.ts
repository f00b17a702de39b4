/**
 * @file Says of every interface and type alias which functions and classes take or return it: who reads of an option
 * wants to know what it is an option of, and who reads of a function wants to see its options. A type that nothing uses needs a comment of its own.
 */
import {
  Comment,
  type CommentDisplayPart,
  CommentTag,
  type DeclarationReflection,
  makeRecursiveVisitor,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  type SignatureReflection,
} from "typedoc";

/** A type that is used by more than these is known to everybody, such as `Shape`. */
const MOST = 12;

export const USED_BY = "@usedBy";

export function addUses(project: ProjectReflection): void {
  const shown: string[] = [];
  for (const [type, users] of usersByType(project)) {
    if (users.size > MOST) continue;
    type.comment ??= new Comment();
    type.comment.blockTags.push(new CommentTag(USED_BY, listOf([...users])));
    if (isRecord(type)) shown.push(type.name);
  }
  project.comment ??= new Comment();
  for (const name of shown) {
    project.comment.blockTags.push(new CommentTag("@expandType", [{ kind: "text", text: name }]));
  }
}

/** Whether a type is shown, field by field, where it is taken or returned. */
function isRecord(type: Reflection): boolean {
  const fields = type.isDeclaration() ? (type.children ?? []) : [];
  return fields.length > 0 && fields.every((field) => field.kindOf(ReflectionKind.Property));
}

function usersByType(project: ProjectReflection): Map<Reflection, Set<DeclarationReflection>> {
  const users = new Map<Reflection, Set<DeclarationReflection>>();
  const { CallSignature, ConstructorSignature, Interface, TypeAlias } = ReflectionKind;
  for (const signature of project.getReflectionsByKind(CallSignature | ConstructorSignature)) {
    if (!signature.isSignature()) continue;
    const user = publicOwner(signature);
    if (user === null) continue;
    const visitor = makeRecursiveVisitor({
      reference({ reflection }) {
        if (!reflection?.kindOf(Interface | TypeAlias)) return;
        users.set(reflection, (users.get(reflection) ?? new Set()).add(user));
      },
    });
    for (const { type } of [signature, ...(signature.parameters ?? [])]) type?.visit(visitor);
  }
  return users;
}

/** The function or the class of a signature; null if it is another's, or a method of Tensor, which is a function too. */
function publicOwner(signature: SignatureReflection): DeclarationReflection | null {
  const { Class, Function, Interface } = ReflectionKind;
  const { parent } = signature;
  const owner = parent.kindOf(Function) ? parent : parent.parent;
  const known = owner?.isDeclaration() && owner.kindOf(Class | Function | Interface);
  return known && owner.name !== "Tensor" ? owner : null;
}

function listOf(users: readonly DeclarationReflection[]): CommentDisplayPart[] {
  return users.flatMap((target, i): CommentDisplayPart[] => [
    ...(i === 0 ? [] : [{ kind: "text", text: ", " } as const]),
    { kind: "inline-tag", tag: "@linkcode", text: target.name, target },
  ]);
}
