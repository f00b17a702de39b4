/**
 * @file Makes modules of the `@example`s of doc comments, so that they can be type-checked.
 *
 * An example imports nothing: whatever word of it is a public name is imported for it. A word that is not,
 * and that the example does not declare, has the meaning that example-context.ts gives it.
 */

/** One `@example`. */
export interface Example {
  /** The path of the source, as it was given. */
  readonly source: string;
  /** The line on which the code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

/** A module from which examples may import, and its names. */
export interface Entry {
  readonly specifier: string;
  readonly names: ReadonlySet<string>;
}

/** The examples in the doc comments of a source. */
export function examplesOf(source: string, text: string): Example[] {
  const examples: Example[] = [];
  let lines: string[] | null = null;
  text.split("\n").forEach((whole, i) => {
    const line = /^\s*\* ?(?!\/)(.*)$/.exec(whole)?.[1];
    if (line === undefined || line.startsWith("@")) {
      if (lines !== null) examples.push(exampleOf(source, i + 1 - lines.length, lines));
      lines = line?.startsWith("@example") ? [] : null;
    } else lines?.push(line);
  });
  return examples;
}

function exampleOf(source: string, line: number, lines: readonly string[]): Example {
  return { source, line, code: lines.join("\n") };
}

/**
 * The example as a module, on the lines that it has in its source, so that errors name them. It is a block,
 * so that what it declares hides what is imported. A name comes from the first entry that has it.
 */
export function moduleOf({ line, code }: Example, entries: readonly Entry[]): string {
  // no names of properties, but those of what is spread
  const open = new Set(code.match(/(?<![\w$]|(?<!\.\.)\.)[A-Za-z_$][\w$]*/g));
  const imports: string[] = [];
  for (const { specifier, names } of entries) {
    const used = [...open].filter((word) => names.has(word));
    if (used.length > 0) imports.push(`import { ${used.join(", ")} } from "${specifier}";`);
    for (const word of used) open.delete(word);
  }
  return `${imports.join(" ")} {${"\n".repeat(line - 1)}${code}\n}\nexport {};\n`;
}
