/**
 * @file What is added to a program that TypeDoc has read: links, uses, documents. The program is that of `fixture`.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  Application,
  type Comment,
  type CommentDisplayPart,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
} from "typedoc";
import { beforeAll, describe, expect, it } from "vitest";
import { addLinks } from "../src/add-links.ts";
import { addDocuments, EXPLAINED_IN, nameDocuments } from "../src/documents.ts";
import { addUses, USED_BY } from "../src/used-by.ts";

const FIXTURE = fileURLToPath(new URL("fixture", import.meta.url));

let project: ProjectReflection;

beforeAll(async () => {
  const app = await Application.bootstrap({
    entryPoints: [join(FIXTURE, "index.ts")],
    tsconfig: join(FIXTURE, "tsconfig.json"),
    projectDocuments: [join(FIXTURE, "docs/*.md")],
    alwaysCreateEntryPointModule: true,
    blockTags: ["@throws", EXPLAINED_IN, USED_BY],
    excludeTags: ["@file"],
    readme: "none",
    logLevel: "Error",
    skipErrorChecking: true,
  });
  const converted = await app.convert();
  if (converted === undefined) throw new Error("the fixture does not compile");
  project = converted;
  const modules = project.getReflectionsByKind(ReflectionKind.Module);
  addUses(project);
  addDocuments(
    addLinks(
      project,
      modules.filter((module) => module.isDeclaration()),
    ),
  );
}, 60_000);

function declaration(name: string): DeclarationReflection {
  const found = project
    .getReflectionsByKind(ReflectionKind.SomeExport)
    .find((reflection) => reflection.name === name);
  if (found?.isDeclaration() !== true) throw new Error(`there is no ${name}`);
  return found;
}

function comment(name: string): Comment | undefined {
  const { signatures, comment } = declaration(name);
  return signatures?.[0]?.comment ?? comment;
}

/** The texts of the links, and where they lead. */
function links(parts: readonly CommentDisplayPart[] | undefined): string[] {
  return (parts ?? []).flatMap((part) => {
    if (part.kind !== "inline-tag" || typeof part.target !== "object") return [];
    return [`${part.text} → ${"name" in part.target ? part.target.name : "?"}`];
  });
}

describe("links", () => {
  it("lead from names in code, calls and files of docs, not from names of options", () => {
    expect(links(comment("twice")?.summary)).toEqual([
      "scaleBy → scaleBy",
      "scaleBy(x) → scaleBy",
      "Guide to `twice`, and UserError → guide",
    ]);
  });

  it("lead from words with a capital inside, in all parts of a comment", () => {
    const throws = comment("twice")?.getTag("@throws");

    expect(links(throws?.content)).toEqual(["UserError → UserError", "scaleBy → scaleBy"]);
  });

  it("do not lead from a name to itself", () => {
    expect(links(comment("scaleBy")?.summary)).toEqual([]);
  });

  it("lead from the code of documents, not from headings and links", () => {
    expect(links(project.documents?.[0]?.content)).toEqual(["twice → twice", "factor() → factor"]);
  });
});

describe("what is said beside the comments", () => {
  it("is who takes a type", () => {
    expect(links(comment("ScaleOptions")?.getTag(USED_BY)?.content)).toEqual(["scaleBy → scaleBy"]);
  });

  it("is which document explains a name", () => {
    const explained = (name: string): string[] => {
      return links(comment(name)?.getTag(EXPLAINED_IN)?.content);
    };

    expect(explained("twice")).toEqual(["Guide to `twice`, and UserError → guide"]);
    expect(explained("scaleBy")).toEqual([]);
  });

  it("is the title of a document, which has links by then", () => {
    nameDocuments(project);

    expect(project.documents?.map(({ name }) => name)).toEqual(["Guide to `twice`, and UserError"]);
  });
});
