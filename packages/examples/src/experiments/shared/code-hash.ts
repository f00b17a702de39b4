/** @file describeCode: which code computed. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Hash of what the three packages consist of, as they are run: built files, or sources. */
export function describeCode(): string {
  const hash = createHash("sha256");
  const here = fileURLToPath(new URL("../..", import.meta.url));
  const folders = [here, ...["@tapegrad/autograd", "@tapegrad/nn"].map(folderOfPackage)];
  for (const folder of folders) {
    for (const file of filesUnder(folder)) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

const folderOfPackage = (name: string): string =>
  fileURLToPath(new URL(".", import.meta.resolve(name)));

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .flatMap((path) => (statSync(path).isDirectory() ? filesUnder(path) : [path]))
    .filter((path) => /\.[jt]s$/.test(path));
}
