/// <reference lib="dom" />
/**
 * @file What can be judged of one figure, an SVG picture: titled axes with units, and texts that neither overlap, nor
 * are cut off, nor have a line through them. Runs inside a page.
 *
 * A figure names its axes in `data-x` and `data-y`. A quantity has its unit in brackets, "(no unit)" included; what is
 * counted, such as steps, is its own unit, and so are names of groups, which `data-groups` announces.
 */

/** Two boxes may touch by so many pixels: boxes of text are a little larger than its letters. */
const SLACK = 1.5;
/** Pixels between the points of a line that are looked at. */
const STRIDE = 2;

const COUNTED = /\b(?:steps|layers|images|examples|samples|units|epochs|seeds)\b/u;
const UNIT = /\S \([^()]+\)$/u;

export function inspectFigure(svg: SVGSVGElement): string[] {
  const texts = [...svg.querySelectorAll("text")].filter((text) => text.textContent !== "");
  return [
    ...(svg.getAttribute("aria-label") ? [] : ["has no aria-label"]),
    ...inspectAxes(svg, texts),
    ...texts.flatMap((text) => inspectPlace(svg, text)),
    ...texts.flatMap((text, i) => {
      return texts.slice(i + 1).flatMap((other) => inspectPair(text, other));
    }),
    ...crossings(svg, texts),
  ];
}

/** The beginning of an element's text. */
export function quoted(element: Element): string {
  const text = (element.textContent ?? "").trim().replaceAll(/\s+/gu, " ");
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`;
}

function inspectAxes(svg: SVGSVGElement, texts: readonly Element[]): string[] {
  const shown = new Set(texts.map(({ textContent }) => textContent));
  return ["x", "y"].flatMap((axis) => {
    const title = svg.getAttribute(`data-${axis}`);
    if (title === null || title === "") return [`has no title of its ${axis} axis`];
    const isGroups = axis === "x" && svg.hasAttribute("data-groups");
    return [
      ...(shown.has(title) ? [] : [`does not show the title "${title}"`]),
      ...(isGroups || COUNTED.test(title) || UNIT.test(title) ? [] : [`"${title}" has no unit`]),
    ];
  });
}

function inspectPlace(svg: SVGSVGElement, text: Element): string[] {
  const [box, frame] = [text.getBoundingClientRect(), svg.getBoundingClientRect()];
  const isOut =
    box.left < frame.left - SLACK ||
    box.right > frame.right + SLACK ||
    box.top < frame.top - SLACK ||
    box.bottom > frame.bottom + SLACK;
  return isOut ? [`${quoted(text)} is cut off by its frame`] : [];
}

function inspectPair(text: Element, other: Element): string[] {
  const [a, b] = [text.getBoundingClientRect(), other.getBoundingClientRect()];
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > SLACK && height > SLACK ? [`${quoted(text)} overlaps ${quoted(other)}`] : [];
}

/** Texts with a line of data through them. */
function crossings(svg: SVGSVGElement, texts: readonly Element[]): string[] {
  const boxes = texts.map((text) => ({ text, box: text.getBoundingClientRect() }));
  const lines = [...svg.querySelectorAll("path")].filter((path) => {
    const { stroke, fill, strokeWidth } = getComputedStyle(path);
    return stroke !== "none" && fill === "none" && Number.parseFloat(strokeWidth) > 1;
  });
  const crossed = lines.flatMap((line) => {
    const points = pointsOf(line);
    return boxes.filter(({ box }) => points.some((point) => isWithin(point, box)));
  });
  return [...new Set(crossed.map(({ text }) => `a line runs through ${quoted(text)}`))];
}

/** On the screen. */
function pointsOf(line: SVGPathElement): DOMPoint[] {
  const matrix = line.getScreenCTM() ?? new DOMMatrix();
  const length = line.getTotalLength();
  return Array.from({ length: Math.floor(length / STRIDE) + 1 }, (_, i) => {
    const { x, y } = line.getPointAtLength(i * STRIDE);
    return new DOMPoint(x, y).matrixTransform(matrix);
  });
}

const isWithin = ({ x, y }: DOMPoint, { left, right, top, bottom }: DOMRect): boolean =>
  x > left + SLACK && x < right - SLACK && y > top + SLACK && y < bottom - SLACK;
