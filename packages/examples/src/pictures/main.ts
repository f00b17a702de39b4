/**
 * @file Draws the pictures of the documents into docs/pictures: `npm run pictures`.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { PICTURES } from "./pictures.ts";

const folder = new URL("../../../../docs/pictures/", import.meta.url);

mkdirSync(folder, { recursive: true });
for (const [name, draw] of Object.entries(PICTURES)) writeFileSync(new URL(name, folder), draw());
console.log(`docs/pictures: ${Object.keys(PICTURES).join(", ")}`);
