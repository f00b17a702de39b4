/**
 * @file What Node can give and a browser cannot, asked for at run time and missed gracefully. The only place of
 * the published packages' main entries that does so.
 */
interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
}

function builtin(name: string): unknown {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.(name);
}

/** Sets a flag of V8, where Node is there to do it. */
export function setEngineFlag(flag: string): void {
  const v8 = builtin("node:v8") as { setFlagsFromString?(flag: string): void } | undefined;
  v8?.setFlagsFromString?.(flag);
}
