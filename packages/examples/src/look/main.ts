/**
 * @file `npm run look -- FILE.html… [--out DIR]`: are pages legible on a phone and on a desk, light and dark?
 *
 * Exit code 0 if nothing was found, or if there is no Chromium; 1 if something was; 2 for a wrong call.
 */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { findChromium } from "./chromium.ts";

const USAGE = "npm run look -- FILE.html… [--out DIR]";

interface Call {
  readonly files: readonly string[];
  readonly out?: string;
}

/** The exit code where there is nothing to look at. */
function readArguments(): Call | number {
  try {
    const { values, positionals } = parseArgs({
      options: { out: { type: "string" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (values.help === true) {
      console.log(USAGE);
      return 0;
    }
    const missing = positionals.find((file) => !existsSync(file));
    if (missing !== undefined) throw new TypeError(`there is no file ${missing}`);
    if (positionals.length === 0) throw new TypeError("no page is named");
    return { files: positionals, ...(values.out !== undefined && { out: values.out }) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`look: ${error.message}. ${USAGE}`);
    return 2;
  }
}

async function main(): Promise<number> {
  const call = readArguments();
  if (typeof call === "number") return call;
  const chromium = findChromium();
  if (chromium === null) {
    console.log("look: skipped, there is no Chromium. CHROMIUM_PATH can name one.");
    return 0;
  }
  const { lookAt } = await import("./look.ts");
  const looks = await lookAt(call.files, { chromium, ...call });
  for (const { file, width, scheme, findings } of looks) {
    for (const finding of findings) console.log(`${file}, ${width} px, ${scheme}: ${finding}`);
  }
  const count = looks.reduce((total, { findings }) => total + findings.length, 0);
  console.log(`look: ${looks.length} views of ${call.files.length} pages, ${count} findings`);
  return count === 0 ? 0 : 1;
}

process.exitCode = await main();
