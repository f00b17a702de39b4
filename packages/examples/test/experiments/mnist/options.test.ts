import { OpError } from "@tapegrad/autograd";
import { describe, expect, it } from "vitest";
import { parseOptions } from "../../../src/experiments/mnist/options.ts";

const refusal = (...argv: string[]) => {
  try {
    parseOptions(argv, {});
  } catch (error) {
    if (error instanceof OpError) return error.message;
    throw error;
  }
  throw new Error(`${argv.join(" ")} was accepted`);
};

describe("the options of the MNIST example", () => {
  it("have defaults, and take the folder from the environment", () => {
    expect(parseOptions([], { MNIST_DIR: "there" })).toEqual({
      data: "there",
      epochs: 2,
      eager: false,
      out: "results/mnist",
      resume: false,
    });
    expect(parseOptions([], {})).toMatchObject({ data: null });
  });

  it("are read from the command line, which wins", () => {
    const argv = ["--data", "here", "--epochs=3", "--eager", "--out", "o", "--resume"];
    expect(parseOptions(argv, { MNIST_DIR: "there" })).toEqual({
      data: "here",
      epochs: 3,
      eager: true,
      out: "o",
      resume: true,
    });
  });

  it("give the help, whatever else is there, in 80 columns", () => {
    const given = parseOptions(["--wrong", "-h"], {});
    const help = "help" in given ? given.help : "";
    expect(help).toContain("Usage: npm run mnist -- [options]");
    expect(Math.max(...help.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("are refused with what to do", () => {
    expect([
      refusal("--epoch", "3"),
      refusal("--epochs", "0"),
      refusal("--epochs"),
      refusal("--data", "--eager"),
      refusal("--eager=yes"),
      refusal("--resume", "--resume"),
      refusal("mnist"),
    ]).toMatchInlineSnapshot(`
      [
        "mnist: there is no option \`--epoch\`. Check its spelling; \`--help\` lists all options.",
        "mnist: \`--epochs\` must be an integer from 1 to 9999 but is "0". Write for example \`--epochs 2\`; \`--help\` lists all options.",
        "mnist: \`--epochs\` has no value. Write \`--epochs\` and the value behind it; \`--help\` lists all options.",
        "mnist: \`--data\` has no value. Write \`--data\` and the value behind it; \`--help\` lists all options.",
        "mnist: \`--eager\` takes no value but was given "yes". Leave the value out; \`--help\` lists all options.",
        "mnist: \`--resume\` is given twice. Keep one of them; \`--help\` lists all options.",
        "mnist: "mnist" is not an option. Begin options with \`--\`; \`--help\` lists all options.",
      ]
    `);
  });
});
