/** @file The passes, in their order. */
import { shareCommonSubexpressions } from "./passes/common-subexpressions.ts";
import { copyViews } from "./passes/copy-views.ts";
import { removeDeadCode } from "./passes/dead-code.ts";
import { keepNeededEvents } from "./passes/events.ts";
import { simplifyExactly } from "./passes/exact-algebra.ts";
import { foldViews } from "./passes/fold-views.ts";
import { liftReshapes } from "./passes/lift-reshapes.ts";
import { reassociate } from "./passes/products.ts";
import type { Program } from "./program.ts";

export interface OptimizeOptions {
  readonly reassociate: boolean;
}

/** A program after a pass, under the name of the pass. */
export interface Stage {
  readonly pass: string;
  readonly program: Program;
}

export function optimize(program: Program, options: OptimizeOptions): readonly Stage[] {
  const stages: Stage[] = [{ pass: "traced", program }];
  const run = (pass: string, transform: (program: Program) => Program): void => {
    stages.push({ pass, program: transform(stages[stages.length - 1].program) });
  };
  run("dead code", removeDeadCode);
  run("views", foldViews);
  run("common subexpressions", shareCommonSubexpressions);
  run("reshapes", liftReshapes);
  run("views", foldViews);
  run("exact algebra", simplifyExactly);
  if (options.reassociate) {
    run("products and sums", reassociate);
    run("exact algebra", simplifyExactly);
  }
  run("views", foldViews);
  run("common subexpressions", shareCommonSubexpressions);
  run("copies", copyViews);
  run("events", keepNeededEvents);
  run("dead code", removeDeadCode);
  return stages;
}
