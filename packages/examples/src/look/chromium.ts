/** @file findChromium: a browser of this machine. None is ever downloaded. */
import { existsSync } from "node:fs";

const USUAL_PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** Its path: CHROMIUM_PATH, or where packages of systems put it; null where there is none. */
export function findChromium(): string | null {
  const named = process.env["CHROMIUM_PATH"];
  const places = named === undefined ? USUAL_PLACES : [named];
  return places.find((path) => existsSync(path)) ?? null;
}
