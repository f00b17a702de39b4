import { ValueError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/experiments/figure-1/options.ts";

const parsing =
  (...argv: string[]) =>
  () =>
    parseOptions(argv);

describe("parseOptions", () => {
  it("has short defaults for the built-in data", () => {
    expect(parseOptions([])).toEqual({
      steps: 1500,
      seeds: 3,
      learningRate: 0.5,
      initStd: 0.1,
      batchSize: 60,
      binary: false,
      data: null,
      out: "results/figure-1",
      resume: false,
    });
  });

  it("has the paper's number of steps for MNIST, and otherwise the same defaults", () => {
    expect(parseOptions(["--data", "mnist"])).toEqual({
      ...parseOptions([]),
      data: "mnist",
      steps: 50_000,
    });
  });

  it("reads every option, in both spellings", () => {
    const argv =
      "--steps 500 --seeds=2 --learning-rate 1e-2 --init-std .05 --batch=128 --binary --data d --out o --resume";
    expect(parseOptions(argv.split(" "))).toEqual({
      steps: 500,
      seeds: 2,
      learningRate: 0.01,
      initStd: 0.05,
      batchSize: 128,
      binary: true,
      data: "d",
      out: "o",
      resume: true,
    });
  });

  it("answers --help even when something else is wrong", () => {
    expect(parseOptions(["--steps", "none", "--help"])).toHaveProperty("help");
    expect(parseOptions(["-h"])).toHaveProperty("help");
  });

  it("says in its help what there is", () => {
    expect(parseOptions(["--help"])).toMatchInlineSnapshot(`
      {
        "help": "Figure 1 of Ioffe & Szegedy (2015): the same network with and without batch
      normalization, its test accuracy during training and the inputs of one sigmoid.

      Usage: npm start -- [options]

      Options
        --data DIR           folder with the four MNIST files; without it, digits that
                             are generated here, which are not MNIST
        --steps N            training steps of each network
                             (default 50000 with --data, otherwise 1500)
        --seeds N            run seeds 1 to N
                             (default 3)
        --learning-rate X    of plain gradient descent (default 0.5)
        --init-std X         standard deviation of the initial weights (default 0.1)
        --batch N            examples per step, at least 2 (default 60)
        --binary             replace every pixel by x > 0.5, as the paper's binary
                             images (default: grey values)
        --out DIR            where the report is written (default results/figure-1)
        --resume             go on with the run that DIR of --out holds
        -h, --help           print this and stop

      Examples
        npm start
        npm start -- --steps 500 --seeds 1
        npm start -- --data DIR --steps 5000 --seeds 3 --learning-rate 0.5

      MNIST
        train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
        t10k-labels-idx1-ubyte, each as it is or with .gz, for example from
        https://storage.googleapis.com/cvdf-datasets/mnist/ or
        https://ossci-datasets.s3.amazonaws.com/mnist/
      ",
      }
    `);
  });

  it("keeps the help within 80 columns", () => {
    const { help } = parseOptions(["--help"]) as { help: string };
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe("what parseOptions refuses", () => {
  it("tells a program which option and which value", () => {
    try {
      parseOptions(["--steps", "0"]);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(ValueError);
      expect((error as ValueError).details).toEqual({ option: "steps", value: "0" });
    }
  });

  it.each(["0", "-5", "2.5", "abc", "0x10", "1e99", "Infinity", " 5", "5 "])(
    "refuses %j steps",
    (value) => {
      expect(parsing("--steps", value)).toThrow(ValueError);
    },
  );

  it.each(["0", "-0.5", "1e999", "Infinity", "NaN", "0,5", "1e-999"])(
    "refuses a learning rate of %s",
    (value) => {
      expect(parsing("--learning-rate", value)).toThrow(ValueError);
    },
  );

  it("says what is wrong with a number", () => {
    expect(parsing("--steps", "-5")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--steps\` must be a positive integer but is "-5". Write for example \`--steps 5000\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--seeds", "1.5")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--seeds\` must be a positive integer but is "1.5". Write for example \`--seeds 3\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--batch", "1")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--batch\` must be an integer of at least 2 but is "1". Write for example \`--batch 60\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--learning-rate", "fast")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--learning-rate\` must be a positive finite number but is "fast". Write for example \`--learning-rate 0.5\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--init-std=0")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--init-std\` must be a positive finite number but is "0". Write for example \`--init-std 0.1\`; \`--help\` lists all options.]`,
    );
  });

  it("says that a value is missing", () => {
    expect(parsing("--steps")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--steps\` needs a value but has none. Write for example \`--steps 5000\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--steps", "--seeds", "3")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--steps\` needs a value but is followed by \`--seeds\`. Write for example \`--steps 5000\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--data=")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--data\` needs a value but has none. Write for example \`--data path/to/mnist\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--out", "--resume")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--out\` needs a value but is followed by \`--resume\`. Write for example \`--out results/figure-1\`; \`--help\` lists all options.]`,
    );
  });

  it("says that a switch takes no value", () => {
    expect(parsing("--binary=yes")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--binary\` takes no value but was given "yes". Write \`--binary\` alone, or leave it out; \`--help\` lists all options.]`,
    );
  });

  it("says that an option is repeated", () => {
    expect(parsing("--steps", "1", "--steps", "2")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--steps\` is given more than once. Keep one of them; \`--help\` lists all options.]`,
    );
    expect(parsing("--resume", "--resume")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: \`--resume\` is given more than once. Keep one of them; \`--help\` lists all options.]`,
    );
  });

  it("says that an option is unknown", () => {
    expect(parsing("--step", "5")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: there is no option \`--step\`. Check its spelling; \`--help\` lists all options.]`,
    );
    expect(parsing("--lr=0.1")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: there is no option \`--lr\`. Check its spelling; \`--help\` lists all options.]`,
    );
    expect(parsing("-s")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: there is no option \`-s\`. Check its spelling; \`--help\` lists all options.]`,
    );
    expect(parsing("--no-binary")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: there is no option \`--no-binary\`. Check its spelling; \`--help\` lists all options.]`,
    );
    expect(parsing("--__proto__")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: there is no option \`--__proto__\`. Check its spelling; \`--help\` lists all options.]`,
    );
  });

  it("says what to do about an argument that is not an option, which npm leaves when `--` is forgotten", () => {
    expect(parsing("5000")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: "5000" is not an option. Begin options with \`--\` and, under npm, put them after a bare \`--\`, as in \`npm start -- --steps 5000\`; \`--help\` lists all options.]`,
    );
    expect(parsing("--", "--steps")).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: figure-1: "--steps" is not an option. Begin options with \`--\` and, under npm, put them after a bare \`--\`, as in \`npm start -- --steps 5000\`; \`--help\` lists all options.]`,
    );
  });
});
