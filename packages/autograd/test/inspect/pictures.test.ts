import {
  bindAll,
  define,
  matMul,
  record,
  recordWith,
  grad,
  type Tensor,
  tapeToDot,
  tapeToSvg,
  tensor,
  Variable,
  zeros,
} from "@tapegrad/autograd";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Layout,
  layoutOf,
  type Line,
  type Point,
  type Size,
} from "../../src/inspect/picture/layout.ts";
import type { Arrow } from "../../src/inspect/picture/tape-graph.ts";
import { refusalOf } from "../refusal.ts";

interface Rectangle {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const around = (p: Point, q: Point): Rectangle => ({
  left: Math.min(p.x, q.x),
  right: Math.max(p.x, q.x),
  top: Math.min(p.y, q.y),
  bottom: Math.max(p.y, q.y),
});

/** More than edges that touch, and more than a rounding. */
const meet = (p: Rectangle, q: Rectangle): boolean =>
  p.left < q.right - 1e-6 &&
  q.left < p.right - 1e-6 &&
  p.top < q.bottom - 1e-6 &&
  q.top < p.bottom - 1e-6;

const boxesOf = ({ corners }: Layout, sizes: readonly Size[]): readonly Rectangle[] =>
  corners.map(({ x, y }, i) => around({ x, y }, { x: x + sizes[i].width, y: y + sizes[i].height }));

/** Three rectangles in which the line lies, each of them a line itself where it is straight. */
const hullOf = ({ start, slantFrom, slantTo, end }: Line): readonly Rectangle[] => [
  around(start, slantFrom),
  around(slantFrom, slantTo),
  around(slantTo, end),
];

/** What of a layout could not be read. */
function faultsOf(layout: Layout, sizes: readonly Size[], arrows: readonly Arrow[]): string[] {
  const boxes = boxesOf(layout, sizes);
  const hulls = layout.lines.flatMap(hullOf);
  const canvas = { left: 0, top: 0, right: layout.width, bottom: layout.height };
  const inside = ({ left, top, right, bottom }: Rectangle): boolean =>
    left >= 0 && top >= 0 && right <= canvas.right && bottom <= canvas.bottom;
  return [
    ...boxes.flatMap((box, i) => boxes.slice(0, i).flatMap((other, k) => (meet(box, other) ? [`boxes ${k} and ${i} overlap`] : []))),
    ...boxes.flatMap((box, i) => (hulls.some((hull) => meet(hull, box)) ? [`a line runs through box ${i}`] : [])),
    ...[...boxes, ...hulls].flatMap((shape) => (inside(shape) ? [] : ["something lies outside"])),
    ...arrows.flatMap((arrow) => (isDrawn(arrow, layout.lines, boxes) ? [] : [`no arrow from ${arrow.from} to ${arrow.to}`])),
  ]; // biome-ignore format: rows
}

const same = (p: Point, q: Point): boolean => Math.hypot(p.x - q.x, p.y - q.y) < 1e-6;

/** Whether lines lead from one box to the other, back from the arrow's head. */
function isDrawn(
  { from, to, leaves, arrives }: Arrow,
  lines: readonly Line[],
  boxes: readonly Rectangle[],
): boolean {
  const across = ({ left, right }: Rectangle, at: number): number => left + at * (right - left);
  const begin = { x: across(boxes[from], leaves), y: boxes[from].bottom };
  const head = { x: across(boxes[to], arrives), y: boxes[to].top };
  const leadsTo = (point: Point, arrivesThere: boolean): boolean =>
    lines.some(
      (line) =>
        line.arrives === arrivesThere &&
        same(line.end, point) &&
        (same(line.start, begin) || leadsTo(line.start, false)),
    );
  return leadsTo(head, true);
}

/** Boxes of any sizes, each reading up to three values of earlier ones. */
const graphs = fc
  .array(
    fc.record({
      size: fc.record({
        width: fc.integer({ min: 20, max: 300 }),
        height: fc.integer({ min: 20, max: 90 }),
      }),
      reads: fc.array(fc.nat(), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((boxes) => ({
    sizes: boxes.map(({ size }) => size),
    arrows: boxes.flatMap(({ reads }, to): Arrow[] =>
      (to === 0 ? [] : reads).map((n, i) => {
        const from = n % to;
        const arrives = (i + 1) / (reads.length + 1);
        return { value: from, from, to, leaves: 0.5, arrives };
      }),
    ),
  }));

describe("the layout of a picture", () => {
  it("leaves boxes apart, and draws every arrow through none of them, for random graphs", () => {
    fc.assert(
      fc.property(graphs, ({ sizes, arrows }) => {
        expect(faultsOf(layoutOf(sizes, arrows), sizes, arrows)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("is checked by something that sees a box which overlaps, or lies in the way", () => {
    const sizes = [{ width: 50, height: 30 }, { width: 50, height: 30 }, { width: 50, height: 30 }]; // biome-ignore format: three
    const arrows = [[0, 1], [1, 2], [0, 2]].map(([from, to]) => ({ value: from, from, to, leaves: 0.5, arrives: 0.5 })); // biome-ignore format: three
    const layout = layoutOf(sizes, arrows);
    const moved = (i: number, x: number, y: number): Layout => ({
      ...layout,
      corners: layout.corners.map((corner, k) =>
        k === i ? { x: corner.x + x, y: corner.y + y } : corner,
      ),
    });
    const bend = layout.lines.find(({ arrives }) => !arrives)?.end.x ?? Number.NaN;

    expect(faultsOf(layout, sizes, arrows)).toEqual([]);
    expect(faultsOf(moved(1, 0, 60), sizes, arrows)).toContain("boxes 1 and 2 overlap");
    expect(faultsOf(moved(1, bend - layout.corners[1].x - 25, 0), sizes, arrows)).toContain(
      "a line runs through box 1",
    );
    expect(faultsOf({ ...layout, lines: layout.lines.slice(1) }, sizes, arrows)).not.toEqual([]);
    expect(faultsOf({ ...layout, width: 60 }, sizes, arrows)).toContain("something lies outside");
  });

  it("puts an input that is read late beside its reader", () => {
    const sizes = Array.from({ length: 5 }, () => ({ width: 50, height: 30 }));
    const chain = [[0, 2], [2, 3], [3, 4], [1, 4]].map(([from, to]) => ({ value: from, from, to, leaves: 0.5, arrives: from === 1 ? 0.7 : 0.3 })); // biome-ignore format: four

    const { corners } = layoutOf(sizes, chain);

    expect(corners[1].y).toBe(corners[3].y);
  });

  it("leaves a box that reads several values below them, for its arrow is one", () => {
    const sizes = Array.from({ length: 6 }, () => ({ width: 50, height: 30 }));
    // 2 reads 0 and 1, 3 and 4 follow 0, and 5 reads 2 and 4
    const arrows = [[0, 2], [1, 2], [0, 3], [3, 4], [4, 5], [2, 5]].map(([from, to], i) => ({ value: from, from, to, leaves: 0.5, arrives: i % 2 === 0 ? 0.3 : 0.7 })); // biome-ignore format: six

    const { corners } = layoutOf(sizes, arrows);

    expect(corners[2].y).toBe(corners[3].y);
  });
});

const w = new Variable(zeros([2, 2]), { name: 'a "b" <c> & \\d' });
const tape = record(
  (x: Tensor) => {
    const y = matMul(x, w.value).mul(3);
    return { loss: y.sum({ axes: [0, 1] }), y, none: tensor(1) };
  },
  zeros([1, 2]),
);

describe("tapeToDot", () => {
  it("has a node for each box and an edge for each operand", () => {
    expect(tapeToDot(tape)).toMatchInlineSnapshot(`
      "digraph tape {
        node [shape=box, fontname="monospace", fontsize=11];
        b0 [label="%0 = argument 0\\nfloat32[1,2]", style="rounded,filled", fillcolor="#e3effb"];
        b1 [label="%1 = variable a \\"b\\" <c> & \\\\d\\nfloat32[2,2]", style="rounded,filled", fillcolor="#fdf0d5"];
        b2 [label="%2 = matMul(%0, %1)\\nfloat32[1,2]", style="filled", fillcolor="#ffffff"];
        b3 [label="%3 = mul(%2, 3)\\nfloat32[1,2]", style="filled", fillcolor="#ffffff"];
        b4 [label="%4 = sum(%3)\\naxes=[0,1]\\nfloat32[1,1]", style="filled", fillcolor="#ffffff"];
        b5 [label="%5 = reshape(%4)\\nshape=[]\\nfloat32[]", style="filled", fillcolor="#ffffff"];
        b6 [label="result at .loss", style="rounded,filled", fillcolor="#e2f5e6"];
        b7 [label="result at .y", style="rounded,filled", fillcolor="#e2f5e6"];
        b0 -> b2;
        b1 -> b2;
        b2 -> b3;
        b3 -> b4;
        b4 -> b5;
        b5 -> b6;
        b3 -> b7;
      }
      "
    `);
  });

  it("tells apart what belongs to a derivative, where lines are kept", () => {
    const f = (x: Tensor): Tensor => grad((y: Tensor) => y.exp())(x);
    const derivative = /#f3e8fb/;

    expect(tapeToDot(recordWith({ sourceLines: true }, f, tensor(1)))).toMatch(derivative);
    expect(tapeToDot(record(f, tensor(1)))).not.toMatch(derivative);
  });
});

describe("tapeToSvg", () => {
  const svg = tapeToSvg(tape);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);

  it("is a document of boxes with the names, shapes and dtypes of the printed tape", () => {
    expect(texts).toEqual([
      "%0 = argument 0", "float32[1,2]",
      "%1 = variable a &quot;b&quot; &lt;c&gt; &amp; \\d", "float32[2,2]",
      "%2 = matMul(%0, %1)", "float32[1,2]",
      "%3 = mul(%2, 3)", "float32[1,2]",
      "%4 = sum(%3)", "axes=[0,1]", "float32[1,1]",
      "%5 = reshape(%4)", "shape=[]", "float32[]",
      "result at .loss", "result at .y",
    ]); // biome-ignore format: boxes
    expect(svg.match(/class="head"/g)).toHaveLength(7);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" class="tapegrad" width="[\d.]+" /,
    );
  });

  it("draws lines that turn only between bands: control points within the slant", () => {
    const paths = [
      ...svg.matchAll(
        /class="line" d="M(\S+) (\S+)V(\S+)C(\S+) (\S+) (\S+) (\S+) (\S+) (\S+)V(\S+)"/g,
      ),
    ];
    expect(paths).toHaveLength(7);
    for (const [, ...numbers] of paths) {
      const [x0, y0, y1, cx0, cy0, cx1, cy1, x1, y2, y3] = numbers.map(Number);
      expect([cx0, cx1]).toEqual([x0, x1]);
      for (const y of [cy0, cy1]) expect(y >= y1 && y <= y2).toBe(true);
      expect(y0 <= y1 && y1 < y2 && y2 <= y3 + 6).toBe(true);
    }
  });

  it("nests its elements, and has nothing that runs or is loaded", () => {
    const open: string[] = [];
    for (const [, close, name, selfClosed] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
      if (close !== "") expect(open.pop()).toBe(name);
      else if (selfClosed === "") open.push(name);
    }
    expect(open).toEqual([]);
    expect(svg).not.toMatch(/<script|href|@import|url\(/);
  });

  it("replaces what XML cannot hold, and shortens what is too long", () => {
    const odd = new Variable(tensor(1), { name: `\u0000\ud800${"long ".repeat(20)}` });
    const drawn = tapeToSvg(record(() => odd.value.neg()));

    expect(drawn).not.toMatch(/[^\P{C}\n]/u);
    expect(drawn).toMatch(/>%0 = variable {3}long long long long [^<]*…</);
    expect(drawn).toMatch(/<title>[^<]*(long ){20}/);
  });

  it("draws a part, with what it reads from before and what it gives", () => {
    const part = tapeToSvg(tape, { from: 3, to: 4 });

    expect([...part.matchAll(/class="name">([^<]*)</g)].map(([, text]) => text)).toEqual([
      "%2",
      "%3 = mul(%2, 3)",
      "%4 = sum(%3)",
      "result at .y",
    ]);
    expect(part).toMatch(/class="box earlier"/);
  });

  it("draws several results of one operation, and a tape without any", () => {
    const pair = define.flat({
      name: "pair",
      arity: 1,
      domain: [{ min: 0, max: 1 }],
      cases: [{ params: null }],
      abstractEval: ([x]: readonly [Tensor["aval"]]) => [x, x],
      kernel: () => ({ kind: "opaque" as const, run: () => undefined }),
    });
    const both = record((x: Tensor) => bindAll(pair, [x], null).toReversed(), zeros([2]));

    expect(tapeToDot(both)).toMatch(/label="%1, %2 = pair\(%0\)/);
    expect(tapeToSvg(both).match(/class="head"/g)).toHaveLength(3);
    expect(tapeToSvg(record((x: Tensor) => x, tensor(1)))).toMatch(/argument 0/);
    expect(tapeToSvg(record(() => tensor(1)))).toMatch(/<svg[^>]*width="16"/);
  });

  it.each([[-1, 2], [2, 1], [0, 6], [0.5, 3], [Number.NaN, 3]])("refuses the part from %s to %s", (from, to) => {
    expect(refusalOf(() => tapeToSvg(tape, { from, to })).details).toEqual({ from, to, count: 6 });
  }); // biome-ignore format: pairs

  it("draws 300 operations, and refuses more", () => {
    const chain = (count: number) =>
      record((x: Tensor) => {
        let y = x;
        for (let i = 0; i < count; i++) y = i % 7 === 0 ? y.mul(x) : y.neg();
        return y;
      }, tensor(1));

    expect(tapeToSvg(chain(300)).match(/class="box operation"/g)).toHaveLength(300);
    expect(refusalOf(() => tapeToSvg(chain(301))).details).toEqual({ count: 301, most: 300 });
  });
});
