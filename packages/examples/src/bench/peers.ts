/**
 * @file The other systems of `--peers`: npm packages that are installed outside the workspace, and PyTorch
 * where Python finds it. What is missing is named with its reason.
 *
 * Nothing here is a dependency: the packages are installed when they are asked for, at exact versions and
 * without their scripts, and our runners (peers/) are copied beside them.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ONE_THREAD } from "./child.ts";
import { writeProblems } from "./problem-files.ts";
import type { ColdStart, System } from "./systems.ts";
import type { Workload } from "./workload.ts";

/** Exact versions. */
export const PEER_PACKAGES: Readonly<Record<string, string>> = {
  "@jax-js/jax": "0.1.25",
  "@tensorflow/tfjs": "4.22.0",
  "@tensorflow/tfjs-backend-wasm": "4.22.0",
};

export const PYTORCH = "PyTorch";
export const PYTORCH_TUNED = "PyTorch, malloc tuned";
export const TFJS = "tfjs-wasm";
export const TFJS_CPU = "tfjs-cpu";
export const JAX_JS = "jax-js";

/** glibc's malloc hands big temporaries back to the system and asks for them again; here it keeps them. */
const TUNED_MALLOC: Readonly<Record<string, string>> = {
  MALLOC_MMAP_MAX_: "0",
  MALLOC_TRIM_THRESHOLD_: "4000000000",
  MALLOC_TOP_PAD_: "268435456",
};

const TUNED_WORKLOADS: readonly string[] = ["W2", "W4", "W6"];

export interface Peers {
  readonly systems: readonly System[];
  readonly coldStarts: readonly ColdStart[];
  readonly missing: readonly { readonly name: string; readonly reason: string }[];
  /** What makes a system slower than it has to be. */
  readonly warnings: readonly string[];
  /** Writes the problems of a workload where the systems read them. */
  offer(workload: Workload): void;
}

/** The folder of caches of this system, in which the packages are kept by default. */
export function defaultPeersFolder(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
  home: string = homedir(),
): string {
  const caches = {
    darwin: join(home, "Library", "Caches"),
    win32: environment["LOCALAPPDATA"] ?? join(home, "AppData", "Local"),
  };
  const fallback = environment["XDG_CACHE_HOME"] ?? join(home, ".cache");
  const base = platform === "darwin" || platform === "win32" ? caches[platform] : fallback;
  return join(base, "tapegrad", "bench-peers");
}

/** Installs what is not there yet, and finds out which systems can run. */
export function preparePeers(folder: string, print: (line: string) => void): Peers {
  mkdirSync(folder, { recursive: true });
  // beside src as beside dist
  const runners = fileURLToPath(new URL("../../src/bench/peers/", import.meta.url));
  cpSync(runners, folder, { recursive: true });
  const npm = tryTo(() => {
    installPackages(folder, print);
  });
  const python = findPython();
  const missing = [
    ...(npm === null ? [] : [TFJS, JAX_JS].map((name) => ({ name, reason: npm }))),
    ...("reason" in python ? [{ name: PYTORCH, reason: python.reason }] : []),
  ];
  const hasNpm = npm === null;
  const found = "command" in python ? python.command : null;
  return {
    systems: [...(found === null ? [] : pytorch(folder, found)), ...(hasNpm ? ofNpm(folder) : [])],
    coldStarts: coldStarts(folder, hasNpm, found),
    missing,
    warnings: warningsOn(python),
    offer: ({ name, problems }) => {
      writeProblems(join(folder, "data", name), problems("full"));
    },
  };
}

/** null if it went well, else the reason. */
function tryTo(attempt: () => void): string | null {
  try {
    attempt();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return (lines.findLast((line) => /error/i.test(line)) ?? lines[0] ?? "unknown").trim();
}

function installPackages(folder: string, print: (line: string) => void): void {
  const isThere = Object.entries(PEER_PACKAGES).every(([name, version]) => {
    const path = join(folder, "node_modules", name, "package.json");
    if (!existsSync(path)) return false;
    return (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version === version;
  });
  if (isThere) return;
  print(`installing ${Object.keys(PEER_PACKAGES).join(", ")} in ${folder}`);
  const manifest = { name: "tapegrad-bench-peers", private: true, dependencies: PEER_PACKAGES };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const isWindows = process.platform === "win32";
  execFileSync(isWindows ? "npm.cmd" : "npm", options, {
    cwd: folder,
    stdio: "pipe",
    shell: isWindows,
  });
}

type Python = { readonly command: string; readonly gflops: number } | { readonly reason: string };

/** Imports PyTorch, and prints how fast it multiplies matrices on one thread. */
const PROBE = `
import time, torch
torch.set_num_threads(1)
a = torch.ones(256, 256)
times = []
for _ in range(20):
    start = time.perf_counter()
    torch.mm(a, a)
    times.append(time.perf_counter() - start)
print(2 * 256**3 / min(times) / 1e9)
`;

function findPython(): Python {
  let reason = "";
  for (const command of ["/usr/bin/python3", "python3"]) {
    try {
      const env = { ...process.env, ...ONE_THREAD };
      const printed = execFileSync(command, ["-c", PROBE], {
        encoding: "utf8",
        stdio: "pipe",
        env,
      });
      return { command, gflops: Number(printed) };
    } catch (error) {
      reason = reasonOf(error);
    }
  }
  return { reason };
}

/** Below this, products do not use the processor's vectors. */
const TUNED_GFLOPS = 20;

function warningsOn(python: Python): readonly string[] {
  if ("reason" in python || python.gflops >= TUNED_GFLOPS) return [];
  const rate = python.gflops.toFixed(1);
  return [
    `${PYTORCH} multiplies matrices at ${rate} GFLOP/s, so it has no tuned BLAS: its W1, W5 and W6 say little. Install OpenBLAS.`,
  ];
}

function pytorch(folder: string, command: string): readonly System[] {
  const one = (name: string, env: Readonly<Record<string, string>>): System => ({
    name,
    serve: (workload) => ({
      command,
      args: ["pytorch.py", workload, join("data", workload)],
      cwd: folder,
      env,
    }),
  });
  const tuned = one(PYTORCH_TUNED, TUNED_MALLOC);
  return [
    one(PYTORCH, {}),
    // a difference only where temporaries are large
    { ...tuned, workloads: TUNED_WORKLOADS },
  ];
}

function ofNpm(folder: string): readonly System[] {
  const one = (name: string, script: string): System => ({
    name,
    serve: (workload) => ({
      command: process.execPath,
      args: [script, workload, join("data", workload)],
      cwd: folder,
    }),
  });
  return [one(TFJS, "tfjs.mjs"), one(JAX_JS, "jax-js.mjs")];
}

function coldStarts(folder: string, hasNpm: boolean, python: string | null): readonly ColdStart[] {
  const one = (system: string, variant: string, command: string, args: string[]): ColdStart => ({
    system,
    variant,
    command: { command, args, cwd: folder, env: ONE_THREAD },
  });
  const node = process.execPath;
  return [
    one("node", "empty process", node, ["cold-empty.mjs"]),
    ...(hasNpm
      ? [
          one(TFJS_CPU, "eager", node, ["cold-tfjs.cjs", "cpu"]),
          one(TFJS, "eager", node, ["cold-tfjs.cjs", "wasm"]),
          one(JAX_JS, "jit", node, ["cold-jax-js.mjs", "jit"]),
        ]
      : []),
    ...(python === null ? [] : [one(PYTORCH, "eager", python, ["cold-pytorch.py"])]),
  ];
}
