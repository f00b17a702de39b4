import { describe, expect, it } from "vitest";
import {
  compile,
  exp,
  log,
  NonFiniteError,
  type OpError,
  record,
  where,
  type Tensor,
  tensor,
  Variable,
  zeros,
} from "../../src/index.ts";
import { refusalOf } from "../refusal.ts";

/** The message, with the places in this file as the text of their lines. */
function messageOf(call: () => unknown): string {
  const error = refusalOf(call);
  expect(error).toBeInstanceOf(NonFiniteError);
  return error.message.replace(/at \S+\/non-finite\.test\.ts:\d+:\d+/, "at <this file>");
}

const lineOf = (error: OpError): number | null => {
  const { origin } = error.details as { origin: { line: string | null } | null };
  const line = /non-finite\.test\.ts:(\d+):\d+$/.exec(origin?.line ?? "")?.[1];
  return line === undefined ? null : Number(line);
};

/** The line of whoever calls it. */
function here(): number {
  const [, , caller] = (new Error("here").stack ?? "").split("\n");
  return Number(/non-finite\.test\.ts:(\d+):\d+/.exec(caller)?.[1]);
}

describe("a step that is not finite, under commit: finite", () => {
  const finite = { commit: "finite" } as const;

  it("assigns nothing and returns nothing; the next step goes on", () => {
    const [v, w] = [new Variable(tensor([1, 2])), new Variable(tensor(0))];
    const step = compile((x: Tensor) => {
      w.assign(w.value.add(1));
      v.assign(v.value.div(x));
      return v.value.sum();
    }, finite);

    expect(step(tensor(2)).item()).toBe(1.5);
    expect(refusalOf(() => step(tensor(0)))).toBeInstanceOf(NonFiniteError);
    expect([v.value.toArray(), w.value.toArray()]).toEqual([[0.5, 1], 1]);
    expect(step(tensor(0.5)).item()).toBe(3);
    expect(w.value.item()).toBe(2);
  });

  it("is committed without the option", () => {
    const v = new Variable(tensor(1));

    compile((x: Tensor) => v.assign(v.value.div(x)))(tensor(0));

    expect(v.value.item()).toBe(Infinity);
  });

  it("names the first operation that made such a number, and its line", () => {
    let line = 0;
    const w = new Variable(tensor([200, 1]), { name: "w" });
    const step = compile(() => {
      const tape = record(() => {
        line = here() + 1;
        const y = w.value.mul(2).exp();
        return y.log().add(y).sum();
      });
      w.assign(w.value.sub(tape.gradient(w)));
      return tape.output;
    }, finite);

    const error = refusalOf(() => step());

    expect(messageOf(() => step())).toMatchInlineSnapshot(
      `"compile: exp at <this file> gave a float32[2] with a number that is not finite, the first of this step; nothing was assigned. Lower the learning rate, or keep what it is given in its range."`,
    );
    expect(lineOf(error)).toBe(line);
    expect(w.value.toArray()).toEqual([200, 1]);
  });

  it("names what is to blame for the result, not what is masked", () => {
    const f = compile((x: Tensor) => {
      const masked = exp(log(x));
      const chosen = where(x.greater(0), log(x), 0);
      return masked.add(chosen).add(x.sub(1).sqrt());
    }, finite);

    expect(f(tensor([1, 2])).size).toBe(2);
    expect(messageOf(() => f(tensor([0, 2])))).toMatchInlineSnapshot(
      `"compile: sqrt at <this file> gave a float32[2] with a number that is not finite, the first of this step; nothing was assigned. Lower the learning rate, or keep what it is given in its range."`,
    );
  });

  it("names the argument or the variable that already held one", () => {
    const v = new Variable(tensor([Number.NaN]), { name: "state" });
    const f = compile(({ x }: { x: Tensor }) => x.mul(2), finite);
    const g = compile(() => v.value.exp(), finite);

    expect(messageOf(() => f({ x: tensor([1, Infinity]) }))).toMatchInlineSnapshot(
      `"compile: tensor 0 of the arguments, a float32[2], holds a number that is not finite; nothing was assigned. Check it before the step."`,
    );
    expect(messageOf(() => g())).toMatchInlineSnapshot(
      `"compile: variable state, a float32[1], holds a number that is not finite; nothing was assigned. Check it before the step."`,
    );
  });

  it("says so where only the compiled program overflows", () => {
    const f = (x: Tensor, a: Tensor, b: Tensor): Tensor => x.mul(a).mul(b);
    const args = [zeros([3]).add(1e-30), tensor(1e25), tensor(1e25)] as const;

    expect(f(...args).toArray()).toEqual(compile(f, { reassociate: false })(...args).toArray());
    expect(messageOf(() => compile(f, finite)(...args))).toMatchInlineSnapshot(
      `"compile: a number is not finite in the compiled program, but is in the function itself; nothing was assigned. Compile it with \`reassociate: false\`, or keep its numbers smaller."`,
    );
  });

  it("leaves the line out where the function does something else the second time", () => {
    let calls = 0;
    const f = compile((x: Tensor) => {
      calls++;
      if (calls > 1) throw new Error("planted");
      return x.div(0);
    }, finite);

    expect(messageOf(() => f(tensor(1)))).toMatchInlineSnapshot(
      `"compile: div gave a float32[] with a number that is not finite, the first of this step; nothing was assigned. Lower the learning rate, or keep what it is given in its range."`,
    );
    const g = compile((x: Tensor) => (calls++ % 2 === 0 ? x.div(0) : x.mul(2)), finite);
    expect(messageOf(() => g(tensor(1)))).toMatchInlineSnapshot(
      `"compile: div gave a float32[] with a number that is not finite, the first of this step; nothing was assigned. Lower the learning rate, or keep what it is given in its range."`,
    );
  });

  it("does not mind integers, or results of size 0", () => {
    const f = compile((x: Tensor) => [x.cast("int32"), x.greater(0), zeros([0])], finite);

    expect(f(tensor([1, 2])).map((y) => y.size)).toEqual([2, 2, 0]);
  });

  it.each(["float32", "float64"] as const)("is found in %s, wherever in the array", (dtype) => {
    const f = compile((x: Tensor) => x.mul(1.5), finite);
    for (const [at, value] of [
      [0, Number.NaN],
      [5, Infinity],
      [12, -Infinity],
    ] as const) {
      // biome-ignore format: pairs
      const data = new Array<number>(13).fill(1e30);
      data[at] = value;
      expect(refusalOf(() => f(tensor(data, { dtype })))).toBeInstanceOf(NonFiniteError);
    }
    expect(f(tensor(new Array<number>(13).fill(1e30), { dtype })).size).toBe(13);
  });
});
