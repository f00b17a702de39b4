/**
 * @file lookAt: opens pages in Chromium on a phone and on a desk, light and dark, takes their pictures, and judges
 * what can be judged by machine.
 */
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { type BrowserContext, chromium, type Page } from "playwright-core";

export const WIDTHS = [390, 1280] as const;
export const SCHEMES = ["light", "dark"] as const;
const HEIGHT = 844;

/** How a page was shown, and what is wrong with it there. */
export interface Look {
  readonly file: string;
  readonly width: number;
  readonly scheme: string;
  readonly findings: readonly string[];
}

export interface LookOptions {
  /** Of the browser. */
  readonly chromium: string;
  /** Where pictures go; none are taken without it. */
  readonly out?: string;
}

/** All pages in all four ways, in their order. */
export async function lookAt(files: readonly string[], options: LookOptions): Promise<Look[]> {
  const inspect = await inspection();
  // without its sandbox it also starts for root, as in containers; only local files are opened, and nothing is loaded
  const args = ["--no-sandbox", "--hide-scrollbars"];
  const browser = await chromium.launch({ executablePath: options.chromium, args });
  const looks: Look[] = [];
  try {
    for (const width of WIDTHS) {
      for (const scheme of SCHEMES) {
        const viewport = { width, height: HEIGHT };
        const context = await browser.newContext({ viewport, colorScheme: scheme });
        for (const file of files) {
          const shown = await open(context, file);
          const findings = [...shown.findings, ...(await shown.page.evaluate<string[]>(inspect))];
          if (options.out !== undefined) {
            const path = join(options.out, `${nameOf(file)}-${width}-${scheme}.png`);
            await shown.page.screenshot({ path, fullPage: true });
          }
          looks.push({ file, width, scheme, findings });
          await shown.page.close();
        }
        await context.close();
      }
    }
  } finally {
    await browser.close();
  }
  return looks;
}

/** Everything but the file itself is refused, and reported like errors of the page. */
async function open(
  context: BrowserContext,
  file: string,
): Promise<{ readonly page: Page; readonly findings: string[] }> {
  const page = await context.newPage();
  const findings: string[] = [];
  const own = pathToFileURL(resolve(file)).href;
  await page.route("**/*", (route) => {
    const url = route.request().url();
    if (url === own) return route.continue();
    findings.push(`loads ${url}`);
    return route.abort();
  });
  page.on("console", (message) => {
    if (message.type() === "error") findings.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => findings.push(`error: ${error.message}`));
  await page.goto(own);
  return { page, findings };
}

/** The program that runs in a page, as one expression. */
async function inspection(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./inspect.ts", import.meta.url))],
    bundle: true,
    format: "iife",
    globalName: "inspection",
    target: "es2023",
    write: false,
  });
  return `(() => { ${outputFiles[0]?.text ?? ""}; return inspection.inspectPage(); })()`;
}

/** Reports have one name in folders of different ones. */
function nameOf(file: string): string {
  const name = basename(file, ".html");
  return name === "report" ? basename(dirname(resolve(file))) : name;
}
