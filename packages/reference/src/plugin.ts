/**
 * @file What is done to the program that TypeDoc has read before it becomes pages, in order: names of modules and
 * documents, methods of Tensor, groups, links. Complaints go to TypeDoc's log, where they count as errors.
 */
import {
  type Application,
  type Context,
  Converter,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
  RendererEvent,
} from "typedoc";
import { addCategories, removeCategories } from "./add-categories.ts";
import { addLinks } from "./add-links.ts";
import { addDocuments, nameDocuments } from "./documents.ts";
import { linkFolders } from "./folders.ts";
import { nameModule } from "./name-modules.ts";
import { ENTRIES } from "./options.ts";
import { showMethods } from "./tensor-methods.ts";
import { addUses } from "./used-by.ts";

/** Priorities: TypeDoc makes groups at -100 and -200, and resolves links at -300. */
const BEFORE_GROUPS = 100;
const AFTER_LINKS = -2000;

export function usePlugin({ converter, logger, renderer }: Application): void {
  const complain = (complaints: readonly string[]): void => {
    for (const complaint of complaints)
      logger.error(complaint as Parameters<typeof logger.error>[0]);
  };
  converter.on(Converter.EVENT_RESOLVE_BEGIN, (context: Context) => {
    const modules = modulesOf(context.project);
    complain(modules.flatMap(nameModule));
    const main = modules.find(({ name }) => name === ENTRIES[0]?.name);
    complain(main === undefined ? ["there is no main module"] : showMethods(context, main));
  });
  converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => complain(addCategories(project, modulesOf(project))),
    BEFORE_GROUPS,
  );
  converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => {
      removeCategories(project);
      addUses(project);
      addDocuments(addLinks(project, modulesOf(project)));
      linkFolders(project, modulesOf(project));
      withoutAddresses(project);
    },
    AFTER_LINKS,
  );
  renderer.on(RendererEvent.BEGIN, ({ project }: RendererEvent) => nameDocuments(project));
}

function modulesOf(project: ProjectReflection): DeclarationReflection[] {
  return project
    .getReflectionsByKind(ReflectionKind.Module)
    .filter((module) => module.isDeclaration());
}

/** Sources as paths without links: where the files will be read is not known here. */
function withoutAddresses(project: ProjectReflection): void {
  for (const reflection of Object.values(project.reflections)) {
    if (!reflection.isDeclaration() && !reflection.isSignature()) continue;
    for (const source of reflection.sources ?? []) delete source.url;
  }
}
