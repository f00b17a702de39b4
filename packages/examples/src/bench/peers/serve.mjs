/**
 * @file What the runners of other systems share: the problems with their numbers, the comparison of results,
 * and the conversation with the benchmark, one line of JSON each way.
 *
 * It is copied beside the installed packages and imports nothing of this library.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const TOLERANCE = 1e-3;
/** No measurement takes much longer than it was given, however slow a call is. */
const PATIENCE = 8;

/** The problems of the workload that the process was started for, with their numbers. */
function readProblems(folder) {
  const text = readFileSync(`${folder}/manifest.json`, "utf8");
  const numbers = ({ shape, dtype, file }) => {
    const bytes = readFileSync(`${folder}/${file}`);
    const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
    return { shape, data: dtype === "int32" ? new Int32Array(buffer) : new Float32Array(buffer) };
  };
  const all = (record) =>
    Object.fromEntries(Object.entries(record).map(([name, entry]) => [name, numbers(entry)]));
  return JSON.parse(text).map(({ name, parameters, inputs, expected }) => ({
    name,
    parameters,
    inputs: all(inputs),
    expected: all(expected),
  }));
}

/** Throws unless all numbers are within 1e-3 of the largest expected one. */
export function requireClose(what, found, expected, slack = 0) {
  if (found.length !== expected.length) throw new Error(`${what}: ${found.length} numbers`);
  let gap = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i] - expected[i]);
    if (!(difference <= gap)) gap = difference;
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  if (gap <= TOLERANCE * largest + slack) return;
  throw new Error(`wrong ${what}: ${gap} off, where the largest is ${largest}`);
}

/**
 * Holds the changes of all parameters to the expected ones, relative to the largest change: the gradient is
 * one vector. Single precision loses part of a small change of a large number.
 */
export function requireChanges(problem, stored, found) {
  const { inputs, expected } = problem;
  const parts = parametersOf(problem).map(([name]) => {
    const [start, after] = [stored(inputs[name]).data, stored(expected[name]).data];
    return { start, after, found: found(name) };
  });
  const changes = (part) =>
    parts.flatMap((one) => Array.from(one[part], (v, i) => v - one.start[i]));
  requireClose("parameters", changes("found"), changes("after"), 3e-7);
}

/** Labels as rows of zeros with a one. */
export function oneHot({ data }, classes) {
  const rows = new Float32Array(data.length * classes);
  data.forEach((label, row) => {
    rows[row * classes + label] = 1;
  });
  return { shape: [data.length, classes], data: rows };
}

/** The inputs that are parameters of a network, in order. */
export function parametersOf({ inputs }) {
  return Object.entries(inputs).filter(([name]) => name !== "x" && name !== "labels");
}

async function timesOf(run, { warmUpMs, timeMs, calls }) {
  const call = async () => {
    const result = run();
    if (result instanceof Promise) await result;
  };
  const warm = performance.now();
  do await call();
  while (performance.now() - warm < warmUpMs);
  const times = [];
  const start = performance.now();
  let now = start;
  while (now - start < timeMs || times.length < calls) {
    const result = run();
    if (result instanceof Promise) await result;
    const end = performance.now();
    times.push(end - now);
    now = end;
    if (now - start > PATIENCE * timeMs) break;
  }
  return times;
}

/**
 * Offers the cases of a workload, and times those that are asked for.
 *
 * `casesOf` is called with the workload's name and its problems; a case is { problem, variant, prepare },
 * and prepare gives { run, check }, either of which may be asynchronous.
 */
export async function serve(about, casesOf) {
  const [, , workload, folder] = process.argv;
  const cases = casesOf(workload, readProblems(folder));
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  say({ about, cases: cases.map(({ problem, variant }) => ({ problem, variant })) });
  const ready = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    try {
      if (!ready.has(order.case)) {
        const prepared = await cases[order.case].prepare();
        await prepared.check();
        ready.set(order.case, prepared);
      }
      say({ times: await timesOf(ready.get(order.case).run, order) });
    } catch (error) {
      say({ failure: String(error?.message ?? error).split("\n")[0] });
    }
  }
}
