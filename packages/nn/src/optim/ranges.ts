/** @file The checks of numbers that optimisers, schedules and averages of weights share. */
import { ValueError } from "@tapegrad/autograd";

/** @throws ValueError unless `fits` and the value is finite. */
export function requireRange(
  op: string,
  name: string,
  value: number,
  fits: boolean,
  range: string,
): void {
  if (fits && Number.isFinite(value)) return;
  throw new ValueError(op, { name, value }, (d) => `${d.name} is ${d.value}. Use ${range}.`);
}

/** Checks named numbers that must not be negative. */
export function requireNotNegative(op: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    requireRange(op, name, value, value >= 0, "a number from 0 up");
  }
}

/** Checks named weights of old values in averages. */
export function requireDecays(op: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    requireRange(op, name, value, value >= 0 && value < 1, "a number from 0 to below 1");
  }
}
