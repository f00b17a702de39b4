/** @file The error of a call that must be refused. */
import { OpError } from "@tapegrad/autograd";

/** The error that `call` throws. Fails where it returns, or throws anything that is not ours. */
export function refusalOf(call: () => unknown): OpError {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    if (error instanceof OpError) return error;
    throw error;
  }
  throw new Error(`expected a refusal, but the call returned ${String(result)}`);
}

/** Class and message of that error. */
export function messageOf(call: () => unknown): string {
  const { name, message } = refusalOf(call);
  return `${name}: ${message}`;
}
