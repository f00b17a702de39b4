import {
  abs,
  add,
  compile,
  NonFiniteError,
  randomKey,
  type Tensor,
  tensor,
  Variable,
} from "@tapegrad/autograd";
import {
  Accuracy,
  DataLoader,
  evaluate,
  type FitCallbacks,
  type FitOptions,
  fit,
  MemoryLogger,
  MemoryStore,
  SpikeDetector,
} from "@tapegrad/nn";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { messageOf } from "../oracles/refusal.ts";
import { bitsOf, tinyRun } from "./tiny-run.ts";

/** A step that adds the batch to a variable, counts, and has the size of the batch as its loss. */
function counter(batches: readonly number[]) {
  const total = new Variable(tensor(0), { name: "total" });
  const count = new Variable(tensor(0, { dtype: "int32" }), { name: "count" });
  const variables = new Map([
    ["total", total],
    ["count", count],
  ]);
  const options = {
    loader: batches.map((value) => tensor(value)),
    step: (value: Tensor) => {
      total.assign(add(total.value, value));
      count.assign(add(count.value, 1));
      return abs(value);
    },
    state: { counter: { variables: () => variables } },
    epochs: 1,
  };
  return { options, values: () => [total.value.item(), count.value.item()] };
}

/** What callbacks are told, as texts. */
function told(): { readonly lines: string[]; readonly callbacks: readonly FitCallbacks[] } {
  const lines: string[] = [];
  const callbacks: FitCallbacks = {
    onStart: ({ step, epoch, epochs, totalSteps }) => {
      lines.push(`start ${step} ${epoch} ${epochs} ${totalSteps}`);
    },
    onStep: ({ step, loss, isAccepted }) => lines.push(`${step}: ${loss} ${isAccepted}`),
    onEpoch: ({ epoch, values }) => lines.push(`epoch ${epoch}: ${JSON.stringify(values)}`),
    onWarning: (text) => lines.push(text),
    onEnd: ({ reason }) => lines.push(reason),
  };
  return { lines, callbacks: [callbacks] };
}

describe("fit", () => {
  it.each([false, true])("trains a small network (compiled: %s)", async (compiled) => {
    const { options, model } = tinyRun({ compiled, epochs: 5 });
    const { history, reason } = await fit(options);
    const [first, last] = [history[0], history[4]];
    expect(reason).toBe("finished");
    expect(last.values["epochLoss"]).toBeLessThan(first.values["epochLoss"]);
    expect(model.stateDict()["1.numBatchesTracked"].item()).toBe(15);
  });

  it("tells what happens, logs it, and returns it", async () => {
    const { lines, callbacks } = told();
    const { options } = counter([1, 3]);
    const logger = new MemoryLogger();
    const evaluated = [0.5, 0.25];
    const result = await fit({
      ...options,
      epochs: 2,
      callbacks,
      loggers: [logger],
      logged: () => ({ rate: 7 }),
      evaluate: () => ({ error: evaluated.shift() ?? 0 }),
    });
    const epochs = [
      { epoch: 1, step: 2, values: { epochLoss: 2, error: 0.5 } },
      { epoch: 2, step: 4, values: { epochLoss: 2, error: 0.25 } },
    ];
    expect(result).toEqual({ step: 4, epoch: 2, reason: "finished", history: epochs, best: null });
    expect(lines).toEqual([
      "start 0 0 2 undefined",
      "1: 1 true",
      "2: 3 true",
      'epoch 1: {"epochLoss":2,"error":0.5}',
      "3: 1 true",
      "4: 3 true",
      'epoch 2: {"epochLoss":2,"error":0.25}',
      "finished",
    ]);
    expect(logger.entries).toEqual([
      { step: 1, values: { loss: 1, rate: 7 } },
      { step: 2, values: { loss: 3, rate: 7, epoch: 1, epochLoss: 2, error: 0.5 } },
      { step: 3, values: { loss: 1, rate: 7 } },
      { step: 4, values: { loss: 3, rate: 7, epoch: 2, epochLoss: 2, error: 0.25 } },
    ]);
  });

  it("logs every so many steps, and begins the logs anew", async () => {
    const logger = new MemoryLogger();
    logger.log(5, { old: 1 });
    await fit({ ...counter([1, 2, 3, 4, 5]).options, loggers: [logger], logEvery: 2 });
    expect(logger.entries.map(({ step }) => step)).toEqual([2, 4, 5]);
    expect(logger.entries[2].values).toEqual({ epoch: 1, epochLoss: 3 });
  });

  it("ends after the step in progress where it is told to, and goes on from there", async () => {
    const store = new MemoryStore();
    const control = new AbortController();
    const onStep = ({ step }: { step: number }) => {
      if (step === 2) control.abort();
    };
    const first = tinyRun({
      checkpoints: { store },
      callbacks: [{ onStep }],
      signal: control.signal,
    });

    expect(await fit(first.options)).toMatchObject({ step: 2, epoch: 0, reason: "aborted" });
    // with the same loader too, of which a batch more had been taken
    expect(await fit({ ...first.options, resume: true, callbacks: [] })).toMatchObject({ step: 2 });

    const { signal: _, ...options } = first.options;
    const again = await fit({ ...options, callbacks: [], resume: true });
    const whole = tinyRun();
    await fit(whole.options);
    expect(again).toMatchObject({ step: 9, reason: "finished" });
    expect(bitsOf(options.state)).toBe(bitsOf(whole.options.state));
  });

  it("goes on where it was with a loader that fetches ahead", async () => {
    const run = (control: AbortController, store: MemoryStore) => {
      const { options, values } = counter([]);
      const samples = {
        length: 6,
        fetch: async (contexts: readonly { index: number }[]) => {
          await Promise.resolve();
          return contexts.map(({ index }) => index);
        },
      };
      const key = randomKey(5);
      const loader = new DataLoader(samples, { batchSize: 1, shuffle: true, key, prefetch: 3 });
      const taken: number[] = [];
      const step = (batch: Tensor) => options.step(batch.sum());
      const onStep = ({ step: count, loss }: { step: number; loss: number }) => {
        taken.push(loss);
        if (count === 4) control.abort();
      };
      const { signal } = control;
      const more = { step, loader, signal, callbacks: [{ onStep }], checkpoints: { store } };
      return { done: fit({ ...options, ...more, epochs: 2, resume: true }), values, taken };
    };
    const store = new MemoryStore();
    const first = run(new AbortController(), store);
    expect(await first.done).toMatchObject({ step: 4, reason: "aborted" });
    const second = run(new AbortController(), store);
    expect(await second.done).toMatchObject({ step: 12, reason: "finished" });
    const taken = [...first.taken, ...second.taken];
    const all = [0, 1, 2, 3, 4, 5];
    expect([new Set(taken.slice(0, 6)), new Set(taken.slice(6))]).toEqual([
      new Set(all),
      new Set(all),
    ]);
    expect(taken).toHaveLength(12);
    expect(second.values()).toEqual([30, 12]);
  });

  it("lets the event loop have its turn, so that a timer can end it", async () => {
    const control = new AbortController();
    setTimeout(() => control.abort(), 10);
    const { options } = counter([1]);
    const result = await fit({ ...options, epochs: 1_000_000, signal: control.signal });
    expect(result.reason).toBe("aborted");
  });

  it("stops early, and puts the best variables back", async () => {
    const errors = [3, 1, 2, 2, 0];
    const { options, values } = counter([1]);
    const result = await fit({
      ...options,
      epochs: 5,
      evaluate: () => ({ error: errors.shift() ?? 9 }),
      earlyStopping: { monitor: "error", goal: "min", patience: 2 },
    });
    expect(result).toMatchObject({ reason: "early stopping", epoch: 4 });
    expect(result.best).toEqual({ value: 1, step: 2, epoch: 2 });
    expect(values()).toEqual([2, 2]);
  });

  it("leaves the last variables where that is wanted", async () => {
    const errors = [1, 2, 2];
    const { options, values } = counter([1]);
    await fit({
      ...options,
      epochs: 5,
      evaluate: () => ({ error: errors.shift() ?? 9 }),
      earlyStopping: { monitor: "error", goal: "min", patience: 2, restoreBest: false },
    });
    expect(values()).toEqual([3, 3]);
  });
});

describe.each([false, true])("a step that is not finite (compiled: %s)", (compiled) => {
  it("changes nothing, and throws", async () => {
    const { options, values } = counter([1, 2, Number.NaN, 4]);
    await expect(fit({ ...options, compiled })).rejects.toThrow(NonFiniteError);
    expect(values()).toEqual([3, 2]);
  });

  it("changes nothing where it is skipped", async () => {
    const { options, values } = counter([1, Number.NaN, Number.POSITIVE_INFINITY, 4]);
    const { lines, callbacks } = told();
    const spikes = { action: "skip" } as const;
    const result = await fit({ ...options, compiled, callbacks, spikes });
    expect(values()).toEqual([5, 2]);
    expect(result.history[0].values).toEqual({ epochLoss: 2.5 });
    expect(lines.filter((line) => /^\d+: (NaN|\d+ )/.test(line))).toEqual([
      "1: 1 true",
      "2: NaN false",
      "3: NaN false",
      "4: 4 true",
    ]);
  });
});

describe("a loss spike", () => {
  const spikes = { warmup: 3, threshold: 4, window: 5 };
  const batches = [1, 2, 3, 2, 90, 2];

  it.each([
    { action: "warn", compiled: false, expected: [100, 6], reason: "finished" },
    { action: "skip", compiled: false, expected: [10, 5], reason: "finished" },
    { action: "skip", compiled: true, expected: [10, 5], reason: "finished" },
    { action: "stop", compiled: false, expected: [8, 4], reason: "loss spike" },
    { action: "stop", compiled: true, expected: [8, 4], reason: "loss spike" },
    // back to the beginning, since no checkpoint was due before
    { action: "rollback", compiled: false, expected: [2, 1], reason: "finished" },
    { action: "rollback", compiled: true, expected: [2, 1], reason: "finished" },
  ] as const)("with action $action (compiled: $compiled)", async (example) => {
    const { action, compiled, expected, reason } = example;
    const { options, values } = counter(batches);
    const { lines, callbacks } = told();
    const result = await fit({ ...options, compiled, callbacks, spikes: { ...spikes, action } });
    expect(values()).toEqual(expected);
    expect(result.reason).toBe(reason);
    expect(lines.filter((line) => line.startsWith("step"))).toHaveLength(1);
  });

  it("is told to the console where nobody else listens", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      await fit({ ...counter(batches).options, spikes: { ...spikes, action: "skip" } });
      expect(warn.mock.calls).toMatchInlineSnapshot(`
        [
          [
            "fit: step 5: the loss 90 is above 4.965199999999999; skipped",
          ],
        ]
      `);
    } finally {
      warn.mockRestore();
    }
  });

  it("goes back to where the last checkpoint was due", async () => {
    const { options, values } = counter(batches);
    const loader = Object.assign([...options.loader], { stateDict: () => null, restore: () => {} });
    await fit({
      ...options,
      loader,
      spikes: { ...spikes, action: "rollback" },
      callbacks: [{ onWarning: () => {} }],
      checkpoints: { store: new MemoryStore(), every: 3 },
    });
    // 1 + 2 + 3, and 2 after the spike
    expect(values()).toEqual([8, 4]);
  });

  it("leaves what a run without the rejected batches would have", async () => {
    const loss = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 1, max: 9 }) },
      { weight: 1, arbitrary: fc.constantFrom(1000, Number.NaN, Number.POSITIVE_INFINITY) },
    );
    const losses = fc.array(loss, { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(losses, async (values) => {
        const detector = new SpikeDetector(spikes);
        const accepted = values.filter((value) => {
          const fits = Number.isFinite(value) && value <= detector.limit;
          if (fits) detector.accept(value);
          return fits;
        });
        const { options, values: found } = counter(values);
        const callbacks = [{ onWarning: () => {} }];
        const skip = { ...spikes, action: "skip", patience: 20 } as const;

        await fit({ ...options, callbacks, spikes: skip });

        const total = accepted.reduce((sum, value) => sum + value, 0);
        expect(found()).toEqual([total, accepted.length]);
      }),
    );
  });

  it("ends the run where there are too many in a row", async () => {
    const { options, values } = counter([1, 1, 1, 50, 60, 70, 80]);
    const callbacks = [{ onWarning: () => {} }];
    const given = { ...spikes, action: "skip", patience: 2 } as const;
    await expect(fit({ ...options, callbacks, spikes: given })).rejects.toThrow(
      "3 steps in a row were rejected up to step 6",
    );
    expect(values()).toEqual([3, 3]);
  });
});

describe("a checkpoint that does not fit", () => {
  it.each<[string, RegExp, Partial<FitOptions<never>>]>([
    ["the variables", /the names do not fit the run/, { state: {} }],
    [
      "the loader",
      /another loader/,
      { loader: Object.assign([], { stateDict: () => 0, restore: refuse }) },
    ],
  ])("because of %s changes nothing", async (_, message, wrong) => {
    const store = new MemoryStore();
    await fit(tinyRun({ checkpoints: { store }, epochs: 1 }).options);
    const run = tinyRun({ checkpoints: { store } });
    const before = bitsOf(run.options.state);
    const options = { ...run.options, ...wrong, resume: true } as typeof run.options;
    await expect(fit(options)).rejects.toThrow(message);
    expect(bitsOf(run.options.state)).toBe(before);
  });

  function refuse(): void {
    throw new RangeError("another loader");
  }

  it("because it is of no run is refused", async () => {
    const store = new MemoryStore();
    const { options } = tinyRun({ checkpoints: { store }, resume: true });
    const whole = tinyRun({ checkpoints: { store }, epochs: 1 });
    await fit(whole.options);
    const { tensors, state } = store.load() ?? { tensors: new Map(), state: {} };
    const wrong: [string, unknown][] = [
      ["step", -1],
      ["lossSum", "1"],
      ["history", {}],
      ["stopping", null],
      ["recentLosses", [true]],
    ];
    const messages: string[] = [];
    for (const [name, value] of wrong) {
      store.save({ tensors, state: { ...Object(state), [name]: value } });
      await fit(options).catch((error: Error) => messages.push(error.message));
    }
    expect(messages).toMatchInlineSnapshot(`
      [
        "fit: the checkpoint is of no run of this version: state.step is no integer of at least 0. Start the run again without \`resume\`.",
        "fit: the checkpoint is of no run of this version: state.lossSum is no number. Start the run again without \`resume\`.",
        "fit: the checkpoint is of no run of this version: state.history is no array. Start the run again without \`resume\`.",
        "fit: the checkpoint is of no run of this version: state.stopping has no best. Start the run again without \`resume\`.",
        "fit: the checkpoint is of no run of this version: state.recentLosses.0 is no number. Start the run again without \`resume\`.",
      ]
    `);
  });
});

describe("evaluate", () => {
  it("gives the values of metrics over all batches, each time anew", async () => {
    const { model } = tinyRun();
    const batches = [1, 2, 3].map((n) => ({
      x: tensor([
        [n, 0, 0],
        [0, n, 0],
      ]),
      labels: tensor([0, 1], { dtype: "int32" }),
    }));
    const options = {
      batches,
      forward: ({ x, labels }: (typeof batches)[0]) =>
        [model.forward(x, { mode: "eval" }), labels] as const,
      metrics: { accuracy: new Accuracy() },
    };
    const [first, second] = [await evaluate(options), await evaluate(options)];
    const all = batches.map(({ x, labels }) => {
      return model.forward(x, { mode: "eval" }).argMax({ axis: 1 }).equal(labels).sum().item();
    });
    expect(first).toEqual({ accuracy: all.reduce((a, b) => a + b) / 6 });
    expect(second).toEqual(first);
  });
});

describe("the messages of fit", () => {
  it("say what may be given", async () => {
    const { options } = counter([1]);
    const store = new MemoryStore();
    const spikes = { action: "skip" } as const;
    const calls: FitOptions<Tensor>[] = [
      { ...options, epochs: 0 },
      { ...options, logEvery: 0.5 },
      { ...options, checkpoints: { store } },
      { ...options, checkpoints: { store, every: 0 } },
      { ...options, spikes: { ...spikes, patience: -1 } },
      { ...options, loader: [] },
      { ...options, step: compile(options.step) },
      { ...options, step: () => tensor([1, 2]) },
      { ...options, step: () => 1 as unknown as Tensor },
      { ...options, loader: [tensor(Number.NaN)] },
    ];
    const messages: string[] = [];
    for (const call of calls) {
      await fit(call).then(
        () => messages.push("nothing"),
        (error: Error) =>
          messages.push(
            messageOf(() => {
              throw error;
            }),
          ),
      );
    }
    expect(messages).toMatchInlineSnapshot(`
      [
        "ValueError: fit: epochs is 0. Use an integer above 0.",
        "ValueError: fit: logEvery is 0.5. Use an integer above 0.",
        "ValueError: fit: the loader has no \`stateDict\` and \`restore\`, so a checkpoint could not say where it is. Use a DataLoader, or leave \`checkpoints\` out.",
        "ValueError: fit: checkpoints.every is 0. Use an integer above 0.",
        "ValueError: fit: spikes.patience is -1. Use an integer above 0.",
        "ValueError: fit: the loader gave no batch in epoch 0. Pass one that can be looped over again and again.",
        "ValueError: fit: the step is compiled already, and could not be left as a whole. Pass the function itself, with \`compiled: true\`.",
        "ShapeError: fit: the step returned float32[2], but a loss is one floating number. Reduce it, for example with \`mean\`.",
        "ShapeError: fit: the step returned no tensor, but a loss is one floating number. Reduce it, for example with \`mean\`.",
        "NonFiniteError: fit: after a step the loss would hold NaN, so nothing was assigned. Find the operation with \`explainNonFinite\`, or reject such steps with \`spikes\`.",
      ]
    `);
  });
});
