/**
 * @file Assembles HTML: whatever is put into a template is escaped, unless it is already markup.
 *
 * So a file name or a processor's name from the machine cannot become a tag of the report.
 */

/** Text that is HTML already. Only `html` and `trusted` make it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Part = string | number | Markup | readonly Markup[] | null;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Markup that we wrote or drew ourselves, such as a figure. */
export const trusted = (text: string): Markup => new Markup(text);

/** Template of HTML. Strings and numbers are escaped, markup and lists of it are inserted, null is nothing. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const inserted = parts.map(partToText);
  return new Markup(texts.map((text, index) => text + (inserted[index] ?? "")).join(""));
}

function partToText(part: Part): string {
  if (part === null) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return part.map(String).join("");
}
