import { isDebug, reportWarning } from './debug.ts';
import { stackInDebug } from './stacks.ts';

/** What is open in debug mode, with where it was opened. */
const open = new Map<object, { readonly what: () => string | undefined; readonly site: Error | undefined }>();

/**
 * For pools, locks and all that somebody must close: remembered in debug mode until `resourceClosed`, and reported when
 * the run ends with it open. `what` says what it is, or nothing if it is not open after all.
 */
export function resourceOpened(resource: object, what: () => string | undefined): void {
  if (isDebug()) open.set(resource, { what, site: stackInDebug('opened') });
}

export function resourceClosed(resource: object): void {
  if (open.size > 0) open.delete(resource);
}

/** Says what is still open, and forgets it. */
export function reportOpenResources(): void {
  for (const { what, site } of open.values()) {
    const text = what();
    if (text !== undefined) reportWarning(`${text} when run() ended`, site?.stack);
  }
  open.clear();
}
