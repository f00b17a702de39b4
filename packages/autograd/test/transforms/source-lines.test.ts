import {
  bind,
  define,
  grad,
  jvp,
  log,
  record,
  recordWith,
  scalarKernel,
  type Tensor,
  tensor,
  vjp,
} from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { firstOutside } from "../../src/transforms/source-lines.ts";
import { here, lineNumber } from "../source-line.ts";

describe("a tape that keeps source lines", () => {
  it("knows the line that bound each node", () => {
    let [first, second] = [0, 0];

    const tape = recordWith(
      { sourceLines: true },
      (x: Tensor) => {
        first = here() + 1;
        const y = x.mul(2);
        second = here() + 1;
        return log(y).sum();
      },
      tensor([1, 2]),
    );

    // sum is two nodes
    expect(tape.nodes.map(({ origin }) => lineNumber(origin))).toEqual([
      first,
      second,
      second,
      second,
    ]);
    expect(tape.nodes[0].origin?.derivativeOf).toBeNull();
  });

  it("prints it behind each node", () => {
    const tape = recordWith({ sourceLines: true }, (x: Tensor) => grad(log)(x), tensor(2));

    expect(
      String(tape).replaceAll(/\S+source-lines.test.ts:[\d:]+/g, "here"),
    ).toMatchInlineSnapshot(`
      "%0 = input : float32[]
      %1 = log(%0) : float32[] # here
      %2 = div(1, %0) : float32[] # derivative of log at here
      %3 = mul(1, %2) : float32[] # derivative of log at here"
    `);
  });

  it.each([
    [
      "tape.gradient",
      (f: (x: Tensor) => Tensor, x: Tensor) => {
        const tape = record(f, x);
        return tape.gradient(tape.inputs)[0];
      },
    ],
    ["grad", (f: (x: Tensor) => Tensor, x: Tensor) => grad(f)(x)],
    ["grad of grad", (f: (x: Tensor) => Tensor, x: Tensor) => grad(grad(f))(x)],
    ["vjp", (f: (x: Tensor) => Tensor, x: Tensor) => vjp(f, x).pullback(x)[0]],
    ["jvp", (f: (x: Tensor) => Tensor, x: Tensor) => jvp(f, [x], [x]).tangent],
  ] as const)("gives what %s computes the line that it is the derivative of", (_, derive) => {
    let line = 0;
    const f = (x: Tensor): Tensor => {
      line = here() + 1;
      return x.sqrt();
    };

    const { nodes } = recordWith({ sourceLines: true }, (x: Tensor) => derive(f, x), tensor(4));

    const derivatives = nodes.filter(({ origin }) => origin?.derivativeOf !== null);
    expect(derivatives.length).toBeGreaterThan(1);
    for (const { origin } of derivatives) {
      expect([lineNumber(origin), origin?.derivativeOf]).toEqual([line, "sqrt"]);
    }
  });

  it("gives a tape that is replayed on it the lines of that tape", () => {
    const options = { sourceLines: true };
    const line = here() + 1;
    const inner = recordWith(options, (x: Tensor) => x.mul(2), tensor(1));

    const outer = recordWith(options, (x: Tensor) => inner.replay(x), tensor(1));

    expect(lineNumber(outer.nodes[0].origin)).toBe(line);
  });

  it("is one where it was asked for, and the tapes inside of it", () => {
    let inner = record((x: Tensor) => x.exp(), tensor(0));
    expect(inner.nodes[0].origin).toBeNull();
    expect(recordWith({}, (x: Tensor) => x.exp(), tensor(0)).nodes[0].origin).toBeNull();

    recordWith({ sourceLines: true }, () => {
      inner = record((x: Tensor) => x.exp(), tensor(0));
      return inner.output;
    });
    expect(inner.nodes[0].origin).not.toBeNull();
    expect(record((x: Tensor) => x.exp(), tensor(0)).nodes[0].origin).toBeNull();
  });

  it("goes on with the stack after a rule has thrown", () => {
    const failing = define.withPartials({
      name: "failing",
      arity: 1,
      domain: [{ min: 0, max: 1 }],
      cases: [{ params: null }],
      residuals: [],
      abstractEval: ([x]) => x,
      kernel: () => scalarKernel("neg", 1),
      partials: [
        () => {
          throw new Error("planted");
        },
      ],
    });

    const { nodes } = recordWith(
      { sourceLines: true },
      (x: Tensor) => {
        expect(() => grad((y: Tensor) => bind(failing, [y], null))(x)).toThrow("planted");
        return x.exp();
      },
      tensor(1),
    );

    expect(nodes.at(-1)?.origin?.derivativeOf).toBeNull();
  });
});

describe("the caller's line", () => {
  it.each([
    ["    at f (file:///app/train.ts:12:5)", "/app/train.ts:12:5"],
    ["    at /app/train.ts:12:5", "/app/train.ts:12:5"],
    ["    at Object.<anonymous> (/app/my folder/train.ts:12:5)", "/app/my folder/train.ts:12:5"],
    ["    at async f (C:\\app\\train.ts:12:5)", "C:\\app\\train.ts:12:5"],
    ["f@https://example.org/app/train.js:12:5", "https://example.org/app/train.js:12:5"],
  ])("is read from %s", (frame, expected) => {
    const own = [
      "Error: where",
      "    at callerLine (file:///p/autograd/src/transforms/source-lines.ts:14:1)",
      "    at add (file:///p/autograd/src/primitives/add.ts:3:1)",
      "    at Linear.forward (file:///p/nn/src/layers/linear.ts:9:1)",
    ];

    expect(firstOutside([...own, frame, "    at main (/app/main.ts:1:1)"].join("\n"))).toBe(
      expected,
    );
  });

  it("is none of the published packages", () => {
    const stack = [
      "    at callerLine (/app/node_modules/@tapegrad/autograd/dist/bundle/shared-AB12.js:14:1)",
      "    at add (/app/node_modules/@tapegrad/autograd/dist/bundle/shared-AB12.js:3:1)",
      "    at BatchNorm.forward (/app/node_modules/@tapegrad/nn/dist/layers/batch-norm.js:9:1)",
      "    at /app/train.js:12:5",
    ];

    expect(firstOutside(stack.join("\n"))).toBe("/app/train.js:12:5");
  });

  it("is none of the built packages, where they are linked into a workspace", () => {
    const stack = [
      "    at callerLine (file:///p/autograd/dist/bundle/shared-AB12.js:14:1)",
      "    at BatchNorm.forward (file:///p/nn/dist/layers/batch-norm.js:9:1)",
      "    at /p/examples/dist/train.js:12:5",
    ];

    expect(firstOutside(stack.join("\n"))).toBe("/p/examples/dist/train.js:12:5");
  });

  it("is not known in a bundle of everything", () => {
    expect(
      firstOutside("    at a (/app/bundle.js:1:20)\n    at b (/app/bundle.js:1:9)"),
    ).toBeNull();
    expect(firstOutside("")).toBeNull();
  });
});
