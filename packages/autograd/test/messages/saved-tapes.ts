/** @file Messages of tapes that are saved and loaded. */
import {
  bindAll,
  define,
  type Primitive,
  record,
  scalarKernel,
  type TapeJSON,
  type Tensor,
  tapeFromJSON,
  tensor,
} from "@tapegrad/autograd";

const own = (name: string): Primitive =>
  define.linear({
    name,
    arity: 1,
    domain: [{ min: -1, max: 1 }],
    cases: [{ params: null }],
    abstractEval: ([x]) => x,
    kernel: () => scalarKernel("neg", 1),
    transpose: (cotangent) => cotangent.neg(),
  });

const bound = (primitive: Primitive, params: unknown): TapeJSON =>
  record((x: Tensor) => bindAll(primitive, [x], params), tensor(1)).toJSON();

const tape = record(
  (x: Tensor) => ({ y: x.mul(2).sum({ axes: 0, keepDims: true }) }),
  tensor([1, 2]),
);

/** Loads the tape with `value` at a place such as `entries.1.operands`. */
const spoilt = (place: string, value: unknown) => (): unknown => {
  const json: unknown = JSON.parse(JSON.stringify(tape));
  const keys = place.split(".");
  const last = keys.pop() ?? "";
  let holder = json as Record<string, unknown>;
  for (const key of keys) holder = holder[key] as Record<string, unknown>;
  holder[last] = value;
  return tapeFromJSON(JSON.stringify(json));
};

/** Loads the text of the tape with a part of it replaced. */
const replaced = (part: string, by: string) => (): unknown =>
  tapeFromJSON(JSON.stringify(tape).replace(part, by));

const nested = (open: string, close: string): unknown =>
  JSON.parse(`${open.repeat(99)}${close.repeat(99)}`);

export const calls: readonly (() => unknown)[] = [
  () => bound(own("looping"), { body: () => 1 }),
  () => bound(own("looping"), new Map()),
  () => bound(own("mul"), null),
  () => record((p: Readonly<Record<string, Tensor>>) => p["$x"], { $x: tensor(1) }).toJSON(),
  () => tapeFromJSON("{"),
  () => tapeFromJSON("[1]"),
  () => tapeFromJSON({ format: "tapegrad tape", version: 2 }),
  () => tapeFromJSON(tape.toJSON(), { primitives: [own("mul")] }),
  () => tapeFromJSON(tape.toJSON(), { maxBytes: 10 }),
  replaced('"version"', '"__proto__":{},"version"'),
  spoilt("result", undefined),
  spoilt("entries", 3),
  spoilt("entries.1.primitive", "unheardOf"),
  spoilt("entries.1.operands", [1, 0]),
  spoilt("entries.1.operands", [0]),
  spoilt("entries.1.operands", [0, { constant: 7 }]),
  spoilt("entries.1.operands", [0, "x"]),
  spoilt("entries.1.results", ["float32[3]"]),
  spoilt("entries.1.results", ["float16[3]"]),
  spoilt("entries.1.results", []),
  spoilt("entries.1.primitive", 5),
  spoilt("entries.2.params", null),
  replaced('"axes"', '"__proto__"'),
  spoilt("entries.2.params.axes", { $number: "12" }),
  spoilt("entries.2.params", nested("[", "]")),
  spoilt("entries.0.argument.data", "AAAA"),
  spoilt("entries.0.argument.data", "AAA"),
  spoilt("entries.0.argument.data", "AAAAAAAA-AA="),
  spoilt("entries.0.argument.aval", "bool[8]"),
  spoilt("entries.0.argument.stride", [1e12]),
  spoilt("entries.0.argument.stride", ["1"]),
  spoilt("entries.3", tape.toJSON().entries[0]),
  spoilt("arguments", { array: [] }),
  spoilt("result.object.0", ["__proto__", 2]),
  spoilt("result.object.1", ["y", 1]),
  spoilt("result", nested('{"array":[', "]}")),
];

export const text = `
ValueError: toJSON: the params of %1 = looping(…) cannot be stored, since body is a function. Use params of numbers, texts, arrays and plain objects only.
ValueError: toJSON: the params of %1 = looping(…) cannot be stored, since the whole is an object of class Map. Use params of numbers, texts, arrays and plain objects only.
ValueError: toJSON: %1 is bound by a primitive that is called mul, as one of the library's own, and would be read as that. Give it a name of its own.
ValueError: toJSON: an argument or the result has the key "$x", which is not stored. Call it something else.
FormatError: tapeFromJSON: the text is not JSON. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: the tape holds [1], which is no tape. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: the tape has version 2, and this library reads version 1. Save the tape with this version of the library, or load it with the one that saved it.
ValueError: tapeFromJSON: two primitives are called mul. Pass those that the library does not have, each once.
ValueError: tapeFromJSON: running the tape takes 24 bytes, and maxBytes is 10. Raise it, if you know where the tape comes from.
FormatError: tapeFromJSON: the tape has the key "__proto__", which does not belong there. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: the tape lacks the key "result". Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries holds 3, which is no list. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].primitive is "unheardOf", which is no primitive here. Pass primitives of your own as the option \`primitives\`.
FormatError: tapeFromJSON: entries[1].operands[0] holds 1, which is no number of an earlier value: there are 1. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].operands lists 1 for mul, which takes 2. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].operands[1].constant holds 7, which is no number of a constant: there are 1. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].operands[1] holds "x", which is no object. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].results says float32[3] where the primitive gives float32[2]. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].results[0] holds "float16[3]", which is no dtype and shape. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].results says nothing where the primitive gives float32[2]. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[1].primitive holds 5, which is no text. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[2] binds sum to float32[2] with params null, which it does not take. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[2].params has the key "__proto__". Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[2].params.axes marks "12" as a number. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[2].params is nested more than 32 deep. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[0].argument.data holds 3 bytes where "float32[2]" needs 8. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[0].argument.data holds no base64 where "float32[2]" needs 8. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[0].argument.data holds characters that are not base64. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[0].argument.data holds a bool that is neither 0 nor 1. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[0].argument.stride spreads 8 bytes over 4000000000004. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[0].argument.stride holds ["1"], which is no step for each of 1 axes. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: entries[3] is an argument behind other entries. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: arguments holds {"array":[]}, which is no list of all 1 arguments. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: result.object[0] holds ["__proto__",2], which is no key and value. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: result has a key twice. Load what \`JSON.stringify(tape)\` gave, unchanged.
FormatError: tapeFromJSON: result is nested more than 64 deep. Load what \`JSON.stringify(tape)\` gave, unchanged.
`;
