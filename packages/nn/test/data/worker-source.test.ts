import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { randomKey, type Tensor, ValueError } from "@tapegrad/autograd";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DataLoader } from "../../src/data/loader.ts";
import { type WorkerSource, workerSource } from "../../src/data/worker-source.ts";
import { messageOf } from "../oracles/refusal.ts";

const MODULE = new URL("./counting-source.mjs", import.meta.url);
const CHANNEL = new URL("../../src/data/worker-channel.ts", import.meta.url);

interface Sample {
  readonly row: Float32Array;
  readonly index: number;
  readonly seed: Float64Array;
  readonly epoch: number;
  readonly main: boolean;
}

const opened: WorkerSource<unknown>[] = [];

async function open(options: object = {}, worker = true): Promise<WorkerSource<Sample>> {
  const source = await workerSource<Sample>(MODULE, { options, worker });
  opened.push(source);
  return source;
}

afterEach(() => {
  for (const source of opened.splice(0)) source.close();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function hideThreads(): void {
  const { getBuiltinModule } = process;
  vi.spyOn(process, "getBuiltinModule").mockImplementation((name: string) => {
    return name === "node:worker_threads" ? undefined : getBuiltinModule(name);
  });
}

/** What a page has: Web Workers of blobs, here threads behind their interface, and no Node. */
function pretendToBeAPage(): void {
  const blobs: string[] = [];
  const door = `const { parentPort } = require("node:worker_threads");
    globalThis.onmessage = null;
    globalThis.postMessage = (message) => parentPort.postMessage(message);
    parentPort.on("message", (data) => globalThis.onmessage({ data }));\n`;
  class PageWorker {
    onmessage: ((event: { readonly data: unknown }) => void) | null = null;
    onerror: ((event: { readonly message: string }) => void) | null = null;
    readonly #thread: Worker;

    constructor(url: string) {
      this.#thread = new Worker(door + blobs[Number(url)], { eval: true });
      this.#thread.on("message", (data) => this.onmessage?.({ data }));
      this.#thread.on("error", ({ message }) => this.onerror?.({ message }));
    }

    postMessage(message: unknown): void {
      this.#thread.postMessage(message);
    }

    terminate(): void {
      void this.#thread.terminate();
    }
  }
  hideThreads();
  vi.stubGlobal("Worker", PageWorker);
  vi.stubGlobal(
    "Blob",
    class {
      constructor(parts: readonly string[]) {
        blobs.push(parts.join(""));
      }
    },
  );
  vi.stubGlobal(
    "URL",
    Object.assign(class {}, { createObjectURL: () => String(blobs.length - 1) }),
  );
}

const settings = { batchSize: 3, shuffle: true, key: randomKey(6) };

async function collect(source: WorkerSource<Sample>, epochs = 1) {
  const loader = new DataLoader(source, settings);
  const batches: Record<string, unknown>[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const batch of loader) batches.push(readable(batch));
  }
  return batches;
}

const readable = ({ main: _, ...batch }: Readonly<Record<string, Tensor>>) =>
  Object.fromEntries(Object.entries(batch).map(([name, x]) => [name, x.toTypedArray()]));

describe("workerSource", () => {
  it("computes in a worker what the main thread would, in the same order and to the same bits", async () => {
    const there = await open({ length: 11 });
    const here = await open({ length: 11 }, false);

    const batches = await collect(there, 2);

    expect([there.inWorker, here.inWorker]).toEqual([true, false]);
    expect(batches).toEqual(await collect(here, 2));
    expect(batches.length).toBe(6);
  });

  it("really leaves the main thread", async () => {
    const context = { index: 0, epoch: 0, seed: 0 };
    const [there] = await (await open()).fetch([context]);
    const [here] = await (await open({}, false)).fetch([context]);

    expect([there.main, here.main]).toEqual([false, true]);
  });

  it("does without a worker where there are none", async () => {
    hideThreads();

    const source = await open();

    expect(source.inWorker).toBe(false);
    expect(source.length).toBe(10);
  });

  it("computes in the Web Worker of a page", async () => {
    pretendToBeAPage();
    const there = await workerSource<Sample>(MODULE.href, { options: { length: 5, fail: 4 } });
    const at = (index: number) => there.fetch([{ index, epoch: 0, seed: 0 }]);

    await expect(at(2)).resolves.toMatchObject([{ index: 2, main: false }]);
    await expect(at(4)).rejects.toThrow("sample 4 is broken");
    there.close();
    await expect(at(2)).rejects.toThrow("has ended");
  });

  it("does without a worker where a page forbids them", async () => {
    pretendToBeAPage();
    vi.stubGlobal(
      "Worker",
      class {
        constructor() {
          throw new Error("violates the content security policy");
        }
      },
    );

    expect((await workerSource(MODULE.href)).inWorker).toBe(false);
  });

  it("cuts views out of the memory behind them", async () => {
    const [{ row }] = await (await open()).fetch([{ index: 4, epoch: 0, seed: 0 }]);

    expect(row).toEqual(Float32Array.of(8, 9));
    expect(row.buffer.byteLength).toBe(8);
  });

  it("hands errors of the module on, and goes on after them", async () => {
    const source = await open({ fail: 3 });
    const at = (index: number) => source.fetch([{ index, epoch: 0, seed: 0 }]);

    await expect(at(3)).rejects.toMatchObject({
      name: "RangeError",
      message: "sample 3 is broken",
    });
    await expect(at(4)).resolves.toMatchObject([{ index: 4 }]);
    await expect(open({ fail: "start" })).rejects.toThrow("no data");
    await expect(workerSource(new URL("./no-module.mjs", MODULE))).rejects.toThrow("no-module");
  });

  it("hands them on where the loop awaits the batch", async () => {
    const loader = new DataLoader(await open({ fail: 5 }), { batchSize: 2 });
    const seen: number[] = [];
    const loop = async () => {
      for await (const { index } of loader) seen.push(...index.toTypedArray());
    };

    await expect(loop()).rejects.toThrow("sample 5 is broken");
    expect(seen).toEqual([0, 1, 2, 3]);
  });

  it("refuses samples that cannot leave a worker", async () => {
    const fetch = async (kind: string) =>
      (await open({ kind })).fetch([{ index: 0, epoch: 0, seed: 0 }]);

    await expect(fetch("class")).rejects.toThrow(
      "a sample holds a Date, which cannot leave a worker",
    );
    await expect(fetch("function")).rejects.toThrow("could not be cloned");
  });

  it("says that a worker has ended, whatever ended it", async () => {
    const closed = await open();
    closed.close();
    const exited = await open({ fail: "exit" });
    const asked = [closed, exited].map((source) => source.fetch([{ index: 0, epoch: 0, seed: 0 }]));

    for (const promise of asked) {
      await expect(promise).rejects.toThrow(ValueError);
      await expect(promise).rejects.toThrow(/^workerSource: the worker of file:.* has ended/);
    }
  });

  it("refuses an address that only the caller could resolve", () => {
    let message = "";
    const catching = workerSource("./a.mjs").catch((error: unknown) => {
      message = messageOf(() => {
        throw error;
      });
    });

    return catching.then(() =>
      expect(message).toMatchInlineSnapshot(
        `"ValueError: workerSource: "./a.mjs" is no absolute address. Pass \`new URL(…, import.meta.url)\`."`,
      ),
    );
  });
});

describe("a worker that nobody closes", () => {
  it("lets the program end, after what is awaited", () => {
    const program = `
      const { openWorker } = await import(${JSON.stringify(CHANNEL.href)});
      const script = "const answer = (x) => new Promise((done) => setTimeout(done, 50, x + 1));";
      const channel = openWorker(script, () => new Error("ended"));
      console.log(await channel.request(1));
      channel.request(2);
    `;
    const root = fileURLToPath(new URL("../../../..", import.meta.url));
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];

    const { status, stdout, signal } = spawnSync(process.execPath, args, {
      cwd: root,
      timeout: 20_000,
      encoding: "utf8",
    });

    expect({ status, signal, stdout }).toEqual({ status: 0, signal: null, stdout: "2\n" });
  });
});
