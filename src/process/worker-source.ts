/**
 * The worker entry as one script, for programs bundled into one file, where no entry file lies beside this one.
 * `scripts/embed-worker.mjs` fills it in after compiling; empty in a tree that was only compiled.
 */
export const workerSource: string = '';
