/**
 * @file Formats whose readers need other packages: fflate for npz, papaparse for CSV. The entry point
 * `@tapegrad/nn/formats` runs in browsers, and keeps the main entry from loading either.
 *
 * It only re-exports.
 */
export { type CsvData, type CsvProblem, type ParseCsvOptions, parseCsv } from "./data/csv.ts";
export type { NpyProblem } from "./serialization/npy-header.ts";
export type { ZipProblem } from "./serialization/zip-directory.ts";
export {
  type NpzProblem,
  type ParseNpzOptions,
  parseNpz,
  type SerializeNpzOptions,
  serializeNpz,
} from "./serialization/npz.ts";
