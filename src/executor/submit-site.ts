/** Where a job was submitted: the stack is made into text only when somebody reads it. */
export interface SubmitSite {
  readonly stack?: string;
  /** What the jobs submitted from here have in common; whoever makes jobs keeps it here. */
  shared?: unknown;
}

const MAX_SITES_PER_TURN = 64;
const sites = new Map<unknown, SubmitSite>();
let last: SubmitSite = {};
let lastFn: unknown;

/**
 * The stack of the caller of `below`, to be shown under the stack of an error that comes back.
 *
 * Taking a stack costs as much as sending a small job, so a loop that submits the same function a thousand times
 * takes it once: all submissions of a function before the next microtask share one. The alternative, a stack per
 * submission, halves the throughput of small jobs for errors that mostly never happen.
 */
export function submitSite(fn: unknown, below: (...args: never[]) => unknown): SubmitSite {
  if (fn === lastFn) return last;
  let site = sites.get(fn);
  if (site === undefined) {
    if (sites.size === 0) queueMicrotask(forget);
    // Some thousand functions of one turn are each submitted once: nothing to be shared, only memory to be held.
    else if (sites.size === MAX_SITES_PER_TURN) sites.clear();
    site = {};
    Error.captureStackTrace(site, below);
    sites.set(fn, site);
  }
  last = site;
  lastFn = fn;
  return site;
}

function forget(): void {
  sites.clear();
  lastFn = undefined;
}
