/** What `channel.test.ts` and the stress test ask of a worker, by `target`. */
export const ECHO = 0;
export const THROW = 1;
export const ECHO_LATER = 2;
/** Waits on the given shared word to become 1, blocking. */
export const BLOCK = 3;
/** Runs until it is asked to stop, blocking. */
export const UNTIL_CANCELLED = 4;
/** Sends the given number of parts, then their number. */
export const PARTS = 5;
export const UNSENDABLE = 6;
/** Exits without an answer. */
export const EXIT = 7;
/** Resolves when `cancel` was called for it. */
export const UNTIL_CANCEL_EVENT = 8;
/** Sends the bytes of what it was given back, moved. */
export const MOVE_BACK = 9;
export const SET_LIMIT = 10;
/** Counts the turns of a timer while busy with other requests; the count so far. */
export const TIMER_TICKS = 11;
/** Answers with all its values as one list. */
export const LIST = 12;
