/**
 * @file What Node can give and a browser cannot, asked for at run time and missed gracefully. The only place of
 * the published packages' main entries that does so.
 */
interface NodeProcess {
  getBuiltinModule?(name: string): unknown;
  memoryUsage?(): { readonly heapUsed: number; readonly external: number };
}

function builtin(name: string): unknown {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.(name);
}

/** Whether memory may be shared between threads: in Node always, in a page only where it is isolated. */
export function canShare(): boolean {
  const { crossOriginIsolated, SharedArrayBuffer } = globalThis as {
    crossOriginIsolated?: boolean;
    SharedArrayBuffer?: unknown;
  };
  if (SharedArrayBuffer === undefined) return false;
  return crossOriginIsolated ?? builtin("node:worker_threads") !== undefined;
}

/** How many threads can run at once. */
export function availableThreads(): number {
  const os = builtin("node:os") as { availableParallelism?(): number } | undefined;
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return os?.availableParallelism?.() ?? navigator?.hardwareConcurrency ?? 1;
}

/** Collects all garbage at once; null where a program cannot. */
export function garbageCollector(): (() => void) | null {
  const { gc } = globalThis as { gc?: () => void };
  if (gc !== undefined) return gc;
  const v8 = builtin("node:v8") as { setFlagsFromString(flags: string): void } | undefined;
  const vm = builtin("node:vm") as { runInNewContext(code: string): unknown } | undefined;
  if (v8 === undefined || vm === undefined) return null;
  v8.setFlagsFromString("--expose-gc");
  return vm.runInNewContext("gc") as () => void;
}

/** Bytes of JavaScript's heap and of arrays outside of it; null where nobody tells. */
export function bytesInUse(): number | null {
  const { process } = globalThis as { process?: NodeProcess };
  const use = process?.memoryUsage?.();
  return use === undefined ? null : use.heapUsed + use.external;
}

/** A thread that runs a script. */
export interface Thread {
  post(message: unknown): void;
}

interface NodeWorker {
  postMessage(message: unknown): void;
  unref(): void;
  on(event: "error" | "exit", listener: () => void): void;
}

/**
 * Starts a thread with `source`, in which `listen(handler)` receives messages; null where there are none.
 * It does not keep the process alive. `onEnd` is called where it fails or ends, perhaps twice.
 */
export function startThread(source: string, onEnd: () => void): Thread | null {
  const threads = builtin("node:worker_threads") as
    | { Worker: new (source: string, options: object) => NodeWorker }
    | undefined;
  if (threads !== undefined) {
    const listen = `const listen = (handler) => require("node:worker_threads").parentPort.on("message", handler);\n`;
    const worker = new threads.Worker(listen + source, { eval: true });
    worker.unref();
    worker.on("error", onEnd);
    worker.on("exit", onEnd);
    return { post: (message) => worker.postMessage(message) };
  }
  const page = globalThis as unknown as {
    Worker?: new (url: string) => { postMessage(message: unknown): void; onerror: () => void };
    Blob?: new (parts: readonly string[]) => unknown;
    URL?: { createObjectURL?(blob: unknown): string };
  };
  if (!page.Worker || !page.Blob || !page.URL?.createObjectURL) return null;
  const listen = `const listen = (handler) => { onmessage = (event) => handler(event.data); };\n`;
  try {
    const worker = new page.Worker(page.URL.createObjectURL(new page.Blob([listen + source])));
    worker.onerror = onEnd;
    return { post: (message) => worker.postMessage(message) };
  } catch {
    // a content policy without `worker-src blob:`
    return null;
  }
}

/** Sets a flag of V8, where Node is there to do it. */
export function setEngineFlag(flag: string): void {
  const v8 = builtin("node:v8") as { setFlagsFromString?(flag: string): void } | undefined;
  v8?.setFlagsFromString?.(flag);
}
