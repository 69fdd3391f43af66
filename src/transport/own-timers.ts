/**
 * The timers as Node made them, taken before any program or task can put others in their place: fake timers in a test
 * must not stop the engine.
 */
export const clearInterval: typeof globalThis.clearInterval = globalThis.clearInterval;
export const queueMicrotask: typeof globalThis.queueMicrotask = globalThis.queueMicrotask;
export const setImmediate: typeof globalThis.setImmediate = globalThis.setImmediate;
export const setInterval: typeof globalThis.setInterval = globalThis.setInterval;
export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
