import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  allPrimitives,
  bindAll,
  broadcastTo,
  define,
  FormatError,
  grad,
  matMul,
  normal,
  OpError,
  type Primitive,
  randomKey,
  record,
  recordWith,
  scalarKernel,
  slice,
  sum,
  type Tape,
  type TapeJSON,
  type Tensor,
  tapeFromJSON,
  tensor,
  transpose,
  ValueError,
  Variable,
  where,
  zeros,
} from "@tapegrad/autograd";
import { primitiveProblems } from "@tapegrad/autograd/testing/arbitraries";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";
import { bitsOf } from "./bits.ts";

const float64 = { dtype: "float64" } as const;
const weight = new Variable(tensor([[0.1, -0.2], [0.3, 0.4]]), { name: "weight" }); // biome-ignore format: rows

/** A step with a variable, a gradient and constants of every kind of layout. */
function step(
  x: Tensor,
  mask: Tensor,
): { readonly loss: Tensor; readonly rest: readonly Tensor[] } {
  const tape = record(() => {
    const y = matMul(x, weight.value).tanh();
    return where(mask, y, y.mul(0.1)).square().mean();
  });
  const large = normal(randomKey(1), [7, 5]);
  const reversed = slice(large, { starts: [6, 0], sizes: [3, 5], steps: [-2, 1] });
  return {
    loss: tape.output,
    rest: [tape.gradient(weight), sum(transpose(reversed).mul(x.sum()), { axes: 0 })],
  };
}

const TAPES: Readonly<Record<string, () => Tape>> = {
  "a training step": () =>
    record(
      step,
      normal(randomKey(0), [3, 2]),
      tensor([[true], [false], [true]]),
    ) as unknown as Tape,
  "special numbers": () =>
    record(
      (x: Tensor, y: Tensor) => [
        x.mul(tensor([-0, Number.NaN, -Infinity])),
        y.div(-0),
        x.neg(),
        tensor(5e-324, float64),
      ],
      tensor([-0, Infinity, Number.NaN]),
      tensor([0, -0, 1e-320], float64),
    ) as unknown as Tape,
  "int32, bool and a cast": () =>
    record(
      (n: Tensor, b: Tensor) => ({
        n: n.mul(tensor([2 ** 30, -7], { dtype: "int32" })),
        b,
        wide: n.cast("float64"),
      }),
      tensor([5, -(2 ** 31)], { dtype: "int32" }),
      tensor([true, false]),
    ) as unknown as Tape,
  "empty tensors": () =>
    record(
      (x: Tensor) => [x.add(1), x.sum(), broadcastTo(x.sum({ axes: 0 }), [4, 3])],
      zeros([0, 3]),
    ) as unknown as Tape,
  "sums over a transposed constant": () => {
    const constant = transpose(normal(randomKey(3), [40, 30]));
    return record(
      (x: Tensor) => [sum(constant.mul(x)), sum(constant, { axes: 1 })],
      tensor(1.1),
    ) as unknown as Tape;
  },
  "draws from a key": () =>
    record((key: Tensor) => normal(key, [5]), randomKey(42)) as unknown as Tape,
};

describe("a tape that is saved and loaded", () => {
  const tapes = Object.entries(TAPES).map(([name, make]) => ({ name, tape: make() }));

  it("computes the same bits in another process", () => {
    const flags = ["--conditions=source", "--import", "tsx"];
    const script = fileURLToPath(new URL("./load-tapes.ts", import.meta.url));
    const input = JSON.stringify(tapes.map(({ tape }) => JSON.stringify(tape)));

    const found = JSON.parse(
      execFileSync(process.execPath, [...flags, script], { input, encoding: "utf8" }),
    ) as unknown;

    expect(found).toEqual(
      tapes.map(({ tape }) => {
        const output = bitsOf(tape.output);
        return { printed: String(tape), output, replayed: output };
      }),
    );
  });

  it.each(tapes)("is the same text when it is saved again: $name", ({ tape }) => {
    const text = JSON.stringify(tape);

    expect(JSON.stringify(tapeFromJSON(text))).toBe(text);
  });

  it.each(allPrimitives)(
    "computes the same bits in $name, for problems of its domain",
    (primitive) => {
      fc.assert(
        fc.property(primitiveProblems(primitive), ({ inputs, params }) => {
          const tape = record((xs: readonly Tensor[]) => bindAll(primitive, xs, params), inputs);
          const constant = record(() => bindAll(primitive, inputs, params).map((y) => y));

          const loaded = tapeFromJSON(JSON.stringify(tape));

          expect(bitsOf(loaded.output)).toBe(bitsOf(tape.output));
          expect(bitsOf(tapeFromJSON(constant.toJSON()).output)).toBe(bitsOf(constant.output));
        }),
        { numRuns: 10 },
      );
    },
  );

  it("has its nesting, its output and its gradient, and is replayed for other arguments", () => {
    const saved = record(
      (p: { readonly a: Tensor; readonly list: readonly [Tensor] }) => ({
        y: p.a.mul(p.list[0]).sum(),
      }),
      { a: tensor([1, 2]), list: [tensor([3, 4])] },
    );

    const loaded = tapeFromJSON<typeof saved.inputs, typeof saved.output>(JSON.stringify(saved));

    expect(loaded.output.y.item()).toBe(11);
    expect(loaded.replay({ a: tensor([1, 1]), list: [tensor([1, 1])] }).y.item()).toBe(2);
    const cotangent = { y: tensor(1) };
    const [gradient] = loaded.gradient(loaded.inputs, { cotangent });
    expect([gradient.a.toArray(), gradient.list[0].toArray()]).toEqual([[3, 4], [1, 2]]); // biome-ignore format: a pair
  });

  it("has new variables, with the names and the values that they had", () => {
    const w = new Variable(tensor(3), { name: "w" });
    const saved = record((x: Tensor) => x.mul(w.value), tensor(2));
    w.assign(tensor(100));

    const loaded = tapeFromJSON<[Tensor], Tensor>(saved.toJSON());

    const [own] = loaded.variables;
    expect([loaded.output.item(), own.name, own.value.item()]).toEqual([6, "w", 3]);
    expect(own).not.toBe(w);
    own.assign(tensor(5));
    expect(loaded.replay(tensor(2)).item()).toBe(10);
    expect(loaded.gradient(own).item()).toBe(2);
  });

  it("may be differentiated to any order, and nested", () => {
    const loaded = tapeFromJSON<[Tensor], Tensor>(
      record((x: Tensor) => x.mul(x).mul(x), tensor(1)).toJSON(),
    );

    expect(grad(grad((x: Tensor) => loaded.replay(x)))(tensor(2)).item()).toBe(12);
  });

  it("keeps source lines, where the tape had them", () => {
    const saved = recordWith(
      { sourceLines: true },
      (x: Tensor) => grad((y: Tensor) => y.sqrt())(x),
      tensor(4),
    );

    const loaded = tapeFromJSON(JSON.stringify(saved));

    expect(loaded.nodes.map(({ origin }) => origin)).toEqual(
      saved.nodes.map(({ origin }) => origin),
    );
    expect(JSON.stringify(record((x: Tensor) => x.sqrt(), tensor(4)))).not.toContain("origin");
  });

  it("stores a number that fills a tensor, and equal constants, once", () => {
    const tape = record(
      (x: Tensor) =>
        x
          .mul(0.5)
          .add(0.5)
          .mul(tensor([1, 2]))
          .add(tensor([1, 2])),
      tensor([1, 2]),
    );

    const { constants } = tape.toJSON();

    expect(constants.map(({ aval, data }) => [aval, data.length])).toEqual([
      ["float32[2]", 8],
      ["float32[2]", 12],
    ]);
  });

  it("may be saved inside a recording", () => {
    const outer = record((x: Tensor) => {
      const inner = record((y: Tensor) => y.mul(x), x.add(1));
      return tapeFromJSON<[Tensor], Tensor>(inner.toJSON()).output;
    }, tensor(3));

    expect(outer.output.item()).toBe(12);
  });

  const half: Primitive<null> = define.linear({
    name: "half",
    arity: 1,
    domain: [{ min: -1, max: 1 }],
    cases: [{ params: null }],
    abstractEval: ([x]) => x,
    kernel: () => scalarKernel("neg", 1),
    transpose: (c) => c.neg(),
  });

  it("has primitives of the user, where they are given", () => {
    const text = JSON.stringify(record((x: Tensor) => bindAll(half, [x], null), tensor(2)));

    expect(bitsOf(tapeFromJSON(text, { primitives: [half] }).output)).toBe("float32[] 000000c0");
    expect(refusalOf(() => tapeFromJSON(text))).toBeInstanceOf(FormatError);
    expect(refusalOf(() => tapeFromJSON(text, { primitives: [half, half] }))).toBeInstanceOf(
      ValueError,
    );
  });

  it("is refused when it is saved, if a param is a function or a name means another primitive", () => {
    const withFunction = { ...half, name: "withFunction" } as Primitive;
    const namesake = { ...half, name: "mul" } as Primitive;
    const bound = (primitive: Primitive, params: unknown): Tape =>
      record((x: Tensor) => bindAll(primitive, [x], params), tensor(1)) as unknown as Tape;

    expect(refusalOf(() => bound(withFunction, { body: () => 1 }).toJSON()).message).toMatch(
      /withFunction.*body/,
    );
    expect(refusalOf(() => bound(namesake, null).toJSON())).toBeInstanceOf(ValueError);
  });
});

/** A tape of two entries and its JSON, to be spoilt. */
const sound = (): TapeJSON =>
  JSON.parse(
    JSON.stringify(
      record((x: Tensor) => x.mul(2).sum({ axes: 0, keepDims: true }), tensor([1, 2, 3])),
    ),
  ) as TapeJSON;

/** Every place in parsed JSON, as a pair of its holder and its key. */
function placesIn(json: unknown): readonly (readonly [object, string])[] {
  if (json === null || typeof json !== "object") return [];
  return Object.keys(json).flatMap((key) => {
    return [[json, key] as const, ...placesIn((json as Record<string, unknown>)[key])];
  });
}

describe("a file from a stranger", () => {
  const strange = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      "",
      "mul",
      "float64[3]",
      [],
      {},
      { constant: 0 },
      [0],
      -1,
      0.5,
      1e300,
      7,
    ),
    fc.integer({ min: -3, max: 9 }),
    fc.jsonValue(),
  );

  it("loads or is refused, whatever is changed in it, and nothing else happens", () => {
    const texts = [sound(), ...Object.values(TAPES).map((make) => make())].map((tape) =>
      JSON.stringify(tape),
    );
    let [drawn, refused] = [0, 0];
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), strange, (text, at, value) => {
        drawn++;
        const json = JSON.parse(text) as unknown;
        const places = placesIn(json);
        const [holder, key] = places[at % places.length];
        (holder as Record<string, unknown>)[key] = value;
        try {
          bitsOf(tapeFromJSON(JSON.stringify(json), { maxBytes: 2 ** 20 }).output);
        } catch (error) {
          expect(error).toBeInstanceOf(OpError);
          refused++;
        }
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(drawn / 2);
  });

  it("loads or is refused, whatever params a primitive is given", () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...allPrimitives)
          .chain((primitive) =>
            primitiveProblems(primitive).map((problem) => ({ primitive, problem })),
          ),
        fc.nat(),
        strange,
        ({ primitive, problem }, at, value) => {
          const tape = record(
            (xs: readonly Tensor[]) => bindAll(primitive, xs, problem.params),
            problem.inputs,
          );
          const json = JSON.parse(JSON.stringify(tape)) as { entries: { params?: object }[] };
          const params = json.entries.at(-1)?.params ?? {};
          const places = placesIn(params);
          if (places.length === 0) return;
          const [holder, key] = places[at % places.length];
          (holder as Record<string, unknown>)[key] = value;
          try {
            bitsOf(tapeFromJSON(json, { maxBytes: 2 ** 20 }).output);
          } catch (error) {
            expect(error).toBeInstanceOf(OpError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("computes nothing before it is all checked", () => {
    let runs = 0;
    const counting = {
      ...define.linear({
        name: "counting",
        arity: 1,
        domain: [{ min: -1, max: 1 }],
        cases: [{ params: null }],
        abstractEval: ([x]) => x,
        kernel: () => ({ kind: "opaque" as const, run: () => void runs++ }),
        transpose: (c) => c,
      }),
    } as Primitive;
    const json = JSON.parse(
      JSON.stringify(record((x: Tensor) => bindAll(counting, [x], null)[0].neg(), tensor(2))),
    ) as { entries: { primitive: string }[] };
    json.entries[2].primitive = "unheardOf";

    runs = 0;

    expect(refusalOf(() => tapeFromJSON(json, { primitives: [counting] }))).toBeInstanceOf(
      FormatError,
    );
    expect(runs).toBe(0);
  });

  it("cannot make the loader fill the stack", () => {
    const deep = `${"[".repeat(1e5)}${"]".repeat(1e5)}`;
    const text = JSON.stringify(sound());

    for (const spoilt of [
      deep,
      text.replace(/"params":\{[^}]*\}/, `"params":${deep}`),
      text.replace(/"result":\d/, `"result":${deep}`),
    ]) {
      expect(refusalOf(() => tapeFromJSON(spoilt))).toBeInstanceOf(FormatError);
    }
  });

  it("cannot make the loader fill the memory", () => {
    const tape = record((x: Tensor) => broadcastTo(x, [1000, 1000]).add(1), tensor([[1]]));
    const text = JSON.stringify(tape).replaceAll("1000", "100000");

    expect(refusalOf(() => tapeFromJSON(text))).toMatchObject({ details: { bytes: 4e10 } });
    expect(refusalOf(() => tapeFromJSON(tape.toJSON(), { maxBytes: 1e6 }))).toBeInstanceOf(
      ValueError,
    );
    expect(tapeFromJSON(tape.toJSON()).variables).toEqual([]);
  });
});
