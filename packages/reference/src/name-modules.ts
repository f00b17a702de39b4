/**
 * @file Calls every module by the name under which it is imported, and gives sources as paths without addresses.
 */
import { type Application, type Context, Converter, ReflectionKind } from "typedoc";
import { ENTRIES } from "./options.ts";

export function nameModules(app: Application): void {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }: Context) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const source = module.isDeclaration() ? module.sources?.[0]?.fullFileName : undefined;
      const entry = ENTRIES.find((candidate) => source?.endsWith(`/${candidate.source}`));
      if (entry === undefined) app.logger.error(`${source ?? module.name} is no entry`);
      else module.name = entry.name;
    }
  });
  app.converter.on(
    Converter.EVENT_RESOLVE_END,
    ({ project }: Context) => {
      for (const reflection of Object.values(project.reflections)) {
        if (!reflection.isDeclaration() && !reflection.isSignature()) continue;
        for (const source of reflection.sources ?? []) delete source.url;
      }
    },
    AFTER_TYPEDOC,
  );
}

/** The priority of what comes after TypeDoc's own plugins, whose lowest is -1000. */
const AFTER_TYPEDOC = -2000;
