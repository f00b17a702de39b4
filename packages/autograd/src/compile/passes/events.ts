/**
 * @file Events: what a view waits for must be computed for another reason, too. Where it is not (products were taken
 * apart, say), the view waits for what it would have been computed of.
 */
import { rewrite } from "../builder.ts";
import { type Program, rootsOf, type Value } from "../program.ts";

export function keepNeededEvents(program: Program): Program {
  const needed = new Set<Value>(rootsOf(program));
  for (const value of program.values.toReversed()) {
    if (!needed.has(value)) continue;
    for (const operand of waits(value) ? [value.operands[0]] : value.operands) needed.add(operand);
  }
  const now = new Map<Value, Value>();
  return rewrite(program, (value, original) => {
    const kept = waits(original)
      ? { ...value, operands: [value.operands[0], ...eventsOf(original, needed).map(renewed)] }
      : value;
    now.set(original, kept);
    return kept;
  });

  function renewed(event: Value): Value {
    return now.get(event) ?? event;
  }
}

function waits({ op, operands }: Value): boolean {
  return op.kind === "view" && operands.length > 1;
}

/** The last needed values before the events of `view`; what is there from the start is none. */
function eventsOf(view: Value, needed: ReadonlySet<Value>): readonly Value[] {
  const events = new Set<Value>();
  const seen = new Set<Value>();
  const visit = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (!needed.has(value)) value.operands.forEach(visit);
    else if (value.operands.length > 0) events.add(value);
  };
  view.operands.slice(1).forEach(visit);
  return [...events];
}
