/**
 * @file Writes the API reference: `npm run reference`. With `--check` it only looks for what is missing. A warning
 * counts as an error.
 */
import { Application } from "typedoc";
import { addCategories } from "./add-categories.ts";
import { nameModules } from "./name-modules.ts";
import { options, SITE } from "./options.ts";

const checkOnly = process.argv.includes("--check");
const app = await Application.bootstrap(options);
nameModules(app);
addCategories(app);

const project = await app.convert();
if (project !== undefined) {
  app.validate(project);
  if (!checkOnly) await app.generateDocs(project, SITE);
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
