/** @file Run by tape-from-json.test.ts in another process: loads tapes from standard input, and says what they compute. */
import { readFileSync } from "node:fs";
import { tapeFromJSON } from "@tapegrad/autograd";
import { bitsOf } from "./bits.ts";

const texts = JSON.parse(readFileSync(0, "utf8")) as readonly string[];
const found = texts.map((text) => {
  const tape = tapeFromJSON(text);
  return {
    printed: String(tape),
    output: bitsOf(tape.output),
    replayed: bitsOf(tape.replay(...tape.inputs)),
  };
});
process.stdout.write(JSON.stringify(found));
