/**
 * @file A process that offers the cases of one workload and runs those that are asked for: the conversation,
 * one line of JSON each way, whatever the process is written in.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Budget } from "./measure.ts";

/** What a process says first: who it is, and the cases it has, by their position from then on. */
export interface Hello {
  readonly about: string;
  readonly cases: readonly Offer[];
}

export interface Offer {
  readonly problem: string;
  readonly variant: string;
}

/** The first order of a case has it checked before. */
export interface Order extends Budget {
  readonly case: number;
}

/** Durations of the calls in milliseconds, or why there are none. */
export type Answer =
  | { readonly times: readonly number[] }
  | { readonly failure: string; readonly wrong?: boolean };

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Every library that counts threads is told one. */
export const ONE_THREAD: Readonly<Record<string, string>> = {
  OMP_NUM_THREADS: "1",
  OPENBLAS_NUM_THREADS: "1",
  MKL_NUM_THREADS: "1",
};

const ANSWER_MS = 600_000;

export class Child {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";

  constructor({ command, args, cwd, env }: Command) {
    this.#process = spawn(command, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...ONE_THREAD, ...env },
      stdio: "pipe",
    });
    // the end of the output tells the same, and there the reason is put together
    this.#process.on("error", (error) => {
      this.#complaints += error.message;
    });
    this.#process.stdin.on("error", () => undefined);
    this.#process.stderr.on("data", (text: Buffer) => {
      this.#complaints = `${this.#complaints}${text.toString()}`.slice(-2000);
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Error with what the process wrote to its error output, if it ends instead. */
  async hello(): Promise<Hello> {
    return (await this.#next()) as Hello;
  }

  /** The answer; a process that ends or hangs gives a failure. */
  async ask(order: Order): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(order)}\n`);
    try {
      return (await this.#next()) as Answer;
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    }
  }

  stop(): void {
    this.#process.kill();
  }

  async #next(): Promise<unknown> {
    const timer = setTimeout(() => {
      this.stop();
    }, ANSWER_MS);
    try {
      for (;;) {
        const { value, done } = await this.#lines.next();
        if (done === true) throw new Error(this.#reason());
        // libraries print to the same output
        if (value.startsWith("{")) return JSON.parse(value);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #reason(): string {
    const lines = this.#complaints.split("\n").filter((line) => line.trim() !== "");
    const error = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
    return `the process ended${error === undefined ? "" : `: ${error.trim()}`}`;
  }
}
