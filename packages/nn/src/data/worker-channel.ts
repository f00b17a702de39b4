/**
 * @file A worker that answers requests, in Node and in a page: a thread of node:worker_threads, or a Web Worker.
 *
 * - it keeps a process alive only while an answer is awaited, so that a program ends although nobody closed it;
 * - an error in the worker is the error of the request; a worker that ends leaves no request without one.
 *
 * The only module of the package that asks for what Node alone has, at run time, and does without it elsewhere.
 */

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly name: string; readonly message: string; readonly stack?: string };
}

interface Handlers {
  readonly onAnswer: (answer: Answer) => void;
  readonly onEnd: (cause: unknown) => void;
}

/** What both kinds of workers can do. */
interface Engine {
  post(message: unknown): void;
  end(): void;
  /** Whether the process has to wait for it. */
  keepAlive(alive: boolean): void;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Starts a worker with `script`, which defines `answer(request)`; null where there are no workers. `ended` makes the
 * error of what is asked when the worker has ended, or never was answered.
 */
export function openWorker(script: string, ended: (cause: unknown) => Error): WorkerChannel | null {
  const channel = new WorkerChannel(ended);
  const engine = threadOf(script, channel) ?? webWorkerOf(script, channel);
  if (engine === null) return null;
  channel.engine = engine;
  return channel;
}

/** Requests to a worker and its answers. */
export class WorkerChannel implements Handlers {
  engine: Engine | null = null;
  readonly #ended: (cause: unknown) => Error;
  readonly #waiting = new Map<number, Waiting>();
  #requests = 0;

  constructor(ended: (cause: unknown) => Error) {
    this.#ended = ended;
  }

  /** What `answer` gives for `message`, which is copied. */
  request(message: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.engine === null) {
        reject(this.#ended(undefined));
        return;
      }
      const id = this.#requests++;
      this.#waiting.set(id, { resolve, reject });
      this.engine.keepAlive(true);
      this.engine.post({ id, message });
    });
  }

  /** Ends the worker; what is still awaited is an error. */
  close(): void {
    this.engine?.end();
    this.onEnd(undefined);
  }

  onAnswer({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.engine?.keepAlive(false);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(Object.assign(new Error(error.message), error));
  }

  onEnd(cause: unknown): void {
    this.engine = null;
    for (const { reject } of this.#waiting.values()) reject(this.#ended(cause));
    this.#waiting.clear();
  }
}

/** Requests are answered one after another. An error is sent as what it says: classes do not travel. */
const LOOP = `
let turn = Promise.resolve();
listen(({ id, message }) => {
  turn = turn.then(async () => {
    try {
      send({ id, value: await answer(message) });
    } catch (error) {
      const { name = "Error", message = String(error), stack } = error ?? {};
      send({ id, error: { name: String(name), message: String(message), stack: String(stack) } });
    }
  });
});
`;

interface NodeWorker {
  postMessage(message: unknown): void;
  terminate(): unknown;
  ref(): void;
  unref(): void;
  on(event: string, handler: (value: never) => void): void;
}

function threadOf(script: string, handlers: Handlers): Engine | null {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown };
  };
  const threads = process?.getBuiltinModule?.("node:worker_threads") as
    | { Worker: new (source: string, options: object) => NodeWorker }
    | undefined;
  if (threads === undefined) return null;
  const doors = `const { parentPort } = require("node:worker_threads");
    const listen = (handler) => parentPort.on("message", handler);
    const send = (message) => parentPort.postMessage(message);\n`;
  const worker = new threads.Worker(doors + script + LOOP, { eval: true, execArgv: [] });
  worker.on("message", handlers.onAnswer.bind(handlers));
  worker.on("error", handlers.onEnd.bind(handlers));
  worker.on("exit", () => handlers.onEnd(undefined));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    end: () => void worker.terminate(),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
  };
}

interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: ((event: { readonly data: Answer }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
}

function webWorkerOf(script: string, handlers: Handlers): Engine | null {
  const page = globalThis as unknown as {
    Worker?: new (url: string, options: object) => WebWorker;
    Blob?: new (parts: readonly string[], options: object) => unknown;
    URL?: { createObjectURL?(blob: unknown): string };
  };
  if (!page.Worker || !page.Blob || !page.URL?.createObjectURL) return null;
  const doors = `const listen = (handler) => { onmessage = (event) => handler(event.data); };
    const send = (message) => postMessage(message);\n`;
  try {
    const blob = new page.Blob([doors + script + LOOP], { type: "text/javascript" });
    const worker = new page.Worker(page.URL.createObjectURL(blob), { type: "module" });
    worker.onmessage = ({ data }) => handlers.onAnswer(data);
    worker.onerror = ({ message }) => handlers.onEnd(message);
    return {
      post: (message) => worker.postMessage(message),
      end: () => worker.terminate(),
      // a page does not wait for its workers
      keepAlive: () => {},
    };
  } catch {
    // a content policy without `worker-src blob:`
    return null;
  }
}
