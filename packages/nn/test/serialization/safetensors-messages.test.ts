import { describe, expect, it } from "vitest";
import { fileOf, layout, oneTensor, refusalOf } from "./safetensors-files.ts";

describe("the messages of parseSafetensors", () => {
  it("refuses a file shorter than its prefix", () => {
    const error = refusalOf(new Uint8Array(7));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: it has 7 bytes, but the header length alone takes 8. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error).toMatchObject({
      op: "parseSafetensors",
      details: { name: "w.safetensors", problem: "truncated" },
    });
  });

  it("refuses a header length of 2^63", () => {
    const file = new Uint8Array(16);
    file[7] = 0x80;

    const error = refusalOf(file);

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header length is 9223372036854775808, but at most 100000000 is allowed. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "header" });
  });

  it("refuses a header longer than the file", () => {
    const error = refusalOf(oneTensor().subarray(0, 20));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header length is 55, but only 12 bytes follow. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "truncated" });
  });

  it("refuses an empty header", () => {
    expect(refusalOf(fileOf("")).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header is empty, but a header begins with "{". The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a header that is no object", () => {
    expect(refusalOf(fileOf(" {}")).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header begins with " ", but a header begins with "{". The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a header that is not UTF-8", () => {
    expect(refusalOf(fileOf(Uint8Array.of(0x7b, 0xff, 0x7d))).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header is not valid UTF-8. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a byte order mark", () => {
    expect(refusalOf(fileOf("\ufeff{}")).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header begins with "\\u{feff}", but a header begins with "{". The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a header that is not JSON", () => {
    expect(refusalOf(fileOf('{"w":}')).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header is not strict JSON: expected a value at character 5 but found "}". The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a name that appears twice", () => {
    const entry = `{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`;

    const error = refusalOf(fileOf(`{"w":${entry},"\\u0077":${entry}}`));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header is not strict JSON: the key "w" before character 61 appears twice. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "header" });
  });

  it("refuses deep nesting", () => {
    expect(refusalOf(fileOf(`{"w":${"[".repeat(100_000)}`)).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its header is not strict JSON: expected a plain value, not deeper nesting, at character 7 but found "[". The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses metadata that is no object", () => {
    const error = refusalOf(fileOf('{"__metadata__":[1]}'));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: __metadata__ is [1], but it must be an object. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "metadata" });
  });

  it("refuses metadata other than strings", () => {
    const error = refusalOf(fileOf('{"__metadata__":{"epoch":3}}'));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: __metadata__ has 3 under "epoch", but its values are strings. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses an entry that is no object", () => {
    const error = refusalOf(fileOf('{"w":null}'));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" is null, but it must be an object. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "entry" });
  });

  it("refuses an entry with another key", () => {
    expect(refusalOf(oneTensor({ strides: [1] })).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has the key "strides", which the format does not know. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses an entry without dtype", () => {
    const error = refusalOf(oneTensor({ dtype: undefined }));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has nothing as dtype, but it must be a string. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "dtype" });
  });

  it("refuses a dtype that it does not read", () => {
    expect(refusalOf(oneTensor({ dtype: "F8_E4M3" })).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has dtype "F8_E4M3", but only U64, I64, F64, F32, U32, I32, BF16, F16, U16, I16, I8, U8, BOOL are read. Convert it before saving."`,
    );
  });

  it.each([[[-1]], [[1.5]], [[2 ** 53]], ["3"], [["3"]], [null]])(
    "refuses the shape %j",
    (shape) => {
      expect(refusalOf(oneTensor({ shape })).details).toMatchObject({ problem: "shape" });
    },
  );

  it("refuses a negative size", () => {
    expect(refusalOf(oneTensor({ shape: [3, -1] })).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has [3, -1] as shape, but a shape is an array of integers from 0 to 2^53 - 1. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a missing shape", () => {
    expect(refusalOf(oneTensor({ shape: undefined })).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has nothing as shape, but a shape is an array of integers from 0 to 2^53 - 1. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a shape of strings", () => {
    expect(refusalOf(oneTensor({ shape: ["3"] })).message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has an array of other values as shape, but a shape is an array of integers from 0 to 2^53 - 1. The file is damaged or not safetensors; fetch or write it again."`,
    );
  });

  it("refuses a product of sizes that no number holds exactly", () => {
    const error = refusalOf(oneTensor({ shape: [2 ** 30, 2 ** 30] }));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has shape [1073741824, 1073741824], which is more than 2^53 - 1 bytes. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "shape" });
  });

  it("refuses offsets in reverse", () => {
    const error = refusalOf(oneTensor({ data_offsets: [12, 0] }));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has [12, 0] as data_offsets, but they are two integers, begin and end, in order. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "offsets" });
  });

  it.each([[[0, 12, 12]], [[0]], [{ begin: 0 }], [[0, "12"]]])(
    "refuses the offsets %j",
    (offsets) => {
      const error = refusalOf(oneTensor({ data_offsets: offsets }));

      expect(error.details).toMatchObject({ problem: "offsets" });
    },
  );

  it("refuses offsets that do not fit the shape", () => {
    const error = refusalOf(oneTensor({ data_offsets: [0, 8] }, 8));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has shape [3] of F32, which is 12 bytes, but its offsets [0, 8] span 8. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "offsets" });
  });

  it("refuses a truncated file", () => {
    const error = refusalOf(oneTensor({}, 11));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" has offsets [0, 12], but only 11 bytes follow the header. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "truncated" });
  });

  it("refuses tensors that overlap", () => {
    const offsets: [number, number][] = [
      [0, 4],
      [3, 8],
    ];

    const error = refusalOf(layout(offsets, 8));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "t1" has offsets [3, 8], but the tensor before it ends at 4: they overlap. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "layout" });
  });

  it("refuses a hole", () => {
    const offsets: [number, number][] = [
      [0, 4],
      [5, 8],
    ];

    const error = refusalOf(layout(offsets, 8));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "t1" has offsets [5, 8], but the data before it end at 4: there is a hole. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "layout" });
  });

  it("refuses trailing bytes", () => {
    const error = refusalOf(oneTensor({}, 13));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: its tensors end at 12, but more bytes follow. The file is damaged or not safetensors; fetch or write it again."`,
    );
    expect(error.details).toMatchObject({ problem: "layout" });
  });

  it("refuses a boolean other than 0 and 1", () => {
    const header = '{"w":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}';

    const error = refusalOf(fileOf(header, Uint8Array.of(0, 1, 2)));

    expect(error.message).toMatchInlineSnapshot(
      `"parseSafetensors: w.safetensors: tensor "w" is BOOL, but byte 2 of it is 2. Store 0 and 1, or write it as U8."`,
    );
    expect(error.details).toMatchObject({ problem: "value" });
  });
});
