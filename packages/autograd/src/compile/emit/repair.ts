/**
 * @file Results of a padded convolution that came out as NaN, summed again with only the terms that exist.
 *
 * The zeros around an image are harmless beside finite numbers. So nothing is looked at unless some number of the
 * weight is not finite; for the gradient of the weight, which is small, every result is. A sum that has become
 * NaN is not continued, so that NaN which belongs there costs next to nothing.
 */
import type { Code } from "../../backends/wasm/encoder.ts";
import { sizeOf } from "../../array/shape.ts";
import type { ConvolutionPlan } from "./convolution-plan.ts";
import { advance } from "./control.ts";

/** Byte addresses of the three arrays. */
interface Addresses {
  readonly x: number;
  readonly weight: number;
  readonly y: number;
}

/** Whether zeros take part that the definition does not have. */
export function needsRepair({ kernel: { role, padding } }: ConvolutionPlan): boolean {
  return role !== "input" && padding.flat().some((n) => n > 0);
}

export function emitRepair(code: Code, plan: ConvolutionPlan, addresses: Addresses): void {
  const repair = new Repair(code, plan, addresses);
  if (plan.kernel.role === "weight") repair.emit();
  else {
    repair.emitIsFinite();
    code.op("i32.eqz").when(() => repair.emit());
  }
}

type Index = "image" | "group" | "output" | "channel" | "row" | "column" | "down" | "across";

class Repair {
  readonly #code: Code;
  readonly #plan: ConvolutionPlan;
  readonly #addresses: Addresses;
  readonly #lengths: Readonly<Record<Index, number>>;
  readonly #locals: Readonly<Record<Index, number>>;

  constructor(code: Code, plan: ConvolutionPlan, addresses: Addresses) {
    this.#code = code;
    this.#plan = plan;
    this.#addresses = addresses;
    const { weight, y, batch, outputs, kernel } = plan;
    const [, , row, column] = y;
    const [, channel, down, across] = weight;
    const sums = { row, column, down, across, channel };
    this.#lengths = { image: batch, group: kernel.groups, output: outputs, ...sums };
    const local = (): number => code.local("i32");
    this.#locals = {
      image: local(),
      group: local(),
      output: local(),
      channel: local(),
      row: local(),
      column: local(),
      down: local(),
      across: local(),
    };
  }

  /** Leaves 1 if every number of the weight is finite: then their products with 0 add up to 0. */
  emitIsFinite(): void {
    const code = this.#code;
    const bytes = sizeOf(this.#plan.weight) * this.#plan.element.bytes;
    const [position, zeros] = [code.local("i32"), code.local("f64")];
    code.i32(0).set(position);
    code.doWhile(() => {
      code.get(position);
      this.#load(this.#addresses.weight);
      code.f64(0).op("f64.mul").get(zeros).op("f64.add").set(zeros);
      advance(code, position, this.#plan.element.bytes);
      code.get(position).i32(bytes).op("i32.lt_u");
    });
    code.get(zeros).f64(0).op("f64.eq");
  }

  /** Looks at every result. */
  emit(): void {
    const code = this.#code;
    const { role } = this.#plan.kernel;
    const { weight, y } = this.#addresses;
    const sum = code.local("f64");
    const [results, terms]: [readonly Index[], readonly Index[]] =
      role === "output" ? [Y, ["channel", "down", "across"]] : [WEIGHT, ["image", "row", "column"]];
    const address = role === "output" ? y : weight;
    this.#each(results, null, () => {
      this.#offset(results);
      this.#load(address);
      code.tee(sum).get(sum).op("f64.eq", "i32.eqz");
      code.when(() => {
        code.f64(0).set(sum);
        this.#each(terms, sum, () => this.#add(sum));
        this.#offset(results);
        code.get(sum);
        if (this.#plan.element.bytes === 4) code.op("f32.demote_f64").memory("f32.store", address);
        else code.memory("f64.store", address);
      });
    });
  }

  /** Loops over `indices`, the first one outermost, for as long as `sum` is not NaN. */
  #each(indices: readonly Index[], sum: number | null, body: () => void): void {
    const code = this.#code;
    if (indices.length === 0) {
      body();
      return;
    }
    const local = this.#locals[indices[0]];
    code.i32(0).set(local);
    code.doWhile(() => {
      this.#each(indices.slice(1), sum, body);
      advance(code, local, 1);
      code.get(local).i32(this.#lengths[indices[0]]).op("i32.lt_u");
      if (sum !== null) code.get(sum, sum).op("f64.eq", "i32.and");
    });
  }

  /** Leaves the bytes from the first element of an array with these axes. */
  #offset(axes: readonly Index[]): void {
    const code = this.#code;
    code.i32(0);
    for (const axis of axes) {
      code.i32(this.#lengths[axis]).op("i32.mul").get(this.#locals[axis]).op("i32.add");
    }
    code.i32(this.#plan.element.bytes).op("i32.mul");
  }

  #load(address: number): void {
    const code = this.#code;
    if (this.#plan.element.bytes === 8) code.memory("f64.load", address);
    else code.memory("f32.load", address).op("f64.promote_f32");
  }

  /** Adds the term of the indices, if it exists. */
  #add(sum: number): void {
    const code = this.#code;
    const { x, kernel } = this.#plan;
    const { strides, padding, dilation } = kernel;
    const [height, width] = [x[2], x[3]];
    const [h, w] = [code.local("i32"), code.local("i32")];
    const at = (i: 0 | 1, window: Index, element: Index): void => {
      code.get(this.#locals[window]).i32(strides[i]).op("i32.mul");
      code.get(this.#locals[element]).i32(dilation[i]).op("i32.mul", "i32.add");
      code.i32(padding[i][0]).op("i32.sub");
    };
    at(0, "row", "down");
    // a negative index is a large unsigned one
    code.tee(h).i32(height).op("i32.lt_u");
    at(1, "column", "across");
    code.tee(w).i32(width).op("i32.lt_u", "i32.and");
    code.when(() => {
      this.#offset(["image", "group", "channel"]);
      code.i32(height).op("i32.mul").get(h).i32(this.#plan.element.bytes).op("i32.mul", "i32.add");
      code.i32(width).op("i32.mul").get(w).i32(this.#plan.element.bytes).op("i32.mul", "i32.add");
      this.#load(this.#addresses.x);
      const other = this.#plan.kernel.role === "output" ? WEIGHT : Y;
      this.#offset(other);
      this.#load(other === Y ? this.#addresses.y : this.#addresses.weight);
      code.op("f64.mul").get(sum).op("f64.add").set(sum);
    });
  }
}

const Y: readonly Index[] = ["image", "group", "output", "row", "column"];
const WEIGHT: readonly Index[] = ["group", "output", "channel", "down", "across"];
