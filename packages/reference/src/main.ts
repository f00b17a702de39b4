/**
 * @file Writes the API reference: `npm run reference`. With `--check` it only looks for what is missing. A warning
 * counts as an error.
 */
import { Application } from "typedoc";
import { INTENDED, options, PACKAGES, SITE } from "./options.ts";
import { usePlugin } from "./plugin.ts";

const checkOnly = process.argv.includes("--check");
const app = await Application.bootstrap(options);
usePlugin(app);

const project = await app.convert();
if (project !== undefined) {
  // TypeDoc looks for missing comments and types in one package at a time
  for (const name of PACKAGES) {
    project.packageName = name;
    const { intentionallyNotExported = [], intentionallyNotDocumented = [] } = INTENDED[name] ?? {};
    app.options.setValue("intentionallyNotExported", intentionallyNotExported);
    app.options.setValue("intentionallyNotDocumented", intentionallyNotDocumented);
    app.validate(project);
  }
  delete project.packageName;
  if (!checkOnly) await app.generateDocs(project, SITE);
}
const { logger } = app;
console.log(`reference: ${logger.errorCount} errors, ${logger.warningCount} warnings`);
if (project === undefined || logger.hasErrors() || logger.hasWarnings()) process.exitCode = 1;
