import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FormatError, type OpError } from "@tapegrad/autograd";
import { parseSafetensors, type Safetensors, toTensor } from "@tapegrad/nn";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { refuses, survivesMutations } from "../hostile/hostile-files.ts";
import { mutate } from "../hostile/mutate.ts";
import { CRAFTED } from "./hostile-safetensors.ts";
import { everyDType, fileOf, layout } from "./safetensors-files.ts";
import { NAME, type Reader, readLazily, readOpened, readStreamed } from "./safetensors-readers.ts";

const parse = (bytes: Uint8Array): Safetensors => parseSafetensors(bytes, { name: NAME });

/** Good files: every dtype, metadata, names of prototypes, an order of its own. */
const GOOD = [
  everyDType(),
  layout([[4, 9], [0, 4], [4, 4]], 9), // biome-ignore format: offsets in one line
  fileOf('{"__proto__":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]}}', new Uint8Array(4)),
];

function requireWellFormed({ tensors }: Safetensors): void {
  for (const [name, { shape, data, dtype }] of tensors) {
    const size = shape.reduce((product, n) => product * n, 1);
    if (size !== data.length) throw new Error(`${name} has ${data.length} values of ${size}`);
    if (dtype === "bool" && data.some((byte) => byte > 1)) throw new Error(`${name} is no bool`);
  }
}

describe("parseSafetensors", () => {
  survivesMutations({ files: GOOD, parse, check: requireWellFormed });
  refuses(parse, CRAFTED);

  it("is held to at least sixty crafted files, all different", () => {
    const files = CRAFTED.map(([, , file]) => String(typeof file === "function" ? file() : file));

    expect(new Set(files).size).toBe(files.length);
    expect(files.length).toBeGreaterThanOrEqual(60);
  });
});

const refusalOf = async (read: Reader, bytes: Uint8Array): Promise<OpError> => {
  try {
    await read(bytes);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe.each<[name: string, read: Reader]>([
  ["openSafetensors", readLazily],
  ["streamSafetensors", readStreamed(7)],
])("%s", (_, read) => {
  it.each(CRAFTED)("refuses %s: %s, as parseSafetensors does", async (_, problem, crafted) => {
    const bytes = typeof crafted === "function" ? crafted() : crafted;

    const error = await refusalOf(read, bytes);

    expect(error.details).toMatchObject({ problem });
  });

  it("reads good files as parseSafetensors does", async () => {
    for (const file of GOOD) expect(await read(file)).toEqual(parse(file));
  });
});

describe("all readers", () => {
  let directory = "";
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "tapegrad-readers-"));
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const outcome = async (read: Reader, bytes: Uint8Array): Promise<unknown> => {
    try {
      return await read(bytes);
    } catch (error) {
      if (error instanceof FormatError) return "refused";
      throw error;
    }
  };

  it("read the same of a damaged file, or all refuse it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.noShrink(fc.integer()),
        fc.integer({ min: 1, max: 64 }),
        async (seed, size) => {
          const { bytes } = mutate(seed, GOOD);
          const expected = await outcome(async () => parse(bytes), bytes);

          expect(await outcome(readStreamed(size), bytes)).toEqual(expected);
          expect(await outcome(async () => readOpened(bytes, directory), bytes)).toEqual(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe("toTensor", () => {
  it("takes whatever was read of a damaged file", () => {
    fc.assert(
      fc.property(fc.noShrink(fc.integer()), (seed) => {
        const { bytes } = mutate(seed, GOOD);
        let read: Safetensors;
        try {
          read = parse(bytes);
        } catch {
          return;
        }
        for (const stored of read.tensors.values()) {
          if (stored.dtype === "int64") continue;
          expect(toTensor(stored).shape).toEqual(stored.shape);
        }
      }),
      { numRuns: 200 },
    );
  });
});
