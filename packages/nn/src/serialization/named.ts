/** @file Values by name, as callers have them: in an object or in a Map. */

/** Values by name: an object, such as a state dict, or a Map. */
export type Named<T> = ReadonlyMap<string, T> | Readonly<Record<string, T>>;

export const entriesOf = <T>(named: Named<T>): readonly (readonly [string, T])[] =>
  named instanceof Map ? [...named] : Object.entries(named);
