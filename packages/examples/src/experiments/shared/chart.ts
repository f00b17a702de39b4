/**
 * @file Draws a chart to an SVG string with echarts, without a browser.
 *
 * What is returned is a still picture: same option, same bytes, no script, no style sheet, no handler, and no
 * identifier that could clash with another figure of the page. This is the only module that knows echarts'
 * renderer; it knows nothing of experiments.
 */
import {
  CustomChart,
  type CustomSeriesOption,
  LineChart,
  type LineSeriesOption,
  ScatterChart,
  type ScatterSeriesOption,
} from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  TitleComponent,
  type TitleComponentOption,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { escapeHtml } from "./html.ts";

use([
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  TitleComponent,
  SVGRenderer,
]);

export type ChartOption = ComposeOption<
  | CustomSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TitleComponentOption
>;

export interface ChartFrame {
  readonly width: number;
  readonly height: number;
  /** Begins the identifiers inside the picture; unique in the page. */
  readonly id: string;
  /** What the picture shows, for those who do not see it. */
  readonly description: string;
  /** Titles of the axes, as they stand in the picture; `npm run look` asks for them. */
  readonly axes: { readonly x: string; readonly y: string };
  /** Whether the horizontal axis has names, not numbers. */
  readonly groups: boolean;
}

/** Draws `option` once, at its final size. */
export function drawChart(option: ChartOption, frame: ChartFrame): string {
  const { width, height } = frame;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ ...option, animation: false });
    return still(chart.renderToSVGString({ useViewBox: true }), frame);
  } finally {
    // An instance that is not disposed keeps its memory for the life of the process.
    chart.dispose();
  }
}

/** Removes what serves pointers and animations only, and what cannot be seen, and names the picture. */
function still(svg: string, { id, description, axes, groups }: ChartFrame): string {
  const [label, x, y] = [description, axes.x, axes.y].map(escapeHtml);
  const named = `data-x="${x}" data-y="${y}"${groups ? ' data-groups=""' : ""}`;
  return svg
    .replace(/<style\b.*?<\/style>\s*/su, "")
    .replace(/ (?:class|pointer-events|ecmeta_\w+|xmlns:xlink|baseProfile)="[^"]*"/gu, "")
    .replace(/\bzr\d+-/gu, `${id}-`)
    .split("\n")
    .filter((element) => element !== "" && !isInvisible(element))
    .join("\n")
    .replace("<svg ", `<svg role="img" aria-label="${label}" ${named} `);
}

/** Areas that echarts draws only to catch a pointer: neither filled nor outlined. The text has one element a line. */
function isInvisible(element: string): boolean {
  return (
    /^<(?:path|rect)\b/u.test(element) &&
    / (?:fill="none"|fill-opacity="0")/u.test(element) &&
    (!element.includes(' stroke="') || element.includes(' stroke-width="0"'))
  );
}
