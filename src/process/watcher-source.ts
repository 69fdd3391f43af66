/**
 * The watcher's entry as one script. `scripts/bundle.mjs` fills it in after compiling; empty in a tree that was
 * only compiled.
 */
export const watcherSource: string = '';
