/**
 * @file Runs one lesson by its number, `npm run lesson -- 03`; without a number it lists them all.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const wanted = process.argv[2];
const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name));
const file = files.find((name) => wanted !== undefined && name.startsWith(wanted.padStart(2, "0")));

if (file !== undefined) {
  const { lesson } = (await import(`./${file}`)) as { readonly lesson: () => void | Promise<void> };
  await lesson();
} else {
  for (const name of files) {
    const comment = /@file ([\s\S]*?)\s*\*\//.exec(readFileSync(join(folder, name), "utf8"));
    console.log(`${name.slice(0, 2)}  ${comment?.[1].replaceAll(/\s+\* ?/g, " ")}`);
  }
  if (wanted !== undefined) {
    console.error(`lesson: there is no lesson "${wanted}". Use the number of one of these.`);
    process.exitCode = 1;
  }
}
