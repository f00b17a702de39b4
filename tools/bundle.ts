/**
 * @file The published modules of autograd, joined: one file for each entry of its `exports`, and one for what
 * they share, so that there is one class Tensor. Loading them takes a fraction of loading every module.
 *
 * Packages that it depends on stay outside. Nothing is minified: names and stack traces stay readable.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { ROOT } from "./workspace.ts";

const dist = join(ROOT, "packages/autograd/dist");

rmSync(join(dist, "bundle"), { recursive: true, force: true });
await build({
  entryPoints: ["index.js", "testing/index.js", "testing/arbitraries.js"].map((entry) =>
    join(dist, entry),
  ),
  outbase: dist,
  outdir: join(dist, "bundle"),
  bundle: true,
  splitting: true,
  chunkNames: "shared-[hash]",
  format: "esm",
  platform: "neutral",
  packages: "external",
  logLevel: "warning",
});
