/** `offloop/threading`: threads, and what they share. */
export { currentThread } from './current-thread.ts';
export type { ThreadInfo } from './current-thread.ts';
