/**
 * @file Draws the pictures of the documents: `npm run pictures`. Those of docs/pictures from code, those of docs/results
 * from the recorded runs.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { PICTURES } from "./pictures.ts";
import { recordedFiles } from "./recorded-results.ts";

const docs = new URL("../../../../docs/", import.meta.url);
const drawn = Object.entries(PICTURES).map(([name, draw]) => [name, draw()] as const);

write(new URL("pictures/", docs), new Map(drawn));
write(new URL("results/", docs), recordedFiles(new URL("results/", docs)));

function write(folder: URL, files: ReadonlyMap<string, string>): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of files) writeFileSync(new URL(path, folder), text);
  console.log(`${folder.pathname}: ${[...files.keys()].join(", ")}`);
}
