/// <reference lib="dom" />
/**
 * @file What can be judged of a page by machine, from inside it: `look.ts` bundles this module and runs it in the
 * browser. Each finding is one line, which says where and what.
 */
import {
  type Color,
  contrast,
  LINE_CONTRAST,
  over,
  parseColor,
  TEXT_CONTRAST,
} from "./contrast.ts";
import { inspectFigure, quoted } from "./inspect-figure.ts";

/** Pixels of the screen. */
const SMALLEST_TEXT = 10;

/** All findings of the page as it is shown now. */
export function inspectPage(): string[] {
  const figures = [...document.querySelectorAll("svg")];
  const findings = [
    ...inspectWidth(),
    ...figures.flatMap((svg, i) => {
      const name = `figure ${i + 1} (${svg.getAttribute("aria-label")?.slice(0, 40) ?? "no name"})`;
      return inspectFigure(svg).map((finding) => `${name}: ${finding}`);
    }),
    ...textElements().flatMap(inspectText),
    ...figures.flatMap((svg) => linesOf(svg).flatMap(inspectLine)),
  ];
  return [...new Set(findings)];
}

/** Only what scrolls in a box of its own may be wider than the screen. */
function inspectWidth(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const widest = [...document.querySelectorAll("body *")].find((element) => {
    return element.getBoundingClientRect().right > clientWidth + 1;
  });
  const where = widest === undefined ? "" : `, first at <${widest.tagName.toLowerCase()}>`;
  return [`the page is ${scrollWidth} pixels wide on a screen of ${clientWidth}${where}`];
}

/** Elements with text of their own. */
function textElements(): Element[] {
  return [...document.querySelectorAll("body *")].filter((element) => {
    const own = [...element.childNodes].some((node) => {
      return node.nodeType === Node.TEXT_NODE && (node.nodeValue ?? "").trim() !== "";
    });
    return (
      own && element.getClientRects().length > 0 && !["STYLE", "SCRIPT"].includes(element.tagName)
    );
  });
}

function inspectText(element: Element): string[] {
  const style = getComputedStyle(element);
  const isDrawn = element instanceof SVGGraphicsElement;
  const size = Number.parseFloat(style.fontSize) * (isDrawn ? (element.getScreenCTM()?.a ?? 1) : 1);
  const front = parseColor(isDrawn ? style.fill : style.color);
  const back = backgroundOf(element);
  const found = front === null ? 21 : contrast(over(front, back), back);
  return [
    ...(size < SMALLEST_TEXT - 0.01
      ? [`${quoted(element)} is ${size.toFixed(1)} pixels high`]
      : []),
    ...(found < TEXT_CONTRAST ? [`${quoted(element)} has a contrast of ${found.toFixed(1)}`] : []),
  ];
}

/** Lines that carry something: grids, which are mostly transparent, do not. */
function linesOf(svg: SVGSVGElement): SVGGeometryElement[] {
  return [...svg.querySelectorAll<SVGGeometryElement>("path, line, polyline, circle")].filter(
    (line) => {
      const { stroke, strokeOpacity, opacity } = getComputedStyle(line);
      return stroke !== "none" && Number(strokeOpacity) * Number(opacity) > 0.5;
    },
  );
}

function inspectLine(line: SVGGeometryElement): string[] {
  const front = parseColor(getComputedStyle(line).stroke);
  const back = backgroundOf(line);
  const found = front === null ? 21 : contrast(over(front, back), back);
  return found < LINE_CONTRAST
    ? [`a line of ${getComputedStyle(line).stroke} has a contrast of ${found.toFixed(1)}`]
    : [];
}

/** What is painted behind an element: all backgrounds around it, over the page. */
function backgroundOf(element: Element): Color {
  const layers: Color[] = [];
  for (let at: Element | null = element; at !== null; at = at.parentElement) {
    const color = parseColor(getComputedStyle(at).backgroundColor);
    if (color !== null && color[3] > 0) layers.push(color);
    if (color?.[3] === 1) break;
  }
  return layers.reduceRight((back, front) => over(front, back), canvas());
}

/** Of a page that sets no background. */
function canvas(): Color {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.background = "Canvas";
  const color = parseColor(getComputedStyle(probe).backgroundColor);
  probe.remove();
  return color ?? [255, 255, 255, 1];
}
