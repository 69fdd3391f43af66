import { CancelledError, type CancelSource } from '../errors.ts';
import { keepsStacks } from './stacks.ts';

/**
 * Makes the one error of a cancellation, or passes on the one it is given. Without a stack outside debug mode: the
 * stack would show who cancelled, not who waited, and costs more than everything else a cancellation does.
 */
export function toCancelledError(reason: unknown, source: CancelSource = 'explicit'): CancelledError {
  if (reason instanceof CancelledError) return reason;
  if (keepsStacks()) return new CancelledError(reason, source);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new CancelledError(reason, source);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** The `CancelledError` of an aborted signal, its reason kept. */
export function signalError(signal: AbortSignal): CancelledError {
  return toCancelledError(signal.reason, 'signal');
}
