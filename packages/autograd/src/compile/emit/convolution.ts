/**
 * @file Convolution and its two transposes as matrix products, image by image and group by group.
 *
 * - output: y = w · patches; weight: w̄ += ȳ · patchesᵀ; both pack panels of the patches from the image
 * - input: wᵀ · ȳ are patches, made for some rows of ȳ at a time and added to the places they came from, so that
 *   a stride costs no products with zeros
 * - zeros stand for what lies outside of an image. Beside an infinity they would make NaN, where nothing should be
 *   added: results that are NaN are then summed again, term by term
 * - sums of float32 are taken in the blocks of the matrix product; over images, in blocks of those
 */
import { Code } from "../../backends/wasm/encoder.ts";
import { sizeOf } from "../../array/shape.ts";
import type { ConvolutionKernel } from "../../kernel/kernel.ts";
import type { Value } from "../program.ts";
import { transposeMatrix } from "./blocks.ts";
import { advance, repeat } from "./control.ts";
import {
  type ConvolutionParts,
  type ConvolutionPlan,
  convolutionPlan,
  partsOf,
} from "./convolution-plan.ts";
import { emitGemm, stridedPacker } from "./gemm.ts";
import type { Places } from "./nest.ts";
import { patchPacker, transposedPacker } from "./patch-packers.ts";
import { emitOffsets, emitStage, isImage, stageBytes } from "./patches.ts";
import { emitRepair, needsRepair } from "./repair.ts";
import { addRow } from "./rows.ts";

interface ConvolutionContext {
  readonly places: Places;
  readonly scratch: number;
  readonly relaxed: boolean;
}

export function emitConvolution(
  value: Value,
  kernel: ConvolutionKernel,
  context: ConvolutionContext,
): Code {
  const code = new Code();
  const plan = convolutionPlan(value, kernel);
  const { role } = kernel;
  const first = (x: Value): number => {
    const { base, offset } = context.places.layout(x);
    return context.places.address(base) + offset * plan.element.bytes;
  };
  const [a, b] = value.operands.map(first);
  const own = context.places.address(value);
  const run = { code, plan, context, parts: partsOf(plan, context.scratch) };
  emitOffsets(code, plan.patches, run.parts.table);
  if (role === "output") emitOutput(run, a, b, own);
  else if (role === "input") emitInput(run, a, b, own);
  else emitWeight(run, a, b, own);
  const addresses = {
    output: { x: a, weight: b, y: own },
    input: { x: own, weight: b, y: a },
    weight: { x: a, weight: own, y: b },
  }[role];
  if (needsRepair(plan)) emitRepair(code, plan, addresses);
  return code;
}

interface Run {
  readonly code: Code;
  readonly plan: ConvolutionPlan;
  readonly context: ConvolutionContext;
  readonly parts: ConvolutionParts;
}

/** Locals with the addresses of one group: of x or its stage, of the weight, and of y. */
interface GroupAddresses {
  readonly source: number;
  readonly weight: number;
  readonly y: number;
}

/** Emits `body` for every group of every image; `before` and `after` for every image, given its address. */
function eachGroup(
  { code, plan, parts }: Run,
  addresses: { readonly x: number; readonly weight: number; readonly y: number },
  before: (image: number, source: number) => void,
  body: (addresses: GroupAddresses) => void,
  after: (image: number) => void,
): void {
  const { patches, kernel, element, batch, outputs, size, places, x } = plan;
  const { bytes } = element;
  const [image, source, weight, y] = [0, 1, 2, 3].map(() => code.local("i32"));
  code.i32(addresses.x).set(image).i32(addresses.y).set(y);
  repeat(code, batch, () => {
    if (patches.staged) code.i32(parts.stage).set(source);
    else code.get(image).set(source);
    code.i32(addresses.weight).set(weight);
    before(image, source);
    repeat(code, kernel.groups, () => {
      body({ source, weight, y });
      advance(code, source, patches.perGroup * patches.plane);
      advance(code, weight, outputs * size * bytes);
      advance(code, y, outputs * places * bytes);
    });
    after(image);
    advance(code, image, sizeOf(x.slice(1)) * bytes);
  });
}

function clear(code: Code, address: number, bytes: number): void {
  code.i32(address).i32(0).i32(bytes).fillMemory();
}

function emitOutput(run: Run, x: number, weight: number, y: number): void {
  const { code, plan, context, parts } = run;
  const { patches, element, size, places, product } = plan;
  const { bytes } = element;
  if (patches.staged) clear(code, parts.stage, stageBytes(patches));
  eachGroup(
    run,
    { x, weight, y },
    (image) => {
      if (patches.staged) emitStage(code, patches, image, parts.stage, "in");
    },
    (at) =>
      emitGemm({
        code,
        element,
        shape: product,
        relaxed: context.relaxed,
        a: { base: at.weight, rowStep: size * bytes, depthStep: bytes },
        packPanel: patchPacker(code, patches, { source: at.source, table: parts.table }),
        c: { base: at.y, rowStep: places * bytes },
        accumulate: false,
        scratch: parts.panel,
      }),
    () => undefined,
  );
}

function emitWeight(run: Run, x: number, y: number, weight: number): void {
  const { code, plan, context, parts } = run;
  const { patches, element, size, places, product, imagesAtOnce, batch } = plan;
  const { bytes } = element;
  const total = sizeOf(plan.weight);
  const twoLevels = batch > imagesAtOnce;
  const sums = twoLevels ? parts.sums : weight;
  if (patches.staged) clear(code, parts.stage, stageBytes(patches));
  clear(code, weight, total * bytes);
  if (twoLevels) clear(code, sums, total * bytes);
  const images = code.local("i32");
  const flush = (): void => {
    const [from, to] = [code.local("i32"), code.local("i32")];
    code.i32(sums).set(from).i32(weight).set(to);
    addRow(code, element, total, from, to, bytes);
    clear(code, sums, total * bytes);
    code.i32(0).set(images);
  };
  eachGroup(
    run,
    { x, weight: sums, y },
    (image) => {
      if (patches.staged) emitStage(code, patches, image, parts.stage, "in");
    },
    (at) =>
      emitGemm({
        code,
        element,
        shape: product,
        relaxed: context.relaxed,
        a: { base: at.y, rowStep: places * bytes, depthStep: bytes },
        packPanel: transposedPacker(code, patches, { source: at.source, table: parts.table }),
        c: { base: at.weight, rowStep: size * bytes },
        accumulate: true,
        scratch: parts.panel,
      }),
    () => {
      if (!twoLevels) return;
      advance(code, images, 1);
      code.get(images).i32(imagesAtOnce).op("i32.eq").when(flush);
    },
  );
  if (twoLevels) flush();
}

function emitInput(run: Run, y: number, weight: number, x: number): void {
  const { code, plan, context, parts } = run;
  const { patches, element, size, places, outputs, product, rowsAtOnce } = plan;
  const { bytes } = element;
  const direct = isImage(patches);
  const imageBytes = sizeOf(plan.x.slice(1)) * bytes;
  const cotangents = code.local("i32");
  const made = code.local("i32");
  if (!direct) code.i32(parts.made).set(made);
  // a row of wᵀ for each row of the patches
  const [from, to] = [code.local("i32"), code.local("i32")];
  code.i32(weight).set(from).i32(parts.turned).set(to);
  repeat(code, plan.kernel.groups, () => transposeMatrix(code, element, outputs, size, from, to));
  /** The patches of `rows` rows of ȳ, from the local `cotangents` on. */
  const some = (at: GroupAddresses, rows: number): void => {
    const n = rows * patches.columns;
    emitGemm({
      code,
      element,
      shape: { ...product, n },
      relaxed: context.relaxed,
      a: { base: at.weight, rowStep: outputs * bytes, depthStep: bytes },
      packPanel: stridedPacker(code, element, {
        base: cotangents,
        depthStep: places * bytes,
        columnStep: bytes,
      }),
      c: { base: direct ? at.source : made, rowStep: n * bytes },
      accumulate: false,
      scratch: parts.panel,
    });
    if (!direct) addPatches(run, at.source, rows);
  };
  eachGroup(
    run,
    { x, weight: parts.turned, y },
    (image, source) => {
      if (direct) return;
      const [at, count] = patches.staged ? [source, stageBytes(patches)] : [image, imageBytes];
      code.get(at).i32(0).i32(count).fillMemory();
    },
    (at) => {
      code.get(at.y).set(cotangents);
      const whole = Math.floor(patches.rows / rowsAtOnce);
      repeat(code, whole, () => {
        some(at, rowsAtOnce);
        advance(code, cotangents, rowsAtOnce * patches.columns * bytes);
        advance(code, at.source, rowsAtOnce * patches.rowStep);
      });
      if (patches.rows % rowsAtOnce > 0) some(at, patches.rows % rowsAtOnce);
      advance(code, at.source, -whole * rowsAtOnce * patches.rowStep);
    },
    (image) => {
      if (patches.staged) emitStage(code, patches, image, parts.stage, "out");
    },
  );
}

/**
 * Adds the patches of `rows` rows of ȳ to the places that they come from. Neighbours in the weight overlap in the
 * image, and what was just stored is slow to load at another alignment: so channels are the inner loop.
 */
function addPatches({ code, plan, parts }: Run, source: number, rows: number): void {
  const { patches, element, size } = plan;
  const { columns, rowStep, columnStep, perGroup } = patches;
  const [entry, from, to] = [code.local("i32"), code.local("i32"), code.local("i32")];
  const taps = size / perGroup;
  const made = rows * columns * element.bytes;
  code.i32(parts.table).set(entry).i32(parts.made).set(from);
  repeat(code, taps, () => {
    repeat(code, perGroup, () => {
      code.get(entry).memory("i32.load").get(source).op("i32.add").set(to);
      repeat(code, rows, () => {
        addRow(code, element, columns, from, to, columnStep);
        advance(code, from, columns * element.bytes);
        advance(code, to, rowStep);
      });
      advance(code, entry, 4 * taps);
      advance(code, from, (taps - 1) * made);
    });
    advance(code, entry, 4 - 4 * size);
    advance(code, from, made - size * made);
  });
}
