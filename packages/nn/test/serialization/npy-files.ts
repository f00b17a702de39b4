/**
 * @file Builder of npy files, right and wrong, without any code of the reader or the writer.
 */

/** A file of a dictionary, written as it stands, and values. */
export function npyFile(
  dictionary: string,
  values: readonly number[] | Uint8Array = [],
  [major, minor]: readonly [number, number] = [1, 0],
): Uint8Array {
  const text = new TextEncoder().encode(`${dictionary}\n`);
  const length = Array.from(
    { length: major === 1 ? 2 : 4 },
    (_, i) => (text.length >> (8 * i)) & 255,
  );
  const magic = [0x93, ...new TextEncoder().encode("NUMPY"), major, minor];
  return new Uint8Array([...magic, ...length, ...text, ...values]);
}

/** The usual dictionary. */
export const dictionaryOf = (descr: string, shape: string, fortranOrder = false): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortranOrder ? "True" : "False"}, 'shape': ${shape}, }`;
