/**
 * @file The colours of the figures, and how a page replaces them.
 *
 * A figure is drawn in neutral colours that are legible on white and on near black, and reads without colour
 * too: lines differ in their dashes. Blue and orange are told apart by all common kinds of colour blindness
 * (after Okabe & Ito, 2008). In a page, `themed` lets CSS variables decide instead; a file of its own brings them.
 */

/** Neutral colours by role. Each is unique, so that `themed` can tell the roles apart. */
export const FIGURE_COLORS = {
  ink: "#74777c",
  rule: "#8d9096",
  withBatchNorm: "#1b7fc2",
  withoutBatchNorm: "#d3631d",
  third: "#1f9e77",
  fourth: "#b0489b",
  fifth: "#a68519",
  sixth: "#7467c9",
} as const;

export type ColorRole = keyof typeof FIGURE_COLORS;

const VARIABLES = {
  ink: "--figure-ink",
  rule: "--figure-rule",
  withBatchNorm: "--figure-with",
  withoutBatchNorm: "--figure-without",
  third: "--figure-third",
  fourth: "--figure-fourth",
  fifth: "--figure-fifth",
  sixth: "--figure-sixth",
} as const satisfies Record<ColorRole, string>;

/** The same figure with every colour as a CSS variable, and the neutral colour where a page sets none. */
export function themed(svg: string): string {
  return Object.entries(VARIABLES).reduce((text, [role, variable]) => {
    const color = FIGURE_COLORS[role as ColorRole];
    return text.replaceAll(`"${color}"`, `"var(${variable}, ${color})"`);
  }, svg);
}

/** What the variables are, in light and in dark. */
export const FIGURE_STYLE = `
:root {
  --figure-ink: #4a5057; --figure-rule: #8d9096;
  --figure-with: #0b6cb0; --figure-without: #c2500c; --figure-third: #137a59;
  --figure-fourth: #97348a; --figure-fifth: #7d6308; --figure-sixth: #5a4db3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --figure-ink: #b4bac2; --figure-rule: #8d9096;
    --figure-with: #57b0ee; --figure-without: #f2924d; --figure-third: #4cc79b;
    --figure-fourth: #dd86cf; --figure-fifth: #d8b640; --figure-sixth: #a79cf0;
  }
}`;

/** The figure as a file of its own, in the colours that whoever sees it prefers. */
export function standalone(svg: string): string {
  return `${themed(svg).replace(/<svg [^>]*>/u, (tag) => `${tag}\n<style>${FIGURE_STYLE}\n</style>`)}\n`;
}
