import { readFileSync } from "node:fs";
import {
  compile,
  explainNonFinite,
  grad,
  log,
  type NonFiniteReport,
  record,
  recordWith,
  sqrt,
  type Tensor,
  tapeFromJSON,
  tensor,
  ValueError,
  Variable,
  where,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { refusalOf } from "../refusal.ts";
import { here } from "../source-line.ts";
import { faults } from "./planted-non-finite.ts";

const source = readFileSync(new URL("./planted-non-finite.ts", import.meta.url), "utf8").split(
  "\n",
);

/** The line of a fixture that ends in its name; null if there is none. */
function plantedLine(name: string): number | null {
  const at = source.findIndex((line) => line.endsWith(`// planted: ${name}`));
  return at < 0 ? null : at + 1;
}

const lineNumber = (report: NonFiniteReport | null): number | null => {
  const number = /:(\d+):\d+$/.exec(report?.line ?? "")?.[1];
  return number === undefined ? null : Number(number);
};

/** Without the folder that the file stands in. */
const textOf = (report: NonFiniteReport | null): string =>
  String(report)
    .replaceAll(/\/\S*\/(?=[\w-]+(\.test)?\.ts:)/g, "")
    .replaceAll(/(\.ts):[\d:]+/g, "$1");

describe("explainNonFinite", () => {
  it.each(faults)("traces $name", ({ name, args, f, blamed, derivativeOf }) => {
    const report = explainNonFinite(f, ...args);

    expect([report?.name, report?.derivativeOf]).toEqual([blamed, derivativeOf ?? null]);
    expect(lineNumber(report)).toBe(plantedLine(name));
  });

  it.each(faults)(
    "traces $name on a tape that was recorded, from the values it was recorded with",
    ({ name, args, f, blamed }) => {
      const tape = recordWith({ sourceLines: true }, f as (...xs: typeof args) => Tensor, ...args);

      const report = explainNonFinite(tape);

      expect([report?.name, lineNumber(report)]).toEqual([blamed, plantedLine(name)]);
    },
  );

  it("has a line for each fault that is one", () => {
    const given = faults.filter(({ blamed }) => /argument|variable/.test(blamed)).length;

    expect(faults.length).toBeGreaterThan(20);
    expect(source.filter((line) => /\/\/ planted: /.test(line))).toHaveLength(
      faults.length - given,
    );
  });

  it("gives null where everything is finite, and does not mind what is masked", () => {
    const masked = (x: Tensor): Tensor =>
      where(x.greater(0), log(where(x.greater(0), x, 1)), 0).sum();
    const forwardOnly = (x: Tensor): Tensor => where(x.greater(0), log(x), 0).cast("int32");
    const scores = (x: Tensor): Tensor => where(x.greater(1), x, -Infinity).exp().sum().log();

    for (const f of [masked, forwardOnly, scores]) {
      expect(explainNonFinite(f, tensor([0, 1, 2]))).toBeNull();
    }
  });

  it("tells what the operands were like", () => {
    const f = (x: Tensor): Tensor => x.sub(1).div(x.mul(0)).sum();
    const g = (x: Tensor): Tensor => sqrt(x).sum();
    const h = (x: Tensor): Tensor => x.mul(tensor([1, Number.NaN, -Infinity])).sum();

    expect(textOf(explainNonFinite(f, tensor([1, 3, -2])))).toMatchInlineSnapshot(`
      "div at explain-non-finite.test.ts made 1 NaN and 2 infinities of 3 in float32[3]. Its operands:
        %1: float32[3] from -3 to 2, 1 zero
        %2: float32[3] all 0"
    `);
    expect(textOf(explainNonFinite(g, tensor([0, 4])))).toMatchInlineSnapshot(`
      "The derivative of sqrt at explain-non-finite.test.ts, in its div, made 1 infinity of 2 in float32[2]. Its operands:
        0.5: float32[2] all 0.5
        %1: float32[2] from 0 to 2, 1 zero"
    `);
    expect(textOf(explainNonFinite(h, tensor([0, 4, 5])))).toMatchInlineSnapshot(`
      "mul at explain-non-finite.test.ts made 1 NaN and 1 infinity of 3 in float32[3]. Its operands:
        %0: float32[3] from 0 to 5, 1 zero
        a constant: float32[3] 1, 1 NaN and 1 infinity of 3"
    `);
  });

  it("names what was given, and by its place", () => {
    const w = new Variable(tensor([Number.NaN, 1]), { name: "weight" });
    const f = ({ x }: { readonly x: readonly Tensor[] }): Tensor => x[1].mul(2).sum();

    expect(
      textOf(explainNonFinite(f, { x: [tensor(1), tensor([Infinity, -Infinity])] })),
    ).toMatchInlineSnapshot(
      `"argument 0 at .x[1] holds 2 infinities of 2 in float32[2]. Nothing was computed to make it so."`,
    );
    expect(textOf(explainNonFinite(() => w.value.sum()))).toMatchInlineSnapshot(
      `"variable weight holds 1 NaN of 2 in float32[2]. Nothing was computed to make it so."`,
    );
    expect(textOf(explainNonFinite(() => tensor([Number.NaN])))).toMatchInlineSnapshot(
      `"The result holds 1 NaN of 1 in float32[1], and was computed from no argument or variable. Pass the data as arguments to see where it comes from."`,
    );
  });

  it("numbers values as on the tape, where a variable is read after the first operation", () => {
    const w = new Variable(tensor([0, 1]));
    const tape = record((x: Tensor) => x.mul(2).div(w.value), tensor([1, 1]));

    const report = explainNonFinite(tape);

    expect(String(tape)).toContain("%3 = div(%1, %2)");
    expect([report?.value, report?.operands.map(({ name }) => name)]).toEqual([3, ["%1", "%2"]]);
    expect([report?.line, report?.kind]).toEqual([null, "operation"]);
    expect(textOf(report)).toMatch(/^div made 1 infinity of 2 in float32\[2\]\./);
  });

  it("looks at the gradients last: a result that is not finite comes first", () => {
    const report = explainNonFinite(
      (x: Tensor) => [x.sqrt().sum(), x.sub(1).log()],
      tensor([0, 0.5]),
    );

    expect([report?.kind, report?.name]).toEqual(["operation", "log"]);
  });

  it("finds a step whose result is finite, and whose new weights are not", () => {
    const w = new Variable(tensor(0), { name: "w" });
    let line = 0;
    const step = (): Tensor => {
      line = here() + 1;
      const tape = record(() => w.value.sqrt());
      w.assign(w.value.sub(tape.gradient(w)));
      return tape.output;
    };

    const report = explainNonFinite(step);

    expect([report?.kind, report?.derivativeOf, lineNumber(report)]).toEqual([
      "derivative",
      "sqrt",
      line,
    ]);
    expect(w.value.item()).toBe(0);
  });

  it("takes other arguments for a tape, and the values that its variables had", () => {
    const w = new Variable(tensor(1), { name: "w" });
    const tape = record((x: Tensor) => w.value.div(x), tensor(0));
    w.assign(tensor(Number.NaN));

    expect(explainNonFinite(tape)?.name).toBe("div");
    expect(explainNonFinite(tape, tensor(2))).toBeNull();
    expect(explainNonFinite(tapeFromJSON(tape.toJSON()))?.name).toBe("div");
  });

  it("runs inside of a recording, and of a derivative", () => {
    let found: NonFiniteReport | null = null;

    grad((x: Tensor) => {
      found = explainNonFinite((y: Tensor) => y.mul(x).log(), tensor(0));
      return x.mul(x);
    })(tensor(3));

    expect((found as NonFiniteReport | null)?.name).toBe("log");
  });

  it("is refused where there are no numbers", () => {
    const f = compile((x: Tensor) => {
      explainNonFinite((y: Tensor) => y.log(), x);
      return x;
    });

    expect(refusalOf(() => f(tensor([0])))).toBeInstanceOf(ValueError);
  });

  it("may look at a function without a result", () => {
    const w = new Variable(tensor(0));

    expect(explainNonFinite(() => w.assign(w.value.log()))?.name).toBe("log");
  });
});
