/**
 * @file The entry point `@tapegrad/nn/formats`: files whose readers need other packages (fflate for npz, papaparse
 * for CSV), kept out of the main entry so that it loads neither. It runs in browsers, and only re-exports.
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
