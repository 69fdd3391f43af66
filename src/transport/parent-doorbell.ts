import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { sharedOperations as shared, whenNotified } from './atomics.ts';
import { Batch } from './batch.ts';
import { Blocks } from './blocks.ts';
import { Encoder } from './codec.ts';
import { arm, disarm } from './doorbell.ts';
import { DOORBELL_BYTES, RINGS } from './layout.ts';
import { setImmediate, setInterval, setTimeout } from './own-timers.ts';
import { SharedMemories } from './shared-memories.ts';

/** What the doorbell needs of a channel. */
export interface Drainable {
  /** Whether its worker is going to ring: a request is out, or room was asked for. */
  readonly expecting: boolean;
  /** Whether there is something for `drain` to do. */
  readonly ready: boolean;
  /** Delivers replies until that many, or that many bytes, were read; how many it did. */
  drain(limit: number, bytes?: number): number;
  /** Whether it or its worker holds memory that is not in use. */
  readonly untidy: boolean;
  /** Gives that memory back. */
  tidy(): void;
  /** The shared memory of this number was collected: the worker need not keep it. */
  retract(number: number): void;
  /** For how long the worker may look for requests before it sleeps. */
  setPatience(microseconds: number): void;
  /** Wakes the worker, if it sleeps, for what was posted while replies were being read. */
  ring(): void;
}

/** What is read of large replies before the event loop gets its turn, from all channels together. */
const BATCH_BYTES = 1024 * 1024;
/** A reply's way through the parent and back as the next request, with the parent's other work in between. */
const PATIENCE_US = 100;
/** The same where workers that look would keep the parent from a core. */
const SHORT_PATIENCE_US = 20;
/** Memory that nobody has used for this long is given back. */
const TIDY_MS = 5000;
const LONGEST_TIMER_MS = 0x7fffffff;

/**
 * The parent's side of waking: one for all channels of a thread. Any worker that rings makes it read the replies of
 * all of them.
 *
 * It goes round like this. *Resting*: no request is out, nothing is armed. *Armed*: requests are out, the first
 * worker to reply rings, through `Atomics.waitAsync`. *Busy*: after a ring it reads what there is and looks again
 * in the next turn of the event loop, as long as there was something; so under load nobody rings, promises settle
 * between two looks, and the loop is never held for longer than a `Batch`. It never looks without a reason.
 */
export class ParentDoorbell {
  readonly shared: SharedArrayBuffer;
  readonly memories: SharedMemories = new SharedMemories((number) => this.#retract(number));
  readonly blocks: Blocks = new Blocks();
  /** One encoder a thread: its buffer is warm. */
  readonly encoder: Encoder = new Encoder({
    sharing: { memories: this.memories, blocks: this.blocks },
    callbacks: true,
  });
  readonly #words: Int32Array;
  readonly #batch = new Batch();
  readonly #channels: Drainable[] = [];
  /** Replies are being read: what is posted meanwhile waits for one ring at the end, well below a millisecond later. */
  #reading = false;
  #looking = false;
  #armed = false;
  /** Whether a `waitAsync` is pending; it is used again, since it cannot be taken back. */
  #waiting = false;
  #tidying = false;
  #holds = 0;
  /** Refs nothing itself; its only purpose is to keep the process alive while held. */
  #handle: NodeJS.Timeout | undefined;
  #handleRef = false;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(DOORBELL_BYTES)) {
    this.shared = shared;
    this.#words = new Int32Array(shared);
  }

  add(channel: Drainable): void {
    this.#channels.push(channel);
    this.#sharePatience();
  }

  remove(channel: Drainable): void {
    const index = this.#channels.indexOf(channel);
    if (index === -1) return;
    this.#channels.splice(index, 1);
    this.#sharePatience();
  }

  #sharePatience(): void {
    const cores = availableParallelism();
    const patience = this.#channels.length < cores ? PATIENCE_US : SHORT_PATIENCE_US;
    for (const channel of this.#channels) channel.setPatience(cores === 1 ? 0 : patience);
  }

  /** Says that a reply is to be expected: from now on a worker that replies wakes this thread. */
  expect(): void {
    if (!this.#armed && !this.#looking) this.#arm();
  }

  /** Keeps the process alive until `release` was called as often. */
  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1 && !this.#handleRef) {
      this.#handleRef = true;
      if (this.#handle === undefined) this.#handle = setInterval(() => {}, LONGEST_TIMER_MS);
      else this.#handle.ref();
    }
  }

  release(): void {
    this.#holds -= 1;
    // A program that waits for one result after the other would pay for both calls each time: the end of the
    // turn decides.
    if (this.#holds === 0) this.#lookSoon();
  }

  /** Whether channels are to keep their rings for the end of `drain`. */
  get reading(): boolean {
    return this.#reading;
  }

  /** Delivers what is there now; how many. Safe to call at any time, from within a delivery too. */
  drain(): number {
    const channels = this.#channels;
    const bytes = BATCH_BYTES / channels.length;
    const count = Math.ceil(this.#batch.size / channels.length);
    let total = 0;
    this.#reading = true;
    try {
      // By index: a delivery may add or remove channels.
      for (let index = 0; index < channels.length; index += 1) {
        total += (channels[index] as Drainable).drain(count, bytes);
      }
    } finally {
      this.#reading = false;
      for (const channel of channels) channel.ring();
    }
    return total;
  }

  /** Blocks this thread until at least one reply was delivered or the time is over; true in the first case. */
  waitSync(timeoutMs: number): boolean {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      if (this.drain() > 0) return true;
      const rings = arm(shared, this.#words);
      if (this.#anyReady()) continue;
      const remaining = deadline - performance.now();
      if (remaining <= 0 || shared.wait(this.#words, RINGS, rings, remaining) === 'timed-out') return this.drain() > 0;
    }
  }

  #look = (): void => {
    // Nothing is armed by what is posted meanwhile: this looks again, or arms, when it is through.
    this.#looking = true;
    let delivered = 1;
    try {
      this.#batch.begin();
      delivered = this.drain();
      this.#batch.end(delivered);
    } finally {
      this.#looking = false;
      // Whatever a delivery throws, the others are not left lying.
      if (delivered > 0) this.#lookSoon();
    }
    if (delivered > 0) return;
    if (this.#holds === 0 && this.#handleRef) {
      this.#handleRef = false;
      this.#handle?.unref();
    }
    if (this.#isExpecting()) this.#arm();
    else this.#tidySoon();
  };

  #isExpecting(): boolean {
    return this.#channels.some((channel) => channel.expecting);
  }

  #retract(number: number): void {
    for (const channel of this.#channels) channel.retract(number);
    this.#tidySoon();
  }

  /** Once, when nothing has been going on for a while; it does not keep the program running. */
  #tidySoon(): void {
    if (this.#tidying) return;
    if (!this.blocks.untidy && !this.#channels.some((channel) => channel.untidy)) return;
    this.#tidying = true;
    setTimeout(this.#tidy, TIDY_MS).unref();
  }

  #tidy = (): void => {
    this.#tidying = false;
    // Otherwise the next rest asks again.
    if (this.#isExpecting()) return;
    this.blocks.tidy();
    for (const channel of this.#channels) channel.tidy();
  };

  #lookSoon(): void {
    if (this.#looking) return;
    this.#looking = true;
    setImmediate(this.#look);
  }

  #arm(): void {
    const rings = arm(shared, this.#words);
    if (this.#anyReady()) {
      disarm(shared, this.#words);
      this.#lookSoon();
      return;
    }
    this.#armed = true;
    if (this.#waiting) return;
    this.#waiting = true;
    whenNotified(this.#words, RINGS, rings, this.#wake);
  }

  #wake = (): void => {
    this.#waiting = false;
    this.#armed = false;
    if (!this.#looking) this.#look();
  };

  #anyReady(): boolean {
    for (const channel of this.#channels) if (channel.ready) return true;
    return false;
  }
}
