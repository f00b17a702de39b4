import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { StridedArray } from "../../src/array/strided-array.ts";
import { availableThreads } from "../../src/backends/wasm/host.ts";
import type * as Library from "../../src/index.ts";
import {
  type Aval,
  atan2,
  compile,
  type DType,
  erfc,
  expm1,
  fmod,
  lgamma,
  linspace,
  log1p,
  type Primitive,
  type Tensor,
  zeros,
} from "../../src/index.ts";

/** The elements in row-major order, wherever they lie. */
function elementsOf({ data, shape, stride, offset }: StridedArray): number[] {
  let positions = [offset];
  shape.forEach((n, axis) => {
    positions = positions.flatMap((p) => Array.from({ length: n }, (_, i) => p + i * stride[axis]));
  });
  return positions.map((p) => data[p]);
}

function fill({ data, offset }: StridedArray, values: readonly number[]): void {
  values.forEach((value, i) => {
    data[offset + i] = value;
  });
}

const of = (dtype: DType, ...shape: readonly number[]): Aval => ({ shape, dtype });

// Where memory is not shared, routines get copies: both ways are tested, the library loaded anew for each.
describe.each(["shared", "its own"])("a routine in JavaScript, where memory is %s", (kind) => {
  let lib: typeof Library;
  const calls: string[] = [];

  beforeAll(async () => {
    vi.resetModules();
    if (kind === "its own") vi.stubGlobal("SharedArrayBuffer", undefined);
    lib = await import("../../src/index.ts");
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    // test files share their modules: the next one must not find a memory that is not shared
    vi.resetModules();
  });

  it("is tested both ways", async () => {
    const { isMemoryShared } = await import("../../src/backends/wasm/memory.ts");

    expect(isMemoryShared()).toBe(kind === "shared");
  });

  /** A primitive with an opaque kernel; its arrays are written in order. */
  function routine(
    name: string,
    abstractEval: (avals: readonly Aval[]) => Aval | readonly Aval[],
    run: (inputs: readonly StridedArray[], outputs: readonly StridedArray[]) => void,
  ): (...inputs: readonly Tensor[]) => readonly Tensor[] {
    const kernel = {
      kind: "opaque",
      run: (inputs: readonly StridedArray[], outputs: readonly StridedArray[]) => {
        calls.push(name);
        run(inputs, outputs);
      },
    } as const;
    const description = { name, domain: [], cases: [], abstractEval, kernel: () => kernel };
    const primitive: Primitive<null> = lib.define.flat({ ...description, arity: Infinity });
    return (...inputs) => lib.bindAll(primitive, inputs, null);
  }

  const sortBoth = (x: Tensor): readonly Tensor[] =>
    routine(
      "sortBoth",
      ([{ shape, dtype }]) => [of(dtype, ...shape), of("int32", ...shape)],
      ([given], [values, order]) => {
        const numbers = elementsOf(given);
        const indices = numbers.map((_, i) => i).sort((i, j) => numbers[i] - numbers[j]);
        fill(order, indices);
        fill(values, indices.map((i) => numbers[i])); // biome-ignore format: as above
      },
    )(x);

  const numbersOf = (xs: readonly Tensor[]): unknown => xs.map((x) => x.toArray());

  it("is called between loops, and gives several results", () => {
    const f = (x: Tensor): Tensor[] => {
      const [values, order] = sortBoth(x.mul(2));
      return [values.add(1), order.mul(10), lib.gather(x, order)];
    };
    const compiled = lib.compile(f);

    for (const x of [lib.tensor([3, 1, 2]), lib.tensor([-1, 5, 0])])
      expect(numbersOf(compiled(x))).toEqual(numbersOf(f(x)));
    expect(numbersOf(compiled(lib.tensor([3, 1, 2])))).toEqual([[3, 5, 7], [10, 20, 0], [1, 2, 3]]); // biome-ignore format: a list
  });

  it("is printed with its results, those that nobody needs as _", () => {
    const order = lib.compile((x: Tensor) => sortBoth(x)[1].mul(2));

    expect(String(order.programFor(lib.zeros([3])))).toBe(
      [
        "%0 = argument 0 : float32[3]",
        "_, %2 = sortBoth(%0) : float32[3], int32[3]",
        "%4 = mul(%2, 2) : int32[3]",
        "return %4",
      ].join("\n"),
    );
    expect(order(lib.tensor([5, 4, 6])).toArray()).toEqual([2, 0, 4]);
  });

  it("is not called where nobody needs a result, nor twice for one kernel and one operand", () => {
    const twice = routine("twice", ([x]) => x, ([x], [y]) => fill(y, elementsOf(x).map((n) => 2 * n))); // biome-ignore format: a kernel
    const other = routine("other", ([x]) => x, ([x], [y]) => fill(y, elementsOf(x).map((n) => 2 * n))); // biome-ignore format: a kernel
    const f = lib.compile((x: Tensor) => {
      twice(x.add(1));
      return twice(x)[0].add(twice(x)[0]).add(other(x)[0]);
    });
    f(lib.tensor([1]));
    calls.length = 0;

    expect(f(lib.tensor([3])).toArray()).toEqual([18]);
    expect(calls).toEqual(["twice", "other"]);
  });

  it("finds its results filled with zeros, at every call", () => {
    const addTo = routine("addTo", ([x]) => x, ([x], [y]) => {
      elementsOf(x).forEach((n, i) => {
        y.data[y.offset + i] += n;
      });
    }); // biome-ignore format: a kernel
    const f = lib.compile((x: Tensor) => addTo(x.mul(2))[0].mul(10));

    for (let i = 0; i < 3; i++) expect(f(lib.tensor([1, 2])).toArray()).toEqual([20, 40]);
  });

  it("is given every dtype, views, repeated axes, constants and what has size 0", () => {
    const text = (inputs: readonly StridedArray[]): string =>
      JSON.stringify(inputs.map((x) => [x.data.constructor.name, x.shape, elementsOf(x)]));
    const seen: string[] = [];
    const look = routine("look", () => of("int32"), (inputs, [y]) => {
      seen.push(text(inputs));
      fill(y, [inputs.length]);
    }); // biome-ignore format: a kernel
    const f = (x: Tensor): Tensor => {
      const [y] = look(
        x,
        x.transpose(),
        lib.slice(x, { starts: [1, 2], sizes: [1, 2], steps: [1, -1] }),
        x.greater(2),
        x.cast("int32").add(1),
        x.cast("float64"),
        lib.broadcastTo(x.sum({ axes: 0 }), [2, 3]),
        lib.full([2], 7),
        lib.tensor([4, 5]),
        lib.tensor(3),
        lib.zeros([0, 2]),
        lib.reshape(x, [6]),
      );
      return y;
    };
    const x = lib.tensor([[1, 2, 3], [4, 5, 6]]); // biome-ignore format: a matrix

    const [eager, compiled] = [f(x), lib.compile(f)(x)];

    expect([eager.item(), compiled.item()]).toEqual([12, 12]);
    expect(seen[1]).toBe(seen[0]);
  });

  it("gives every dtype, single numbers and what has size 0", () => {
    const make = routine(
      "make",
      () => [of("bool", 5), of("float64", 3), of("int32"), of("float32", 0, 2), of("float32", 2)],
      (_, [a, b, c, d, e]) => {
        fill(a, [1, 0, 1, 1, 0]);
        fill(b, [0.1, 2, 3]);
        fill(c, [7]);
        expect(d.shape).toEqual([0, 2]);
        fill(e, [1.5, 2.5]);
      },
    );
    const f = (): Tensor[] => {
      const [a, b, c, d, e] = make();
      return [lib.where(a, 1, 2), a, b.mul(c), c, d, e.add(d.sum())];
    };

    expect(lib.compile(f)().map(String)).toEqual(f().map(String));
  });

  it("that throws is heard by the caller; nothing is assigned, and the next call works", () => {
    const picky = routine("picky", ([x]) => x, ([x], [y]) => {
      if (elementsOf(x).includes(0)) throw new RangeError("a zero was found");
      fill(y, elementsOf(x));
    }); // biome-ignore format: a kernel
    const [v, w] = [new lib.Variable(lib.tensor([1, 1])), new lib.Variable(lib.tensor(0))];
    const step = lib.compile((x: Tensor) => {
      v.assign(v.value.mul(2));
      const [y] = picky(x);
      w.assign(w.value.add(y.sum()));
      return y;
    });

    expect(step(lib.tensor([1, 2])).toArray()).toEqual([1, 2]);
    expect(() => step(lib.tensor([1, 0]))).toThrow(new RangeError("a zero was found"));
    expect([v.value.toArray(), w.value.item()]).toEqual([[2, 2], 3]);
    expect(step(lib.tensor([3, 4])).toArray()).toEqual([3, 4]);
    expect([v.value.toArray(), w.value.item()]).toEqual([[4, 4], 10]);
  });

  it("may compile something itself, though the memory grows", () => {
    let size = 2 ** 16;
    const heavy = routine("heavy", ([x]) => x, ([x], [y]) => {
      size *= 4;
      const total = lib.compile((z: Tensor) => z.add(1).sum())(lib.zeros([size])).item();
      fill(y, elementsOf(x).map((n) => n * (total / size)));
    }); // biome-ignore format: a kernel
    const f = lib.compile((x: Tensor) => heavy(x.add(1))[0].mul(x));

    for (let i = 0; i < 3; i++) expect(f(lib.tensor([1, 2])).toArray()).toEqual([2, 6]);
  });

  it("may call the function that it is part of", () => {
    const below = routine("below", ([x]) => x, ([x], [y]) => {
      const [n] = elementsOf(x);
      fill(y, [n <= 1 ? 1 : factorial(lib.tensor(n - 1)).item()]);
    }); // biome-ignore format: a kernel
    const factorial = lib.compile((x: Tensor): Tensor => below(x)[0].mul(x));

    expect(factorial(lib.tensor(5)).item()).toBe(120);
    expect(factorial(lib.tensor(3)).item()).toBe(6);
  });

  it("is named where one of its results is not finite", () => {
    const halves = routine("halves", ([x]) => [x, x], ([x], [y, z]) => {
      fill(y, elementsOf(x));
      fill(z, elementsOf(x).map((n) => 1 / n));
    }); // biome-ignore format: a kernel
    const f = lib.compile((x: Tensor) => halves(x)[1].mul(2), { commit: "finite" });

    expect(f(lib.tensor([2])).toArray()).toEqual([1]);
    expect(() => f(lib.tensor([0]))).toThrow(/^compile: halves at \S+ gave a float32\[1\] with/);
  });

  if (kind !== "shared") return;

  it.skipIf(availableThreads() < 2)("is called by one thread, whatever else is split", async () => {
    const x = lib.linspace(-3, 3, 300 * 401).reshape([300, 401]);
    const f = (y: Tensor): Tensor[] => {
      const even = lib.erfc(y).mul(lib.exp(y)).add(1);
      const [order] = [lib.argSort(even.sum({ axes: 1 }))];
      return [lib.gather(even.mul(2).sub(y).exp().tanh(), order), lib.matMul(y, y.transpose())];
    };
    const [alone, helped] = [lib.compile(f), lib.compile(f, { threads: 2 })];
    helped(x);
    for (let i = 0; i < 100 && helped.programFor(x).threads < 2; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const results = helped(x);

    expect(helped.programFor(x).threads).toBe(2);
    results.forEach((result, i) => {
      expect(result.equal(alone(x)[i]).cast("float32").min().item()).toBe(1);
    });
  });
});

describe("a function that no instruction computes", () => {
  const x = linspace(-3, 3, 35).reshape([5, 7]);
  const [row, column] = [linspace(0.5, 2, 7), linspace(-1, 4, 5).reshape([5, 1])];

  it("stays in the loop around it", () => {
    const f = compile((y: Tensor) => erfc(y.mul(2)).add(1).sum({ axes: 0 }));

    expect(f.programFor(zeros([9, 5])).unitCount).toBe(1);
  });

  it.each<[string, (dtype: "float32" | "float64") => Tensor]>([
    ["rows and columns", (dtype) => atan2(x.cast(dtype), column.cast(dtype)).add(expm1(row.cast(dtype)))],
    ["a column alone", (dtype) => x.cast(dtype).add(lgamma(column.cast(dtype)))],
    ["views", (dtype) => erfc(x.cast(dtype).transpose()).add(log1p(row.cast(dtype).slice({ starts: [6], sizes: [7], steps: [-1] }).reshape([7, 1])))],
    ["a single number", (dtype) => x.cast(dtype).add(erfc(x.cast(dtype).slice({ starts: [1, 1], sizes: [1, 1] })))],
    ["whole numbers", (dtype) => fmod(x.mul(9).cast("int32"), 4).cast(dtype)],
    ["whole numbers divided by 0", (dtype) => fmod(x.cast("int32"), x.greater(0).cast("int32")).cast(dtype)],
  ])("gives the bits of the eager one: %s", (_, f) => {
    for (const dtype of ["float32", "float64"] as const) {
      const compiled = compile(() => f(dtype), { relaxed: false, reassociate: false });

      expect(compiled().toTypedArray()).toEqual(f(dtype).toTypedArray());
    }
  });
}); // biome-ignore format: a table
