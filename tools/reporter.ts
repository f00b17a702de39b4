/**
 * @file The vitest reporter that says, at the very end, what was skipped, what tests have counted, how
 * many properties ran, and as its last line exactly `N passed, N failed, N skipped`, counting tests.
 *
 * It runs beside the default reporter and prints when the process exits, so that nothing follows it.
 * A run that fails without a failing test (a file that does not load, an unhandled error, a crashed
 * worker) counts at least one failed; and if anything failed, the exit code is not zero.
 */

import type { TaskMeta } from "vitest";
import type { Reporter, TestCase, TestModule } from "vitest/node";
// The setup file declares what a test carries in its meta.
import type {} from "./count-properties.ts";
import type { PropertyPolicy } from "./property-policy.ts";

/** What a run amounted to. */
export interface Summary {
  passed: number;
  failed: number;
  properties: number;
  runs: number;
  readonly skipped: string[];
  readonly tallies: Tallies;
}

/** Counts by title and part. */
export type Tallies = Record<string, Record<string, number>>;

/** What a test counts of its own accord, such as the cases it made; one title is one line at the end. */
interface TallyMeta {
  readonly tallies?: Readonly<Tallies>;
}

const SHOWN_SKIPS = 40;

/** Prints the summary of a run; see the file comment. */
export class CountReporter implements Reporter {
  #policy: PropertyPolicy | null = null;
  #summary: Summary = emptySummary();
  #listSkips = true;

  constructor() {
    // From the start, so that a configuration that fails is counted too.
    process.once("exit", (code) => this.#atExit(code));
  }

  /** Takes the policy that it will print, and returns it. */
  use(policy: PropertyPolicy): PropertyPolicy {
    this.#policy = policy;
    return policy;
  }

  onInit(vitest: { readonly config: { readonly testNamePattern?: RegExp | undefined } }): void {
    // Under `-t` everything else is skipped on purpose.
    this.#listSkips = vitest.config.testNamePattern === undefined;
    if (this.#policy !== null) process.stdout.write(`${seedLine(this.#policy)}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#summary = summarize(modules);
    if (this.#summary.failed === 0) this.#summary.failed = unhandledErrors.length;
  }

  #atExit(code: number): void {
    const summary = this.#summary;
    if (code !== 0 && summary.failed === 0) summary.failed = 1;
    if (code === 0 && summary.failed > 0) process.exitCode = 1;
    const lines = this.#listSkips ? skippedLines(summary.skipped) : [];
    lines.push(...tallyLines(summary.tallies));
    if (this.#policy !== null) lines.push(propertyLine(summary, this.#policy));
    process.stdout.write(`${[...lines, countLine(summary)].join("\n")}\n`);
  }
}

/** The last line. */
export function countLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed, ${skipped.length} skipped`;
}

/** The line before it: how many properties, how many cases, and how to see the same ones again. */
export function propertyLine({ properties, runs }: Summary, policy: PropertyPolicy): string {
  return `properties: ${count(properties)}, runs: ${count(runs)}, seed base: ${policy.seed}`;
}

/** One line per title: what all tests counted under it, and in which parts. */
export function tallyLines(tallies: Readonly<Tallies>): string[] {
  return Object.entries(tallies).map(([title, parts]) => {
    const total = Object.values(parts).reduce((sum, n) => sum + n, 0);
    const listed = Object.entries(parts)
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([part, n]) => `${part}: ${count(n)}`);
    return `${title}: ${count(total)} (${listed.join(", ")})`;
  });
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}

/** One line per skipped test with its reason, at most SHOWN_SKIPS of them. */
export function skippedLines(skipped: readonly string[]): string[] {
  const shown = skipped.slice(0, SHOWN_SKIPS).map((test) => `skipped: ${test}`);
  const more = skipped.length - shown.length;
  return more > 0 ? [...shown, `skipped: and ${more} more`] : shown;
}

/** Counts the tests of all modules; what failed outside of any test counts as one failed. */
export function summarize(modules: readonly TestModule[]): Summary {
  const summary = emptySummary();
  for (const module of modules) {
    summary.failed += module.errors().length > 0 ? 1 : 0;
    for (const suite of module.children.allSuites()) {
      summary.failed += suite.errors().length > 0 ? 1 : 0;
    }
    for (const test of module.children.allTests()) addTest(summary, test);
  }
  return summary;
}

function addTest(summary: Summary, test: TestCase): void {
  const result = test.result();
  if (result.state === "passed") summary.passed += 1;
  else if (result.state === "skipped") summary.skipped.push(skipReason(test, result.note));
  else summary.failed += 1; // failed, or pending because its worker died
  const { propertyCount, tallies = {} } = test.meta() as TaskMeta & TallyMeta;
  summary.properties += propertyCount?.properties ?? 0;
  summary.runs += propertyCount?.runs ?? 0;
  for (const [title, parts] of Object.entries(tallies)) {
    const sums = summary.tallies[title] ?? {};
    summary.tallies[title] = sums;
    for (const [part, n] of Object.entries(parts)) sums[part] = (sums[part] ?? 0) + n;
  }
}

function skipReason(test: TestCase, note: string | undefined): string {
  const mode = test.options.mode === "todo" ? "todo" : "no reason given";
  return `${test.module.relativeModuleId} > ${test.fullName} (${note ?? mode})`;
}

function seedLine({ seed, runsFactor }: PropertyPolicy): string {
  const factor = runsFactor === 1 ? "" : `, runs × ${runsFactor}`;
  return `properties: seed base ${seed}${factor} (TAPEGRAD_SEED=${seed} repeats this run)`;
}

function emptySummary(): Summary {
  return { passed: 0, failed: 0, properties: 0, runs: 0, skipped: [], tallies: {} };
}
