/**
 * @file From a program to WebAssembly: units, their plans, where every buffer lies, and one module.
 */
import { type Aval, formatAval } from "../array/aval.ts";
import { bytesPerElement } from "../array/dtype.ts";
import { sizeOf } from "../array/shape.ts";
import { Code, type WasmFunction } from "../backends/wasm/encoder.ts";
import { allocate, load, type Region, release } from "../backends/wasm/memory.ts";
import { assertInvariant } from "../errors.ts";
import { copyInto } from "./copies.ts";
import { HostCalls } from "./host-call.ts";
import {
  CONTROL,
  controlAddress,
  PATIENCE,
  share,
  type Shared,
  UNFINISHED,
  unshare,
} from "../backends/wasm/threads.ts";
import { emitGroup, partsOf, scratchBytes } from "./emit/group.ts";
import { routineParts } from "./emit/routine-parts.ts";
import type { Places } from "./emit/nest.ts";
import { emitRoutine, isFallible, routineScratch } from "./emit/routine.ts";
import { fuse, type Unit } from "./fuse.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { mayOverwrite } from "./passes/in-place.ts";
import { type GroupPlan, planGroup } from "./plan-group.ts";
import { type BufferLife, padded, planMemory } from "./plan-memory.ts";
import {
  type HostKernel,
  hostKernelOf,
  isAlias,
  type Program,
  rootsOf,
  type Value,
} from "./program.ts";

export interface AssembleOptions {
  /** How many threads compute large units, the caller included. */
  readonly threads: number;
  readonly relaxed: boolean;
  /** Whether results and assigned values are checked before anything is assigned. */
  readonly finiteOnly: boolean;
}

/** A program that can run. */
export interface Assembled {
  /** Byte addresses of the arguments that are read, by their index. */
  readonly arguments: readonly (number | null)[];
  readonly results: readonly { readonly address: number; readonly aval: Aval }[];
  readonly held: Held;
  readonly plan: MemorySummary;
  readonly units: readonly Unit[];
  readonly moduleBytes: number;
  /** How many threads take part in the next run. */
  threads(): number;
  /** 0, or 1 + the number of the failing unit's routine in `fallible`; -1 - i where root i is not finite. */
  run(): number;
  readonly fallible: readonly Value[];
  /** Byte address where a failing routine leaves what it found. */
  readonly report: number;
}

/** What a program holds outside of the garbage collector's sight. */
export interface Held {
  readonly arena: Region;
  /** With the helpers; null for a program of one thread. */
  readonly shared: Shared | null;
}

/** Gives back what a program held that nobody will run again. */
export function releaseHeld({ arena, shared }: Held): void {
  release(arena);
  if (shared !== null) unshare(shared);
}

/** Memory of a compiled program, without its variables, which have their own. */
export interface MemorySummary {
  /** Bytes of the arena: arguments, results, temporaries, scratch memory. */
  readonly arenaBytes: number;
  /** The largest sum of bytes that are alive at once. */
  readonly liveBytes: number;
}

const REPORT_BYTES = 16;

interface Step {
  /** In how many parts it is computed. */
  readonly parts: number;
  readonly unit: Unit;
  /** For a group. */
  readonly plan: GroupPlan | null;
}

/** @param variables byte addresses of the variables. */
export function assemble(
  program: Program,
  variables: readonly number[],
  options: AssembleOptions,
): Assembled {
  const units = fuse(program);
  const layouts = layoutsOf();
  const readers = readersOf(program, layouts);
  const roots = new Set(rootsOf(program).map((value) => layouts(value).base));
  const steps = units.map((unit): Step => {
    if (unit.kind === "routine") {
      const parts = Math.max(1, routineParts(unit.value, options.threads).length);
      return { unit, plan: null, parts };
    }
    const own = new Set(unit.members);
    const isOutside = (value: Value): boolean =>
      roots.has(value) || (readers.get(value) ?? []).some((reader) => !own.has(reader));
    const plan = planGroup(unit, isOutside);
    return { unit, plan, parts: partsOf(plan, options.threads).length };
  });
  const hosts = new HostCalls();
  const memory = new MemoryMap(program, steps, layouts, roots, variables, options);
  const functions: WasmFunction[] = [];
  const fallible: Value[] = [];
  const emitted: Emitted[] = [];
  const { report } = memory;
  const { relaxed } = options;
  steps.forEach(({ unit, plan, parts }, i) => {
    const scratch = memory.scratch(i);
    let first = functions.length;
    let isHost = false;
    const name = (part: number): string | null => (parts > 1 ? `unit ${i} part ${part}` : null);
    if (plan !== null) {
      partsOf(plan, options.threads).forEach((part, k) => {
        const code = emitGroup(plan, { places: memory, scratch, relaxed, hosts }, part);
        functions.push({ name: name(k), code });
      });
    } else {
      assertInvariant(unit.kind === "routine", "a unit is a group or a routine");
      const { value } = unit;
      const host = hostKernelOf(value);
      if (host !== null) {
        isHost = true;
        first = hosts.routine(host, memory.inputsOf(value, host), memory.address(value));
      } else {
        const bytes = routineScratch(value, layouts);
        for (let k = 0; k < parts; k++) {
          const own = scratch + k * padded(bytes);
          const context = { places: memory, scratch: own, relaxed, hosts, report };
          const part = parts > 1 ? routineParts(value, options.threads)[k] : null;
          functions.push({ name: name(k), code: emitRoutine(value, context, part) });
        }
      }
      if (isFallible(value)) fallible.push(value);
    }
    const fails = unit.kind === "routine" && isFallible(unit.value) ? fallible.length : 0;
    emitted.push({ first, isHost, parts, fails });
  });
  // what is imported has the first numbers, and all of it is known now
  const before = hosts.functions.length;
  const numbered = emitted.map((unit) =>
    unit.isHost ? unit : { ...unit, first: before + unit.first },
  );
  const isParallel = emitted.some(({ parts }) => parts > 1);
  functions.push({ name: "run", code: emitMain(numbered, memory, null) });
  if (isParallel) {
    functions.push({ name: "run together", code: emitMain(numbered, memory, controlAddress()) });
  }
  const loaded = load(functions, hosts.functions);
  const shared = isParallel ? share(loaded, options.threads, steps.length) : null;
  const alone = loaded.exports["run"] as () => number;
  const together = loaded.exports["run together"] as ((program: number) => number) | undefined;
  const run = (): number => {
    if (shared === null || together === undefined || !shared.isReady()) return alone();
    const status = together(shared.id);
    return status === UNFINISHED ? shared.giveUp() : status;
  };
  return {
    arguments: program.arguments.map((_, i) => memory.argument(i)),
    results: program.results.map((value) => ({
      address: memory.addressOf(value),
      aval: { shape: value.shape, dtype: value.dtype },
    })),
    held: { arena: memory.arena, shared },
    plan: memory.summary,
    units,
    moduleBytes: loaded.bytes,
    threads: () => (shared?.isReady() === true ? Math.max(...steps.map(({ parts }) => parts)) : 1),
    run,
    fallible,
    report,
  };
}

/** The functions of a unit: as many as parts, from number `first` on, of those imported or of the module's own. */
interface Emitted {
  readonly first: number;
  readonly isHost: boolean;
  readonly parts: number;
  /** What the program returns where the unit fails; 0 if it cannot. */
  readonly fails: number;
}

/**
 * All units in their order. With `control`, the address of the control block, helpers compute the further parts
 * (threads.ts), and the parameter is the program's number; without, the caller computes all of them.
 */
function emitMain(units: readonly Emitted[], memory: MemoryMap, control: number | null): Code {
  const code = new Code(control === null ? [] : ["i32"], "i32");
  const at = (field: number): Code => code.i32((control ?? 0) + 4 * field);
  if (control !== null) at(CONTROL.program).get(0).atomic("i32.atomic.store");
  const unfinished = (inside: Code): Code => inside.i32(UNFINISHED).op("return");
  const looks = code.local("f64");
  units.forEach(({ first, parts, fails }, unit) => {
    const helped = control !== null && parts > 1;
    if (helped) {
      at(CONTROL.done).i32(0).atomic("i32.atomic.store");
      at(CONTROL.unit).i32(unit).atomic("i32.atomic.store");
      at(CONTROL.ticket).i32(1).atomic("i32.atomic.rmw.add").op("drop");
      at(CONTROL.asleep).atomic("i32.atomic.load");
      code.when(() => at(CONTROL.ticket).i32(-1).atomic("memory.atomic.notify").op("drop"));
    }
    for (let part = 0; part < (helped ? 1 : parts); part++) code.call(first + part);
    if (fails > 0) code.when((inside) => inside.i32(fails).op("return"));
    if (!helped) return;
    code.f64(0).set(looks);
    code.doWhile(() => {
      code.get(looks).f64(1).op("f64.add").tee(looks).f64(PATIENCE).op("f64.eq").when(unfinished);
      at(CONTROL.done).atomic("i32.atomic.load");
      code.i32(parts - 1).op("i32.ne");
    });
    at(CONTROL.lost).atomic("i32.atomic.load");
    code.when(unfinished);
  });
  memory.emitCommit(code);
  return code.i32(0);
}

function layoutsOf(): (value: Value) => Layout {
  const known = new Map<Value, Layout>();
  return (value) => {
    let layout = known.get(value);
    if (layout === undefined) {
      const found = layoutOf(value);
      assertInvariant(found !== null, `${value.label} of ${formatAval(value)} is a view in memory`);
      layout = found;
      known.set(value, layout);
    }
    return layout;
  };
}

/** Who reads the memory of a value: the users of it and of its views. */
function readersOf(
  program: Program,
  layouts: (value: Value) => Layout,
): ReadonlyMap<Value, readonly Value[]> {
  const readers = new Map<Value, Value[]>();
  for (const value of program.values) {
    if (isAlias(value)) continue;
    for (const operand of value.operands) {
      const { base } = layouts(operand);
      const list = readers.get(base) ?? [];
      // through a view it is read from memory, even inside its own group
      list.push(operand === base ? value : operand);
      readers.set(base, list);
    }
  }
  return readers;
}

class MemoryMap implements Places {
  readonly arena: Region;
  readonly summary: MemorySummary;
  readonly report: number;
  readonly #layouts: (value: Value) => Layout;
  readonly #addresses = new Map<Value, number>();
  readonly #scratch: readonly number[];
  readonly #arguments: readonly (number | null)[];
  /** Assignments that are copied at the end: target, source, bytes. */
  readonly #copies: { readonly to: number; readonly from: number; readonly bytes: number }[] = [];
  readonly #finiteOnly: boolean;
  readonly #program: Program;

  constructor(
    program: Program,
    steps: readonly Step[],
    layouts: (value: Value) => Layout,
    roots: ReadonlySet<Value>,
    variables: readonly number[],
    options: AssembleOptions,
  ) {
    this.#layouts = layouts;
    this.#finiteOnly = options.finiteOnly;
    this.#program = program;
    const lives = livesOf(program, steps, layouts, roots);
    const direct = options.finiteOnly ? new Map() : directWrites(program, steps, layouts, lives);
    const shared = overwrites(steps, layouts, lives, direct);
    const buffers: BufferLife[] = [];
    const indexOf = new Map<Value, number>();
    for (const [value, life] of lives) {
      if (value.op.kind === "variable" || direct.has(value)) continue;
      const source = shared.get(value);
      if (source !== undefined) {
        const index = indexOf.get(source) ?? -1;
        assertInvariant(index >= 0, "the overwritten buffer comes first");
        indexOf.set(value, index);
        buffers[index] = { ...buffers[index], last: life.last };
        continue;
      }
      indexOf.set(value, buffers.length);
      buffers.push(life);
    }
    const scratchIndex = steps.map(({ unit, plan, parts }, i) => {
      const bytes =
        plan === null ? parts * padded(routineBytes(unit, layouts)) : scratchBytes(plan, parts);
      if (bytes > 0) buffers.push({ bytes, first: i, last: i });
      return bytes > 0 ? buffers.length - 1 : -1;
    });
    const plan = planMemory(buffers);
    this.arena = allocate(plan.bytes + REPORT_BYTES);
    const start = this.arena.address;
    this.report = start + plan.bytes;
    this.summary = { arenaBytes: plan.bytes + REPORT_BYTES, liveBytes: largestLive(buffers) };
    for (const [value, index] of indexOf) this.#addresses.set(value, start + plan.offsets[index]);
    for (const value of program.values) {
      if (value.op.kind === "variable") this.#addresses.set(value, variables[value.op.index]);
    }
    for (const [value, variable] of direct) this.#addresses.set(value, variables[variable]);
    this.#scratch = scratchIndex.map((index) => (index < 0 ? 0 : start + plan.offsets[index]));
    this.#arguments = program.arguments.map((_, i) => {
      const value = program.values.find(({ op }) => op.kind === "argument" && op.index === i);
      return value === undefined ? null : (this.#addresses.get(value) ?? null);
    });
    for (const { variable, value } of program.writes) {
      const to = variables[variable];
      const from = this.addressOf(value);
      const bytes = sizeOf(value.shape) * bytesPerElement(value.dtype);
      if (to !== from) this.#copies.push({ to, from, bytes });
    }
    for (const value of program.values) {
      if (value.op.kind !== "literal") continue;
      copyInto(this.address(value), value.op.array, value);
    }
  }

  address(base: Value): number {
    const address = this.#addresses.get(base);
    assertInvariant(address !== undefined, `${base.label} has a place in memory`);
    return address;
  }

  layout(value: Value): Layout {
    return this.#layouts(value);
  }

  addressOf(value: Value): number {
    const { base, offset } = this.#layouts(value);
    return this.address(base) + offset * bytesPerElement(value.dtype);
  }

  /** Addresses of the operands of a routine in JavaScript; null for one of size 0. */
  inputsOf({ operands }: Value, { inputs }: HostKernel): readonly (number | null)[] {
    let next = 0;
    return inputs.map(({ shape }) =>
      sizeOf(shape) === 0 ? null : this.addressOf(operands[next++]),
    );
  }

  scratch(step: number): number {
    return this.#scratch[step];
  }

  argument(index: number): number | null {
    return this.#arguments[index];
  }

  /** Checks what must be finite, then copies what could not be written in place. */
  emitCommit(code: Code): void {
    if (this.#finiteOnly) {
      rootsOf(this.#program).forEach((value, i) => {
        if (value.dtype !== "float32" && value.dtype !== "float64") return;
        emitIsFinite(code, this.addressOf(value), sizeOf(value.shape), value.dtype);
        code.op("i32.eqz").when((inside) => inside.i32(-1 - i).op("return"));
      });
    }
    for (const { to, from, bytes } of this.#copies) code.i32(to).i32(from).i32(bytes).copyMemory();
  }
}

function routineBytes(unit: Unit, layouts: (value: Value) => Layout): number {
  return unit.kind === "routine" ? routineScratch(unit.value, layouts) : 0;
}

/** Leaves 1 if all `count` numbers from `address` on are finite: then x · 0 is 0 for each of them. */
function emitIsFinite(
  code: Code,
  address: number,
  count: number,
  dtype: "float32" | "float64",
): void {
  const bytes = bytesPerElement(dtype);
  const [position, zeros] = [code.local("i32"), code.local("f64")];
  code.i32(0).set(position).f64(0).set(zeros);
  code.doWhile(() => {
    code.get(position).memory(dtype === "float32" ? "f32.load" : "f64.load", address);
    if (dtype === "float32") code.op("f64.promote_f32");
    code.f64(0).op("f64.mul").get(zeros).op("f64.add").set(zeros);
    code
      .get(position)
      .i32(bytes)
      .op("i32.add")
      .tee(position)
      .i32(count * bytes)
      .op("i32.lt_u");
  });
  code.get(zeros).f64(0).op("f64.eq");
}

/** When every value with memory of its own is first written and last read, by the number of the step. */
function livesOf(
  program: Program,
  steps: readonly Step[],
  layouts: (value: Value) => Layout,
  roots: ReadonlySet<Value>,
): ReadonlyMap<Value, BufferLife> {
  const lives = new Map<Value, BufferLife>();
  const born = (value: Value, first: number): void => {
    const bytes = sizeOf(value.shape) * bytesPerElement(value.dtype);
    lives.set(value, { bytes, first, last: first });
  };
  for (const value of program.values) {
    const { kind } = value.op;
    if (kind === "argument" || kind === "literal" || kind === "variable") born(value, -1);
  }
  const forever = steps.length;
  const read = (value: Value, step: number): void => {
    const { base } = layouts(value);
    const life = lives.get(base);
    if (life !== undefined) lives.set(base, { ...life, last: Math.max(life.last, step) });
  };
  steps.forEach(({ unit, plan }, step) => {
    if (plan === null) {
      assertInvariant(unit.kind === "routine", "a unit is a group or a routine");
      born(unit.value, step);
      for (const operand of unit.value.operands) read(operand, step);
      return;
    }
    for (const value of plan.group.members) if (plan.stored.has(value)) born(value, step);
    for (const value of plan.group.members)
      for (const operand of value.operands) read(operand, step);
  });
  for (const value of roots) read(value, forever);
  for (const value of program.values) if (value.op.kind === "literal") read(value, forever);
  return lives;
}

/** Values that can be computed right into the variable that they are assigned to. */
function directWrites(
  program: Program,
  steps: readonly Step[],
  layouts: (value: Value) => Layout,
  lives: ReadonlyMap<Value, BufferLife>,
): ReadonlyMap<Value, number> {
  const direct = new Map<Value, number>();
  const lastFallible = steps.findLastIndex(({ unit }) => {
    if (unit.kind !== "routine") return false;
    return isFallible(unit.value) || hostKernelOf(unit.value) !== null;
  });
  const taken = new Set(program.results.map((value) => layouts(value).base));
  for (const { variable, value } of program.writes) {
    const { base, offset } = layouts(value);
    const step = lives.get(base)?.first ?? -1;
    if (taken.has(base) || step < 0 || step <= lastFallible || offset !== 0) continue;
    if (sizeOf(base.shape) !== sizeOf(value.shape)) continue;
    const old = program.values.find(({ op }) => op.kind === "variable" && op.index === variable);
    const lastRead = old === undefined ? -1 : (lives.get(old)?.last ?? -1);
    const { plan } = steps[step];
    if (lastRead > step) continue;
    if (lastRead === step && old && !(plan !== null && mayOverwrite(plan, base, old, layouts)))
      continue;
    taken.add(base);
    direct.set(base, variable);
  }
  return direct;
}

/** Values that are written over an operand that nobody reads afterwards. */
function overwrites(
  steps: readonly Step[],
  layouts: (value: Value) => Layout,
  lives: ReadonlyMap<Value, BufferLife>,
  direct: ReadonlyMap<Value, number>,
): ReadonlyMap<Value, Value> {
  const shared = new Map<Value, Value>();
  const rootOf = new Map<Value, Value>();
  const gone = new Set<Value>();
  steps.forEach(({ plan }, step) => {
    if (plan === null) return;
    const operands = new Set(
      plan.group.members.flatMap((value) => value.operands.map((x) => layouts(x).base)),
    );
    for (const value of plan.stored) {
      if (direct.has(value)) continue;
      for (const old of operands) {
        const { kind } = old.op;
        if (kind === "variable" || kind === "literal" || kind === "constant") continue;
        const life = lives.get(old);
        if (gone.has(old) || direct.has(old) || life?.last !== step || life.first >= step) continue;
        if (life.bytes !== lives.get(value)?.bytes) continue;
        if (!mayOverwrite(plan, value, old, layouts)) continue;
        const root = rootOf.get(old) ?? old;
        shared.set(value, root);
        rootOf.set(value, root);
        gone.add(old);
        break;
      }
    }
  });
  return shared;
}

function largestLive(buffers: readonly BufferLife[]): number {
  const moments = new Set(buffers.map(({ first }) => first));
  let largest = 0;
  for (const moment of moments) {
    const alive = buffers.filter(({ first, last }) => first <= moment && last >= moment);
    largest = Math.max(
      largest,
      alive.reduce((sum, { bytes }) => sum + bytes, 0),
    );
  }
  return largest;
}
