/**
 * @file Run by no-code-generation.test.ts in a process in which `new Function` is forbidden. It prints what
 * the closure path computes as one line of JSON.
 */
import {
  add,
  cast,
  gather,
  grad,
  logSumExp,
  matMul,
  max,
  mean,
  mul,
  record,
  where,
  sum,
  type Tensor,
  tanh,
  tensor,
  transpose,
} from "@tapegrad/autograd";

/** The name of the error that `call` throws, or null. */
function thrownBy(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

const x = tensor([[1, 2, Number.NaN], [4, -5, 6]], { dtype: "float64" }); // biome-ignore format: two rows
const n = tensor([65537, -3], { dtype: "int32" });

console.log(
  JSON.stringify({
    newFunction: thrownBy(() => Reflect.construct(Function, ["return 1"])),
    views: thrownBy(() => transpose(x)),
    sum: sum(x, { axes: 1, keepDims: true }).toString(),
    max: max(x, { axes: 0 }).toString(),
    mean: mean(tensor([0.1, 0.2, 0.6])).toString(),
    product: matMul(tensor([[1, 2]]), tensor([[3], [4]])).toString(),
    wraps: mul(n, n).toString(),
    cast: cast(tensor([1.7, -1.7, 2 ** 31]), "int32").toString(),
    gather: gather(tensor([1, 2, 3]), tensor([2, 0], { dtype: "int32" })).toString(),
    select: where(tensor([true, false]), add(tensor([1, 2]), 0.5), -1).toString(),
    broadcast: add(tensor([[1], [2]]), tensor([10, 20])).toString(),
    logSumExp: logSumExp(tensor([1000, 1000])).toString(),
    gradient: grad((v: Tensor) => tanh(mul(v, v)))(tensor(0.5)).toString(),
    tape: String(record((v) => mul(v, 2), tensor(3))),
  }),
);
