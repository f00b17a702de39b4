/** @file Options of convolutions and pools along one or three axes: one number for all, or one for each. */
import { ValueError } from "../../errors.ts";

/** One number for all directions, or one for each, in the order of the axes. */
export type Along = number | readonly number[];

/** The option `name` as `count` integers that are at least `least`. @throws ValueError if it is none. */
export function alongOf(
  op: string,
  name: string,
  value: Along,
  count: number,
  least: 0 | 1,
): readonly number[] {
  const given: readonly number[] = typeof value === "number" ? [value] : value;
  const list = given.length === 1 ? Array.from({ length: count }, () => given[0]) : given;
  if (list.length === count && list.every((n) => Number.isSafeInteger(n) && n >= least)) {
    return list;
  }
  throw new ValueError(op, { option: name, value }, (d) => {
    return `the option ${d.option} is ${JSON.stringify(d.value)}. Use an integer of ${least} or more, or ${count} of them.`;
  });
}
