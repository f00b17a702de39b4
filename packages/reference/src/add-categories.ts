/**
 * @file Gives every member of a public module the group of the file that declares it (categories.ts).
 */
import {
  type Application,
  Comment,
  CommentTag,
  type Context,
  Converter,
  type DeclarationReflection,
  ReflectionKind,
} from "typedoc";
import { categoryOf, OTHER_NAMES } from "./categories.ts";

export function addCategories(app: Application): void {
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => {
      for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
        if (!module.isDeclaration()) continue;
        for (const member of module.children ?? []) {
          const category = categoryOfMember(member);
          if (category === null) app.logger.error(`${member.name} is in no group of categories.ts`);
          else addCategory(member, category);
        }
      }
    },
    BEFORE_GROUPING,
  );
}

function categoryOfMember(member: DeclarationReflection): string | null {
  const target = member.isReference() ? member.getTargetReflectionDeep() : member;
  if (target.name !== member.name) return OTHER_NAMES;
  const file = target.isDeclaration() ? target.sources?.[0]?.fullFileName : undefined;
  return categoryOf(file?.replace(/^.*\/packages\//, "") ?? "");
}

function addCategory(member: DeclarationReflection, category: string): void {
  member.comment ??= new Comment();
  member.comment.blockTags.push(new CommentTag("@category", [{ kind: "text", text: category }]));
}

/** A priority above that of TypeDoc's own plugin, which makes groups of the tags. */
const BEFORE_GROUPING = 100;
