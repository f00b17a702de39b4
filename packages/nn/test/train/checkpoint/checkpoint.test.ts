import { FormatError, type Tensor, tensor } from "@tapegrad/autograd";
import {
  type Checkpoint,
  Dropout,
  Linear,
  MemoryStore,
  type PlainData,
  parseCheckpoint,
  parseSafetensors,
  restoreState,
  Sequential,
  saveState,
  serializeCheckpoint,
  serializeSafetensors,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CheckpointProblem } from "../../../src/train/checkpoint/checkpoint.ts";
import { refuses, survivesMutations } from "../../hostile/hostile-files.ts";
import { messageOf } from "../../oracles/refusal.ts";

const parse = (bytes: Uint8Array) => parseCheckpoint(bytes, { name: "checkpoint" });
const bitsOf = (x: Tensor | undefined) => {
  const { buffer, byteOffset, byteLength } = x?.toTypedArray() ?? new Uint8Array();
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength)).toString("hex");
};
const listed = ({ tensors, state }: Checkpoint) => ({
  state,
  tensors: [...tensors]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, x]) => [name, x.dtype, x.shape, bitsOf(x)]),
});

const SMALL: Checkpoint = {
  tensors: new Map<string, Tensor>([
    ["model/weight", tensor([1, -0, Number.NaN])],
    ["model/random", tensor([1, 2], { dtype: "int32" })],
    ["optimizer/rate", tensor(0.1, { dtype: "float64" })],
  ]),
  state: { step: 3, history: [0.1, 1e-300], text: 'with "crc32c":"ffffffff" inside, ü' },
};

describe("a checkpoint", () => {
  it("gives back its tensors bit for bit, and its state", () => {
    const { tensors, state } = parse(serializeCheckpoint(SMALL));
    expect(state).toEqual(SMALL.state);
    expect(tensors.size).toBe(3);
    for (const [name, x] of SMALL.tensors) {
      expect(tensors.get(name)?.aval).toEqual(x.aval);
      expect(bitsOf(tensors.get(name))).toEqual(bitsOf(x));
    }
  });

  it("gives back any plain data and any names", () => {
    const state = fc.jsonValue({ maxDepth: 2 });
    const values = fc.array(fc.float(), { maxLength: 3 });
    const names = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__");
    fc.assert(
      fc.property(state, fc.dictionary(names, values, { maxKeys: 3 }), (data, tensors) => {
        const given = {
          state: JSON.parse(JSON.stringify(data)) as PlainData,
          tensors: new Map(Object.entries(tensors).map(([name, list]) => [name, tensor(list)])),
        };
        const found = listed(parse(serializeCheckpoint(given)));
        expect(JSON.stringify(found)).toBe(JSON.stringify(listed(given)));
      }),
    );
  });

  it("is a file of safetensors", () => {
    const { tensors, metadata } = parseSafetensors(serializeCheckpoint(SMALL), { name: "x" });
    expect([...tensors.keys()].toSorted()).toEqual([
      "model/random",
      "model/weight",
      "optimizer/rate",
    ]);
    expect(metadata.get("format")).toBe("tapegrad checkpoint 1");
  });

  it("in memory is the last one that was saved", () => {
    const store = new MemoryStore();
    expect(store.load()).toBeNull();
    store.save({ ...SMALL, state: 1 });
    store.save({ ...SMALL, state: 2 });
    expect(store.load()?.state).toBe(2);
  });
});

describe("saveState", () => {
  const owners = () => ({
    model: new Sequential(new Linear(2, 2), new Dropout(0.5)),
    other: new Linear(1, 1),
  });

  it("has the variables of all owners, random states included, which restoreState assigns", () => {
    const [from, to] = [owners(), owners()];
    const tensors = saveState(from);
    expect([...tensors.keys()]).toEqual([
      "model/0.weight",
      "model/0.bias",
      "model/1.random",
      "other/weight",
      "other/bias",
    ]);
    restoreState(to, tensors);
    expect(listed({ tensors: saveState(to), state: 0 })).toEqual(listed({ tensors, state: 0 }));
  });

  it("is assigned as a whole or not at all", () => {
    const to = owners();
    const before = listed({ tensors: saveState(to), state: 0 });
    const tensors = new Map([...saveState(owners()), ["other/bias", tensor([1, 2])]]);
    expect(messageOf(() => restoreState(to, tensors))).toMatchInlineSnapshot(
      `"ShapeError: loadStateDict: other/bias is float32[1] in the run but float32[2] in the given values. Build the run that these values belong to, or convert them first."`,
    );
    expect(listed({ tensors: saveState(to), state: 0 })).toEqual(before);
  });
});

describe("a damaged checkpoint", () => {
  const bytes = serializeCheckpoint(SMALL);

  it("is refused, whichever bit is wrong", () => {
    const accepted: number[] = [];
    for (let bit = 0; bit < 8 * bytes.length; bit += 5) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      try {
        parse(damaged);
        accepted.push(bit);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }
    expect(accepted).toEqual([]);
  });

  survivesMutations({
    files: [bytes],
    parse,
    check: ({ tensors }) => {
      for (const [name, x] of tensors) {
        if (x.toTypedArray().length !== x.size) throw new Error(name);
      }
    },
    repair: sealed,
  });

  const metadata = { format: "tapegrad checkpoint 1", crc32c: "00000000", state: "{" };
  const stored = { dtype: "int64", shape: [], data: BigInt64Array.of(1n) } as const;

  refuses<CheckpointProblem>(parse, [
    ["safetensors without metadata", "format", serializeSafetensors({ a: tensor(1) })],
    ["another version", "format", serializeSafetensors({}, { metadata: { format: "2" } })],
    [
      "no checksum",
      "checksum",
      serializeSafetensors({}, { metadata: { format: metadata.format } }),
    ],
    ["another checksum", "checksum", serializeSafetensors({}, { metadata })],
    ["a state that is no JSON", "state", () => sealed(serializeSafetensors({}, { metadata }))],
    ["no state", "state", () => sealed(withoutState())],
    ["an int64", "dtype", () => sealed(serializeSafetensors({ a: stored }, { metadata }))],
  ]);

  function withoutState(): Uint8Array {
    const { format, crc32c } = metadata;
    return serializeSafetensors({}, { metadata: { format, crc32c } });
  }

  it("and what cannot be one are refused with the place and what to do", () => {
    const state = (value: unknown) =>
      serializeCheckpoint({ tensors: new Map(), state: value as PlainData });
    expect([
      messageOf(() => parse(serializeSafetensors({ a: tensor(1) }))),
      messageOf(() => parse(serializeSafetensors({}, { metadata: { format: "2" } }))),
      messageOf(() => parse(serializeSafetensors({}, { metadata }))),
      messageOf(() => parse(sealed(serializeSafetensors({}, { metadata })))),
      messageOf(() => parse(sealed(serializeSafetensors({ a: stored }, { metadata })))),
      messageOf(() => state({ losses: [1, Number.NaN] })),
      messageOf(() => state({ when: new Date() })),
      messageOf(() => state({ rate: undefined })),
    ]).toMatchInlineSnapshot(`
      [
        "FormatError: parseCheckpoint: checkpoint: it has no format, but a checkpoint is a "tapegrad checkpoint 1". Take another checkpoint, or start the run again.",
        "FormatError: parseCheckpoint: checkpoint: it has the format "2", but a checkpoint is a "tapegrad checkpoint 1". Take another checkpoint, or start the run again.",
        "FormatError: parseCheckpoint: checkpoint: its checksum is that of other bytes, so it is damaged. Take another checkpoint, or start the run again.",
        "FormatError: parseCheckpoint: checkpoint: its state is no JSON. Take another checkpoint, or start the run again.",
        "FormatError: parseCheckpoint: checkpoint: its tensor "a" is int64, which no variable is. Take another checkpoint, or start the run again.",
        "ValueError: serializeCheckpoint: state.losses.1 is NaN, which JSON does not hold. Use finite numbers, texts, true, false, null, and arrays and plain objects of them.",
        "ValueError: serializeCheckpoint: state.when is of type object, which JSON does not hold. Use finite numbers, texts, true, false, null, and arrays and plain objects of them.",
        "ValueError: serializeCheckpoint: state.rate is undefined, which JSON does not hold. Use finite numbers, texts, true, false, null, and arrays and plain objects of them.",
      ]
    `);
  });
});

/** The file with the checksum that it should have, computed bit by bit. */
function sealed(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const key = '"crc32c":"';
  const place = copy.indexOf(key) + key.length;
  if (place < key.length || place + 8 > copy.length) return bytes;
  copy.write("00000000", place);
  let rest = 0xffffffff;
  for (const byte of copy) {
    rest ^= byte;
    for (let i = 0; i < 8; i++) rest = (rest >>> 1) ^ (rest & 1 ? 0x82f63b78 : 0);
  }
  copy.write((~rest >>> 0).toString(16).padStart(8, "0"), place);
  return new Uint8Array(copy);
}
