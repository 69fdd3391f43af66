/**
 * The memory that a parent and one worker share, in 32-bit words. Words that different threads write are a cache
 * line (16 words) apart.
 *
 * | word | name | written by | meaning |
 * |---|---|---|---|
 * | 0 | `BELL` | worker parks, parent rings | `AWAKE` or `PARKED` |
 * | 16 | `RUNNING` | worker | ticket of the request begun last; 0 before the first |
 * | 17 | `REPLIES_WANT_ROOM` | worker sets, parent clears | 1 while replies wait for room in the ring |
 * | 18 | `EXITED` | worker | 1 once its event loop has ended |
 * | 32 | `CANCEL_COUNT` | parent | grows with each cancellation |
 * | 33 | `PATIENCE` | parent | microseconds an idle worker may look at its ring before it parks; 0: not at all |
 * | 34 | `REQUESTS_WANT_ROOM` | parent sets, worker clears | 1 while the parent waits for room for requests |
 * | 48 … 111 | `CANCELS` | parent | tickets asked to stop, each at ticket mod 64 |
 * | 112 … | requests, then replies | | slots |
 *
 * A slot:
 *
 * | word | name | meaning |
 * |---|---|---|
 * | 0 | `STATE` | see `ring.ts`; orders all the others |
 * | 1 | `TICKET` | who is meant |
 * | 2 | `HEAD` | kind (8 bits), flags (8), where the payload is (8) |
 * | 3 | `TARGET` | number of the function |
 * | 4 | `LENGTH` | bytes of payload |
 * | 5 | `OFFSET` | of the payload in the arena |
 * | 6 | `SEGMENT` | number of the arena's memory |
 * | 7 | `PARCEL` | number of the message on the port that belongs to it; 0 for none |
 * | 8 … 63 | | payload, if it is small |
 */

export const BELL = 0;
export const RUNNING = 16;
export const REPLIES_WANT_ROOM = 17;
export const EXITED = 18;
export const CANCEL_COUNT = 32;
export const PATIENCE = 33;
export const REQUESTS_WANT_ROOM = 34;
export const CANCELS = 48;
export const CANCELS_MASK = 63;
const FIRST_SLOT = 112;

export const AWAKE = 0;
export const PARKED = 1;

export const SLOT_WORDS = 64;
export const STATE = 0;
export const TICKET = 1;
export const HEAD = 2;
export const TARGET = 3;
export const LENGTH = 4;
export const OFFSET = 5;
export const SEGMENT = 6;
export const PARCEL = 7;
export const PAYLOAD = 8;
export const INLINE_BYTES: number = (SLOT_WORDS - PAYLOAD) * 4;

/** Where a payload is. */
export const IN_SLOT = 0;
export const IN_ARENA = 1;
export const IN_PARCEL = 2;

/** Slots of each ring: a power of two. With 256 bytes a slot, a worker costs 256 KB of rings. */
export const RING_SLOTS = 512;

export const REQUESTS: number = FIRST_SLOT;
export const REPLIES: number = FIRST_SLOT + RING_SLOTS * SLOT_WORDS;
export const BLOCK_BYTES: number = (FIRST_SLOT + 2 * RING_SLOTS * SLOT_WORDS) * 4;

/** The parent's own words, one block for all its workers; see `parent-doorbell.ts`. */
export const ARMED = 0;
export const RINGS = 16;
export const DOORBELL_BYTES: number = 32 * 4;
