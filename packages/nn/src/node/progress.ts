/**
 * @file createProgress: how far a long computation is, as one line that is drawn again on a terminal, and as a line
 * every few seconds elsewhere.
 *
 * A training loop does not return to the event loop, so everything is written from `update` itself: there is no timer,
 * and no signal handler to take Ctrl-C away from the program. The cursor stays visible.
 */
import { clearLine, cursorTo } from "node:readline";

/** What is needed of a stream: `process.stdout` and `process.stderr` fit. */
export type ProgressStream = NodeJS.WritableStream & {
  readonly isTTY?: boolean;
  readonly columns?: number;
};

export interface ProgressOptions {
  /** What is being computed, such as "seed 2"; nothing by default. */
  readonly label?: string;
  /** Steps in all; null where that is not known. */
  readonly total: number | null;
  /** `process.stderr` by default. */
  readonly stream?: ProgressStream;
  /** Steps done before, by an earlier run; they do not count for the rate. */
  readonly start?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

export interface Progress {
  /** After step `step`; `text` is the newest result. May be called at every step. */
  readonly update: (step: number, text?: string) => void;
  /** A line that stays, above the bar. */
  readonly log: (line: string) => void;
  /** Shows the last state and leaves it there. */
  readonly stop: () => void;
}

/** Where the computation is; the rate is null until it can be known. */
interface State {
  readonly label: string;
  readonly step: number;
  readonly total: number | null;
  readonly stepsPerSecond: number | null;
  readonly text: string;
}

/**
 * Starts to show the progress of a loop; `progressBar` is that of `fit`.
 *
 * - a terminal gets a bar, drawn ten times a second at most, that drops what is least missed where it is narrow
 * - a pipe, a file and a terminal of less than 20 columns get a line every five seconds
 *
 * @example
 * const progress = createProgress({ label: "seed 1", total: 50_000 });
 * progress.update(1000, "test accuracy 92.43 %");
 * progress.stop();
 * // ░░░░░░░░░░░░░░░░░░░░ seed 1  2 %  2 min 38 s left  310 steps/s  test accuracy 92.43 %
 */
export function createProgress(options: ProgressOptions): Progress {
  const { label = "", total, start = 0 } = options;
  const { stream = process.stderr, now = () => performance.now() } = options;
  const output = columnsOf(stream) < MINIMUM_COLUMNS ? lineOutput(stream) : barOutput(stream);
  const began = now();
  let shown = began;
  let shownStep = -1;
  let state: State = { label, step: start, total, stepsPerSecond: null, text: "" };
  const show = (time: number): void => {
    output.show(state);
    shown = time;
    shownStep = state.step;
  };
  return {
    update(step, text = state.text) {
      const time = now();
      const seconds = (time - began) / 1000;
      const stepsPerSecond = seconds > 0 && step > start ? (step - start) / seconds : null;
      state = { label, step, total, stepsPerSecond, text };
      if (time - shown >= output.interval) show(time);
    },
    log: (line) => output.log(line),
    stop() {
      if (shownStep !== state.step) show(now());
      output.stop();
    },
  };
}

interface Output {
  /** Milliseconds between two drawings. */
  readonly interval: number;
  readonly show: (state: State) => void;
  readonly log: (line: string) => void;
  readonly stop: () => void;
}

const MINIMUM_COLUMNS = 20;

/** 0 where there is no terminal, or one that does not know its size. */
const columnsOf = ({ isTTY = false, columns = 0 }: ProgressStream): number => (isTTY ? columns : 0);

function lineOutput(stream: ProgressStream): Output {
  const log = (line: string): void => {
    stream.write(`${line}\n`);
  };
  return { interval: 5000, show: (state) => log(lineOf(state)), log, stop: () => undefined };
}

function barOutput(stream: ProgressStream): Output {
  let bar = "";
  const draw = (text: string): void => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
    stream.write(text);
  };
  return {
    interval: 100,
    show(state) {
      // one column is left free: some terminals wrap when the last one is written
      bar = barOf(state, Math.max(MINIMUM_COLUMNS, columnsOf(stream)) - 1);
      draw(bar);
    },
    log(line) {
      draw(`${line}\n`);
      stream.write(bar);
    },
    stop() {
      if (bar !== "") stream.write("\n");
      bar = "";
    },
  };
}

/** "seed 1: step 1,200 of 5,000 (24 %), 310 steps/s, 12 s left, test accuracy 92.43 %". */
function lineOf(state: State): string {
  const { label, total, text } = state;
  const place = total === null ? "" : ` of ${count(total)} (${percent(state.step, total)})`;
  const [rate, rest] = rateAndRest(state);
  const parts = [`step ${count(state.step)}${place}`, rate, rest, text].filter(isNotEmpty);
  return `${label === "" ? "" : `${label}: `}${parts.join(", ")}`;
}

/**
 * The bar and as much beside it as fits into `columns`. What is least missed goes first when there is little room:
 * the newest result, then the rate, then the time left, then the label; how much is done always stays.
 */
function barOf(state: State, columns: number): string {
  const { label, step, total, text } = state;
  const [rate, rest] = rateAndRest(state);
  const done = total === null ? `step ${count(step)}` : percent(step, total);
  const candidates = [
    [label, done, rest, rate, text],
    [label, done, rest, rate],
    [label, done, rest],
    [done, rest],
  ].map((parts) => parts.filter(isNotEmpty).join("  "));
  const least = total === null ? 0 : SHORTEST_BAR + 1;
  const beside = candidates.find(({ length }) => length + least <= columns) ?? done;
  if (total === null) return beside;
  return `${drawBar(fractionOf(step, total), Math.min(LONGEST_BAR, columns - beside.length - 1))} ${beside}`;
}

const SHORTEST_BAR = 8;
const LONGEST_BAR = 30;

function drawBar(fraction: number, width: number): string {
  const full = Math.floor(fraction * width);
  return "█".repeat(full) + "░".repeat(width - full);
}

/** Rounded down, so that 100 % means finished. */
const percent = (step: number, total: number): string =>
  `${Math.floor(100 * fractionOf(step, total))} %`;

/** Nothing at all is done from the beginning. */
const fractionOf = (step: number, total: number): number => {
  return total > 0 ? Math.min(1, step / total) : 1;
};

function rateAndRest({ step, total, stepsPerSecond: perSecond }: State): [string, string] {
  if (perSecond === null) return ["", ""];
  const rate = `${perSecond < 10 ? perSecond.toFixed(1) : count(perSecond)} steps/s`;
  return [
    rate,
    total !== null && step < total ? `${duration((total - step) / perSecond)} left` : "",
  ];
}

const isNotEmpty = (text: string): boolean => text !== "";

const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** "45 s", "3 min 20 s", "2 h 5 min". */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
