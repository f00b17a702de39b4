/**
 * @file The systems that are measured: this library, and others, each as the commands that start it.
 */
import { fileURLToPath } from "node:url";
import type { Command } from "./child.ts";
import type { WorkloadName } from "./workload.ts";

export interface System {
  readonly name: string;
  /** All by default. */
  readonly workloads?: readonly string[];
  /** A process that offers the cases of the workload. */
  serve(workload: WorkloadName): Command;
}

/** A whole process: import and one gradient. */
export interface ColdStart {
  readonly system: string;
  readonly variant: string;
  readonly command: Command;
}

export const OURS = "tapegrad";

export const oursWith = (threads: number): string =>
  threads === 1 ? OURS : `${OURS}, ${threads} threads`;

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export function ourSystem(threads: number): System {
  return {
    name: oursWith(threads),
    serve: (workload) => ({
      command: process.execPath,
      args: [script("serve.js"), workload, String(threads)],
    }),
  };
}

export const OUR_COLD_START: ColdStart = {
  system: OURS,
  variant: "eager",
  command: { command: process.execPath, args: [script("cold-start.js")] },
};

/** A process that reports on the compiled step of a workload: its first steps, or its memory. */
export function compiledStep(
  workload: "W5" | "W6",
  report: "steps" | "memory",
  threads: number,
): Command {
  const args = [script("compiled-step.js"), workload, report, String(threads)];
  return { command: process.execPath, args };
}
