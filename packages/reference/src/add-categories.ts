/**
 * @file Gives every member of a public module the group of the file that declares it (categories.ts), the methods of
 * Tensor those of their functions, and modules and documents a group each.
 */
import {
  Comment,
  CommentTag,
  type DeclarationReflection,
  type ProjectReflection,
  type Reflection,
} from "typedoc";
import { categoryOf, OTHER_NAMES } from "./categories.ts";
import { methodsOf } from "./tensor-methods.ts";

/** @returns what went wrong. */
export function addCategories(
  project: ProjectReflection,
  modules: readonly DeclarationReflection[],
): string[] {
  for (const document of project.documents ?? []) document.frontmatter["category"] = "Documents";
  return modules.flatMap((module) => {
    addCategory(module, "Modules");
    const tensor = module.children?.find(({ name }) => name === "Tensor");
    const methods = tensor === undefined ? [] : methodsOf(tensor);
    return [
      ...(module.children ?? []).flatMap((member) => categorize(member, member)),
      ...methods.flatMap((method) => categorize(method, module.getChildByName(method.name))),
      ...(tensor?.children ?? [])
        .filter((member) => !methods.includes(member))
        .flatMap((member) => categorize(member, tensor)),
    ];
  });
}

/** Gives `member` the group of `like`. @returns what went wrong. */
function categorize(member: Reflection, like: Reflection | undefined): string[] {
  const category = like?.isDeclaration() ? categoryOfMember(like) : null;
  if (category === null) return [`${member.getFullName()} is in no group of categories.ts`];
  addCategory(member, category);
  return [];
}

function categoryOfMember(member: DeclarationReflection): string | null {
  const target = member.isReference() ? member.getTargetReflectionDeep() : member;
  if (target.name !== member.name) return OTHER_NAMES;
  const file = target.isDeclaration() ? target.sources?.[0]?.fullFileName : undefined;
  return categoryOf(file?.replace(/^.*\/packages\//, "") ?? "");
}

function addCategory(member: Reflection, category: string): void {
  member.comment ??= new Comment();
  member.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]));
}

/** Once the groups are made: a group alone is no comment. */
export function removeCategories(project: ProjectReflection): void {
  for (const reflection of Object.values(project.reflections)) {
    reflection.comment?.removeTags("@category");
    if (reflection.comment?.isEmpty()) delete reflection.comment;
  }
}
