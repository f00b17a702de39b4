/**
 * @file Contrast of colours by the Web Content Accessibility Guidelines 2.2: text 4.5 to 1, lines 3 to 1.
 *
 * Runs inside a page.
 */

export const TEXT_CONTRAST = 4.5;
export const LINE_CONTRAST = 3;

/** Red, green, blue from 0 to 255 and opacity. */
export type Color = readonly [red: number, green: number, blue: number, alpha: number];

/** Of what `getComputedStyle` gives: "rgb(1, 2, 3)" or "rgba(1, 2, 3, 0.4)"; null for anything else, such as "none". */
export function parseColor(text: string): Color | null {
  const numbers = text.startsWith("rgb") ? text.match(/[\d.]+/gu)?.map(Number) : undefined;
  if (numbers === undefined || numbers.length < 3) return null;
  const [red = 0, green = 0, blue = 0, alpha = 1] = numbers;
  return [red, green, blue, alpha];
}

/** `front` over an opaque `back`. */
export function over(front: Color, back: Color): Color {
  const alpha = front[3];
  const mix = (i: 0 | 1 | 2): number => alpha * front[i] + (1 - alpha) * back[i];
  return [mix(0), mix(1), mix(2), 1];
}

/** From 1 to 21, of two opaque colours. */
export function contrast(one: Color, other: Color): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function luminance([red, green, blue]: Color): number {
  const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
