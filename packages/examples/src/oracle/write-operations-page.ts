/** @file Runs the suite "ops" and writes docs/operations.md: `npm run operations`. */
import { writeFileSync } from "node:fs";
import { CATEGORIES, operationFor } from "./operations/index.ts";
import { type Figures, linesOf, operationsPage } from "./operations-page.ts";
import { ops, primitivesOf } from "./ops.ts";
import { contextFromEnvironment } from "./suite.ts";

const context = { ...contextFromEnvironment(process.env), compiled: false, mapped: false };
const figures = new Map<string, Figures>();

for (const check of ops(context)) {
  const entry = operationFor(check.group ?? "");
  if (entry === null || check.status === "failed") {
    throw new Error(`${check.group}: ${check.status === "failed" ? check.problem : "no line"}`);
  }
  const { error = 0, order = 0 } = check.status === "passed" ? check : {};
  const { name } = entry.signature;
  const before = figures.get(name);
  figures.set(name, {
    samples: (before?.samples ?? 0) + 1,
    order: Math.max(before?.order ?? 0, order),
    worst: Math.max(before?.worst ?? 0, error),
    primitives: before?.primitives ?? primitivesOf(entry, context.oracle),
  });
}

writeFileSync(new URL("../../../../docs/operations.md", import.meta.url), operationsPage(figures));
const lines = Object.keys(CATEGORIES).flatMap(linesOf);
const unseen = lines.filter(({ name }) => !figures.has(name)).map(({ name }) => name);
console.log(`docs/operations.md: ${figures.size} of ${lines.length} lines have figures`);
if (unseen.length > 0) console.log(`without a sample: ${unseen.join(", ")}`);
