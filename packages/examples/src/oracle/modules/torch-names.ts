/** @file Paths of a PyTorch state dict in the names of this library: camelCase, and `runningVariance` in full. */

export function fromTorch(path: string): string {
  return path
    .replace(/\brunning_var\b/, "running_variance")
    .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
