/**
 * @file Which modules a forward pass calls, with what, and what they give: for a look at a model, not for training.
 *
 * While it looks, `forward` of every module is a property of its own that notes the call and passes it on. It is not
 * enumerable, so that a module which walks its properties does not see it, and is taken away again in every case.
 */
import type { Module } from "../module.ts";

export interface ForwardCall {
  readonly module: Module;
  readonly args: readonly unknown[];
  readonly result: unknown;
  /** The call that made this one; null for the outermost. */
  readonly parent: ForwardCall | null;
}

interface Forwarding {
  forward(...args: readonly unknown[]): unknown;
}

/** The calls of `forward` that `run` leads to, in the order in which they begin. */
export function forwardCalls(model: Module, run: () => void): readonly ForwardCall[] {
  const calls: ForwardCall[] = [];
  let current: ForwardCall | null = null;
  const modules = [...model.modules().values()].filter(hasForward);
  const own = modules.map((module) => Object.getOwnPropertyDescriptor(module, "forward"));
  try {
    for (const module of modules) {
      const { forward } = module;
      const noted = (...args: readonly unknown[]): unknown => {
        const call = { module, args, result: null as unknown, parent: current };
        calls.push(call);
        current = call;
        try {
          call.result = forward.apply(module, args as unknown[]);
        } finally {
          current = call.parent;
        }
        return call.result;
      };
      Object.defineProperty(module, "forward", { value: noted, configurable: true });
    }
    run();
  } finally {
    modules.forEach((module, i) => {
      const before = own[i];
      if (before === undefined) Reflect.deleteProperty(module, "forward");
      else Object.defineProperty(module, "forward", before);
    });
  }
  return calls;
}

function hasForward(module: Module): module is Module & Forwarding {
  return "forward" in module && typeof module.forward === "function";
}
