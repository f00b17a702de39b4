/**
 * @file Numbers as they are written in tables, reports and progress lines; the same on every machine.
 *
 * The locale is fixed, so that a report does not depend on where it was made.
 */

/** Stands for a number that was not measured or is not finite. */
export const MISSING = "–";

const counts = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** 50000 is "50,000". */
export const formatCount = (count: number): string => counts.format(count);

/** A fraction in percent without its sign: 0.97653 is "97.65". */
export function formatPercent(fraction: number | null, digits = 2): string {
  return fraction === null ? MISSING : formatFixed(100 * fraction, digits);
}

/** `digits` after the point, thousands apart, with a minus sign as long as a plus, and never "−0.00". */
export function formatFixed(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  const text = Math.abs(value).toFixed(digits);
  const grouped = text.replace(/\B(?=(?:\d{3})+(?:\.|$))(?<!\.\d*)/gu, ",");
  return value < 0 && Number(text) !== 0 ? `−${grouped}` : grouped;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 0.00058 is "5.8 × 10⁻⁴", and a power of ten without digits is "10⁻⁴". */
export function formatScientific(value: number | null, digits: number): string {
  if (value === null || !Number.isFinite(value)) return MISSING;
  if (value === 0) return "0";
  const [mantissa = "", exponent = ""] = Math.abs(value).toExponential(digits).split("e");
  const raised = exponent
    .replace("+", "")
    .replace("-", "⁻")
    .replaceAll(/\d/gu, (digit) => SUPERSCRIPTS[Number(digit)] ?? "");
  const power = raised === "⁰" ? "" : `10${raised}`;
  const factors = mantissa === "1" && power !== "" ? [power] : [mantissa, power];
  return `${value < 0 ? "−" : ""}${factors.filter((factor) => factor !== "").join(" × ")}`;
}

/** The largest two units: 45.25 is "45 s", 3725 is "1 h 2 min". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return MISSING;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "1 step", "2 steps", "50,000 steps". */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** In lines of at most `width` characters, each two spaces in by default; words stay whole. One line without a width. */
export function wrapped(
  text: string,
  width: number = Number.POSITIVE_INFINITY,
  indent: string = "  ",
): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((one) => `${indent}${one}`).join("\n");
}

/** "a", "a and b", "a, b and c". */
export function formatList(items: readonly string[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
