import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const SCRIPT = fileURLToPath(new URL("./no-code-generation.ts", import.meta.url));

/** What the script prints in a process whose policy forbids making code from strings. */
function runWithoutCodeGeneration(): unknown {
  const flags = [
    "--disallow-code-generation-from-strings",
    "--conditions=source",
    "--import",
    "tsx",
  ];
  const text = execFileSync(process.execPath, [...flags, SCRIPT], { encoding: "utf8" });
  return JSON.parse(text);
}

describe("where `new Function` is forbidden", () => {
  // transpose, slice and toNdarray go through npm ndarray, which makes its classes from strings
  it("everything but views by npm ndarray runs, by closures", () => {
    expect(runWithoutCodeGeneration()).toEqual({
      newFunction: "EvalError",
      views: "EvalError",
      sum: "tensor([[NaN], [5]], float64[2,1])",
      max: "tensor([4, 2, NaN], float64[3])",
      mean: "tensor(0.3, float32[])",
      product: "tensor([[11]], float32[1,1])",
      wraps: "tensor([131073, 9], int32[2])",
      cast: "tensor([1, -1, -2147483648], int32[3])",
      gather: "tensor([3, 1], float32[2])",
      select: "tensor([1.5, -1], float32[2])",
      broadcast: "tensor([[11, 21], [12, 22]], float32[2,2])",
      logSumExp: "tensor(1000.69, float32[])",
      gradient: "tensor(0.940015, float32[])",
      tape: "%0 = input : float32[]\n%1 = mul(%0, 2) : float32[]",
    });
  });
});
