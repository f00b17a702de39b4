/**
 * @file The errors that a caller can cause, and the assertion for those that only we can.
 *
 * A message is two sentences: what was found, with its values; what would be right, as something to do.
 * `op` and `details` are for programs and tests, the message is for people.
 * This module is left of every other: it imports nothing.
 */

/** Base of all errors a caller can cause. `explain` turns the details into the message after the op's name. */
export abstract class OpError<Details extends object = object> extends Error {
  /** The public function that refused, as the caller wrote it. */
  readonly op: string;
  readonly details: Details;

  constructor(op: string, details: Details, explain: (details: Details) => string) {
    super(`${op}: ${explain(details)}`);
    this.op = op;
    this.details = details;
  }
}

/** Shapes that do not fit the operation, or one another. */
export class ShapeError<D extends object = object> extends OpError<D> {
  override readonly name: string = "ShapeError";
}

/** An axis that does not exist, or is named twice. */
export class AxisError<D extends object = object> extends OpError<D> {
  override readonly name: string = "AxisError";
}

/** A dtype the operation is not defined for. */
export class DTypeError<D extends object = object> extends OpError<D> {
  override readonly name: string = "DTypeError";
}

/** A value out of its range: an option, an index, a label, a rate. */
export class ValueError<D extends object = object> extends OpError<D> {
  override readonly name: string = "ValueError";
}

/** A derivative that does not exist or was asked for in a wrong way. */
export class GradientError<D extends object = object> extends OpError<D> {
  override readonly name: string = "GradientError";
}

/** Something in a function that cannot be compiled. */
export class CompileError<D extends object = object> extends OpError<D> {
  override readonly name: string = "CompileError";
}

/** A step that produced a NaN or an infinity and was not committed. */
export class NonFiniteError<D extends object = object> extends OpError<D> {
  override readonly name: string = "NonFiniteError";
}

/** Bytes of a file that are not what the format promises. */
export class FormatError<D extends object = object> extends OpError<D> {
  override readonly name: string = "FormatError";
}

/** States an invariant of ours. A failure is a bug of the library, never of the caller. */
export function assertInvariant(condition: unknown, text: string): asserts condition {
  if (!condition) throw new Error(`internal: ${text}`);
}
