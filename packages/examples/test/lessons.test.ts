/**
 * @file Every lesson found in the folder is run; a new one is tested the moment it exists.
 *
 * A lesson must assert what its first comment says. That it does is seen by making each of its
 * assertions fail in turn: the lesson has to fail with it.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, vi } from "vitest";

type Lesson = (print: (...values: unknown[]) => void) => void | Promise<void>;

const planted = vi.hoisted(() => ({ asserted: 0, failing: -1 }));

vi.mock("node:assert/strict", async (original) => {
  const { default: actual } = await original<{ readonly default: Record<string, unknown> }>();
  const counted = (check: unknown): unknown =>
    typeof check !== "function"
      ? check
      : (...args: readonly unknown[]): unknown => {
          if (planted.asserted++ === planted.failing) throw new Error("planted");
          return (check as (...args: readonly unknown[]) => unknown)(...args);
        };
  const checks = Object.entries(actual).map(([name, check]) => [name, counted(check)] as const);
  return { default: Object.fromEntries(checks) };
});

const folder = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name));

/** The first comment, as text. */
function firstComment(file: string): string {
  const [, text = ""] =
    /^\/\*\* ?([\s\S]*?)\*\//.exec(readFileSync(`${folder}${file}`, "utf8")) ?? [];
  return text.replaceAll(/\s+\* ?|\s+/g, " ").trim();
}

beforeEach(() => {
  planted.asserted = 0;
  planted.failing = -1;
});

describe("the lessons", () => {
  it("are numbered from 01 without a gap", () => {
    expect(files.map((file) => Number(file.slice(0, 2)))).toEqual(files.map((_, i) => i + 1));
    expect(files.length).toBeGreaterThanOrEqual(12);
  });
});

describe("npm run lesson", () => {
  const run = (
    ...args: readonly string[]
  ): { readonly status: number | null; readonly output: string } => {
    const node = ["--conditions=source", "--import", "tsx", `${folder}lesson.ts`];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...node, ...args], {
      encoding: "utf8",
    });
    return { status, output: stdout + stderr };
  };

  it("runs the lesson of that number", () => {
    const { status, output } = run("3");

    expect(status).toBe(0);
    expect(output).toContain("%0 = input : float64[3]");
  });

  it("lists all of them where there is none, and says so", () => {
    const { status, output } = run("99");

    expect(status).toBe(1);
    expect(output).toContain('there is no lesson "99"');
    for (const file of files) {
      expect(output).toContain(`${file.slice(0, 2)}  ${firstComment(file).replace("@file ", "")}`);
    }
  });
});

describe.each(files)("%s", (file) => {
  const load = async (): Promise<Lesson> =>
    ((await import(`${folder}${file}`)) as { readonly lesson: Lesson }).lesson;

  it("begins with one sentence", () => {
    expect(firstComment(file)).toMatch(/^@file [^.!?]+(?:\.\d[^.!?]*)*\.$/);
  });

  it("shows something", async () => {
    const lesson = await load();
    const print = vi.fn<(...values: unknown[]) => void>();

    await lesson(print);

    expect(print).toHaveBeenCalled();
  });

  it("asserts its sentence, and fails with any of its assertions", async () => {
    const lesson = await load();
    await lesson(() => undefined);
    const count = planted.asserted;

    expect(count).toBeGreaterThan(0);
    for (let failing = 0; failing < count; failing++) {
      planted.asserted = 0;
      planted.failing = failing;
      await expect(async () => lesson(() => undefined)).rejects.toThrow("planted");
    }
  });

  it("fits on a page", () => {
    expect(readFileSync(`${folder}${file}`, "utf8").split("\n").length - 1).toBeLessThanOrEqual(60);
  });
});
