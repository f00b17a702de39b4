import { FormatError, ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { type HostileFormat, isRead } from "./hostile-files.ts";
import { mutate } from "./mutate.ts";

const GOOD = Uint8Array.from({ length: 300 }, (_, i) => i % 251);
const OTHER = new TextEncoder().encode('{"shape": [3, 28], "name": "weights"}');

const format = (
  parse: (bytes: Uint8Array) => unknown,
  more: Partial<HostileFormat<unknown>> = {},
): HostileFormat<unknown> => ({ files: [GOOD], parse, check: () => {}, ...more });

const refusal = () => new FormatError("parse", { problem: "x" }, () => "no.");

describe("what mutations are held to", () => {
  it("takes what is read, and what is refused with a FormatError", () => {
    const read = format((bytes) => bytes.slice());
    const refused = format(() => {
      throw refusal();
    });

    expect(isRead(read, GOOD)).toBe(true);
    expect(isRead(refused, GOOD)).toBe(false);
  });

  it("takes another error only where the format documents it", () => {
    const parse = () => {
      throw new ValueError("parse", {}, () => "no.");
    };

    expect(() => isRead(format(parse), GOOD)).toThrow(ValueError);
    expect(isRead(format(parse, { refusals: [ValueError] }), GOOD)).toBe(false);
  });

  it.each<[string, RegExp, (bytes: Uint8Array) => unknown]>([
    [
      "an error of JavaScript's own",
      /undefined/,
      () => Reflect.get(Object(1), "x").length as number,
    ],
    ["a wrong length", /length/, () => new Uint8Array(-1)],
    ["a text that is no JSON", /JSON/, (bytes) => JSON.parse(String(bytes)) as unknown],
    ["a large buffer", /allocated/, (bytes) => new Uint8Array(2 * bytes.length + 2000)],
    ["buffers that it drops", /allocated/, () => [1, 2, 3].map(() => new Uint8Array(2000).length)],
    ["an array of a claimed size", /allocated/, () => new Array(1_000_000).fill(0.5)],
  ])("finds a parser that ends in %s", (_, message, parse) => {
    expect(() => isRead(format(parse), GOOD)).toThrow(message);
  });

  it("finds a parser that is slow", () => {
    const parse = () => {
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 20_000);
    };

    expect(() => isRead(format(parse, { timeLimit: 10 }), GOOD)).toThrow(/took \d+/);
  });

  it("finds a value that is not well-formed", () => {
    const check = () => {
      throw new Error("not well-formed");
    };

    expect(() =>
      isRead(
        format(() => 1, { check }),
        GOOD,
      ),
    ).toThrow("not well-formed");
  });
});

describe("mutations", () => {
  it("are functions of their seeds", () => {
    expect(mutate(7, [GOOD])).toEqual(mutate(7, [GOOD]));
  });

  it("leave the good file alone", () => {
    const copy = Uint8Array.from(GOOD);

    for (let seed = 0; seed < 200; seed++) mutate(seed, [GOOD, OTHER]);

    expect(GOOD).toEqual(copy);
  });

  it("are of every kind, and nearly all different", () => {
    const mutants = Array.from({ length: 1000 }, (_, seed) => mutate(seed, [GOOD, OTHER]));
    const kinds = new Set(mutants.flatMap(({ steps }) => steps.match(/[a-z]+(?= at)/g) ?? []));
    const files = new Set(mutants.map(({ bytes }) => String(bytes)));

    expect(kinds.size).toBe(11);
    expect(files.size).toBeGreaterThan(850);
  });

  it("make files shorter and longer, and numbers extreme", () => {
    const mutants = Array.from({ length: 1000 }, (_, seed) => mutate(seed, [OTHER]).bytes);
    const texts = mutants.map((bytes) => new TextDecoder().decode(bytes));

    expect(Math.min(...mutants.map(({ length }) => length))).toBe(0);
    expect(Math.max(...mutants.map(({ length }) => length))).toBeGreaterThan(2 * OTHER.length);
    expect(texts.some((text) => text.includes("18446744073709551616"))).toBe(true);
  });
});
