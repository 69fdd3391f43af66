import type { MessagePort } from 'node:worker_threads';
import { callSites } from '../functions/call-sites.ts';
import type { CancelFlags } from '../worker/cancel-flags.ts';
import type { CutMessage } from './interrupt.ts';

/** Under this name the inspector finds `hold`. */
const KEY = Symbol.for('offloop.hold');
/** For `Runtime.evaluate`: true when the thread has been held where it may be cut off. */
export const HOLD_EXPRESSION: string = "globalThis[Symbol.for('offloop.hold')]()";

/** What loads modules, Node's own included, when they are first used: a half-loaded one would stay so for all later jobs. */
const LOADING = /^node:(module$|internal\/(bootstrap|modules|process|vm)\b)/;
/** The same of asynchronous contexts, while they do not just call the code of a job. */
const CONTEXTS = /^node:(async_hooks$|internal\/async_)/;
/** The function in `JobRunner` that calls that of the task. */
const GUARD = '#applyGuarded';
/** `hold` itself and what the inspector evaluates. */
const OWN_FRAMES = 2;

/**
 * Lets the inspector hold this thread: it interrupts what runs, and looks at the stack for what must not be cut off. Once
 * the thread is held, nothing can change before the cut. A mark around `require` would not do: Node loads much of itself
 * when it is first used, unseen from outside.
 */
export function offerCutPoints(flags: CancelFlags, port: MessagePort): void {
  const hold = (): boolean => {
    if (!flags.isInside() || !mayCut(callSites(Infinity).slice(OWN_FRAMES)) || !flags.hold()) return false;
    port.postMessage('held' satisfies CutMessage, []);
    // The next thing the inspector does here, once this has returned, is to cut.
    flags.waitForCut();
    return true;
  };
  Object.defineProperty(globalThis, KEY, { value: hold });
}

function mayCut(frames: readonly NodeJS.CallSite[]): boolean {
  const files = frames.map((frame) => frame.getFileName() ?? '');
  // Below stands what runs every job.
  const guard = frames.findIndex((frame) => frame.getFunctionName()?.endsWith(GUARD));
  return (
    guard !== -1 && !CONTEXTS.test(files[0] as string) && !files.slice(0, guard).some((file) => LOADING.test(file))
  );
}
