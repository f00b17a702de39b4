/**
 * @file The suite "programs": random straight-line programs. With L = ⟨result, cotangent⟩ as a function of all inputs:
 * the result, the gradient of L, the derivative of the result along r, the Hessian of L times r, the gradient of
 * ⟨that, s⟩ (third order), and for programs of one input the whole Jacobian and Hessian.
 */
import { join } from "node:path";
import {
  add,
  compile,
  flip,
  gather,
  greater,
  hessian,
  jacobian,
  jvp,
  mul,
  type Tensor,
  tensor,
  vjp,
  where,
} from "@tapegrad/autograd";
import { compareTensor, type Rule } from "./compare.ts";
import { decodeTensor, readLines, type StoredTensor } from "./fixtures.ts";
import { mapped } from "./mapped.ts";
import { operationFor } from "./operations/index.ts";
import { bindArguments } from "./operations/operation.ts";
import type { Check, Suite, SuiteContext } from "./suite.ts";

type Stored = Readonly<Record<string, StoredTensor>>;
type Tensors = Readonly<Record<string, Tensor>>;

interface Instruction {
  /** The name of its value. */
  readonly v: string;
  readonly op: string;
  readonly in: readonly string[];
  readonly attrs?: Readonly<Record<string, unknown>>;
}

interface Program {
  readonly id: string;
  readonly inputs: Stored;
  readonly program: readonly Instruction[];
  readonly result: string;
  readonly out: StoredTensor;
  readonly cotangent: StoredTensor;
  readonly grads: Stored;
  readonly r: Stored;
  readonly jvp: StoredTensor;
  readonly hvp: Stored;
  readonly s: Stored;
  readonly third: Stored;
  readonly jacobian?: StoredTensor;
  readonly hessian?: StoredTensor;
}

const RULE: Rule = { float64: 1e-9, float32: { absolute: 1e-5, relative: 1.3e-6 } };

export const programs: Suite = function* ({ oracle, ...way }): Generator<Check> {
  for (const program of readLines<Program>(join(oracle, "programs", "programs.jsonl"))) {
    const problems: string[] = [];
    let error = 0;
    try {
      const found = run(program, way);
      for (const [name, expected] of Object.entries(expectations(program))) {
        const outcome = compareTensor(found[name], expected, RULE);
        error = Math.max(error, outcome.error);
        if (outcome.problem !== null) problems.push(`${name} ${outcome.problem}`);
      }
    } catch (thrown) {
      problems.push(String(thrown).split("\n")[0]);
    }
    const [problem] = problems;
    yield problem === undefined
      ? { status: "passed", group: program.id, error, order: 3 }
      : { status: "failed", group: program.id, id: program.id, problem };
  }
};

/** Everything that is compared, under one name each. */
function expectations(program: Program): Stored {
  const { out, jacobian: J, hessian: H } = program;
  return {
    out,
    jvp: program.jvp,
    ...prefixed("grads", program.grads),
    ...prefixed("hvp", program.hvp),
    ...prefixed("third", program.third),
    ...(J && { jacobian: J }),
    ...(H && { hessian: H }),
  };
}

function prefixed<T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [`${prefix} ${name}`, value]),
  );
}

function decoded(stored: Stored): Tensors {
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name, decodeTensor(value)]),
  );
}

interface Seeds {
  readonly cotangent: Tensor;
  readonly r: Tensors;
  readonly s: Tensors;
}

function run(program: Program, way: Pick<SuiteContext, "compiled" | "mapped">): Tensors {
  const evaluate = (inputs: Tensors): Tensor => interpret(program, inputs);
  const compute = (inputs: Tensors, { cotangent, r, s }: Seeds): Tensors => {
    const gradient = (x: Tensors): Tensors => vjp(evaluate, x).pullback(cotangent)[0];
    const product = (x: Tensors): Tensors => jvp(gradient, [x], [r]).tangent;
    const names = Object.keys(inputs);
    return {
      out: evaluate(inputs),
      jvp: jvp(evaluate, [inputs], [r]).tangent,
      ...prefixed("grads", gradient(inputs)),
      ...prefixed("hvp", product(inputs)),
      ...prefixed("third", vjp(product, inputs).pullback(s)[0]),
      ...(program.jacobian && whole(evaluate, inputs, names[0], cotangent)),
    };
  };
  const seeds = {
    cotangent: decodeTensor(program.cotangent),
    r: decoded(program.r),
    s: decoded(program.s),
  };
  const call = way.mapped ? mapped(compute) : compute;
  return (way.compiled ? compile(call) : call)(decoded(program.inputs), seeds);
}

/** The Jacobian of the result, and the Hessian of ⟨result, cotangent⟩, by the one input. */
function whole(
  evaluate: (inputs: Tensors) => Tensor,
  inputs: Tensors,
  name: string,
  cotangent: Tensor,
): Tensors {
  const f = (x: Tensor): Tensor => evaluate({ [name]: x });
  const loss = (x: Tensor): Tensor => mul(f(x), cotangent).sum();
  return { jacobian: jacobian(f)(inputs[name]), hessian: hessian(loss)(inputs[name]) };
}

/** What the instructions below are told; each finds there what it asks for. */
interface Attributes {
  readonly by: number;
  readonly dim: number;
  readonly index: readonly number[];
  readonly start: number;
  readonly stop: number;
}

/** Instructions that are no operators of PyTorch, or are written otherwise there. */
const OWN: Readonly<Record<string, (inputs: readonly Tensor[], attrs: Attributes) => Tensor>> = {
  scale: ([x], { by }) => mul(x, by),
  shift: ([x], { by }) => add(x, by),
  flip: ([x], { dim }) => flip(x, { axes: dim }),
  index_select: ([x], { dim, index }) => {
    return gather(x, tensor(index, { dtype: "int32" }), { axis: dim });
  },
  where_gt: ([a, b, x, y]) => where(greater(a, b), x, y),
  transpose: ([x]) => {
    const order = x.shape.map((_, axis) => axis);
    return x.transpose([...order.slice(0, -2), x.rank - 1, x.rank - 2]);
  },
  slice: ([x], { dim, start, stop }) => {
    const at = (axis: number): boolean => axis === (dim < 0 ? dim + x.rank : dim);
    return x.slice({
      starts: x.shape.map((_, axis) => (at(axis) ? start : 0)),
      sizes: x.shape.map((n, axis) => (at(axis) ? stop - start : n)),
    });
  },
};

/** Operators whose first argument is a list. */
const LISTS: ReadonlySet<string> = new Set(["cat", "stack"]);

function interpret({ program, result }: Program, inputs: Tensors): Tensor {
  const values = new Map(Object.entries(inputs));
  for (const { v, op, in: operands, attrs = {} } of program) {
    const given = operands.map((name) => values.get(name) as Tensor);
    values.set(v, apply(op, given, attrs));
  }
  return values.get(result) as Tensor;
}

function apply(
  op: string,
  given: readonly Tensor[],
  attrs: Readonly<Record<string, unknown>>,
): Tensor {
  const own = OWN[op];
  if (own !== undefined) return own(given, attrs as unknown as Attributes);
  const entry = operationFor(op) ?? operationFor(`nn.functional.${op}`);
  if (entry === null) throw new Error(`internal: there is no line in the table for ${op}`);
  const args = LISTS.has(op) ? [given] : given;
  return entry.here(bindArguments(entry.signature, args, attrs)) as Tensor;
}
