/**
 * @file The colours of the figures, and how a page replaces them.
 *
 * A figure is drawn in neutral colours that are legible on white and on near black, and reads without colour
 * too: lines differ in their dashes. Blue and orange are told apart by all common kinds of colour blindness
 * (after Okabe & Ito, 2008). In a page, `themed` lets CSS variables decide instead.
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
