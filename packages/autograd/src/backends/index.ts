/** @file The backend that eager execution uses. */
export { runKernel } from "./reference/index.ts";
