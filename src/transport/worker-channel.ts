import { performance } from 'node:perf_hooks';
import { sharedOperations as shared, whenNotified } from './atomics.ts';
import { Decoder } from './codec.ts';
import type { MakeCallback } from './codec-reader.ts';
import { offerRequestRoom, park, ringParent, unpark } from './doorbell.ts';
import type { ResolveClass } from './error-shape.ts';
import { LaneReader, lanePlace } from './lane.ts';
import * as layout from './layout.ts';
import { CONTROL, LATER, TRIM, type ChannelData, type Request, type RequestHandler } from './protocol.ts';
import { Patience } from './patience.ts';
import { releasePrivateMemory } from './private-memory.ts';
import { ReplySender } from './reply-sender.ts';
import { clearInterval, queueMicrotask, setImmediate, setInterval } from './own-timers.ts';

/** How long requests are handled, one after the other, before timers and sockets of the worker get their turn. */
const TURN_MS = 4;
/** How long an idle worker blocks after a request, in case the next one comes soon. */
const PARK_MS = 1;
/** Looks at the ring between two at the clock. */
const LOOKS = 16;
const LONGEST_TIMER_MS = 0x7fffffff;
const pause: (() => void) | undefined = (Atomics as unknown as { pause?: () => void }).pause;

/**
 * The worker's end of the channel.
 *
 * Its loop: handle requests; when there is none, look for some microseconds; then leave the stack once, so that
 * microtasks, timers and sockets get their turn; block for at most `PARK_MS`; then go back to the event loop,
 * armed with `Atomics.waitAsync`, which costs nothing while nothing comes. It never blocks while a request is
 * being worked on asynchronously.
 */
export class WorkerChannel {
  /** How many requests may be begun and not answered. */
  limit = 1;
  readonly #words: Int32Array;
  readonly #doorbell: Int32Array;
  readonly #requests: LaneReader;
  readonly #replies: ReplySender;
  readonly #decoder: Decoder;
  #handler: RequestHandler | undefined;
  #unanswered = 0;
  #cancels = 0;
  /** `CANCELS` as the handler knows them. */
  readonly #delivered = new Int32Array(layout.CANCELS_MASK + 1);
  #turnEnd = 0;
  readonly #patience = new Patience();
  #running = false;
  #yielding = false;
  #parking = false;
  #waiting = false;
  #handle: NodeJS.Timeout | undefined;

  constructor(data: ChannelData, resolveClass?: ResolveClass, makeCallback?: MakeCallback) {
    this.#words = new Int32Array(data.block);
    this.#doorbell = new Int32Array(data.doorbell);
    this.#requests = new LaneReader(lanePlace(data.block, layout.REQUESTS, data.port), shared);
    this.#replies = new ReplySender(lanePlace(data.block, layout.REPLIES, data.port), this.#doorbell);
    this.#decoder = new Decoder(resolveClass, this.#requests.memories, makeCallback);
  }

  /** Handles requests from now on, and keeps the worker alive, until `close`. */
  run(handler: RequestHandler): void {
    this.#handler = handler;
    this.#handle = setInterval(() => {}, LONGEST_TIMER_MS);
    process.once('exit', this.#exited);
    this.#yield();
  }

  /** Ends the loop after the request that is being handled. The worker can exit then. */
  close(): void {
    this.#handler = undefined;
    clearInterval(this.#handle);
    process.off('exit', this.#exited);
  }

  /** Whether the parent asked for this request to stop. Cheap, and works in a loop that never yields. */
  cancelRequested(ticket: number): boolean {
    return shared.load(this.#words, layout.CANCELS + (ticket & layout.CANCELS_MASK)) === ticket;
  }

  /** Answers a request for good. A value that cannot be sent becomes the failure that says so. */
  settle(ticket: number, value: unknown, transfer?: readonly object[]): void {
    this.#answered();
    this.#replies.value(ticket, value, transfer);
  }

  /** Answers with an array made by us, such as the results of a chunk: no look for holes and named properties. */
  settleList(ticket: number, values: readonly unknown[], transfer?: readonly object[]): void {
    this.#answered();
    this.#replies.value(ticket, values, transfer, 'array');
  }

  /** Answers a request with what was thrown. */
  fail(ticket: number, thrown: unknown): void {
    this.#answered();
    this.#replies.failure(ticket, thrown);
  }

  /**
   * Sends something about a request that goes on: a part of a result, progress.
   * @throws SerializationError
   */
  emit(ticket: number, kind: number, value: unknown, transfer?: readonly object[]): void {
    this.#replies.part(ticket, kind, value, transfer);
  }

  /** Replies that wait because the parent does not read them. A generator should wait too. */
  get backlog(): number {
    return this.#replies.backlog;
  }

  /** Ticket of the request begun last; that of the one whose values are being read. */
  get current(): number {
    return this.#words[layout.RUNNING] as number;
  }

  /** Sends replies that wait, as far as there is room: for a thread that is not going back to its loop. */
  flush(): void {
    this.#replies.flush();
  }

  #answered(): void {
    this.#unanswered -= 1;
    if (!this.#running) queueMicrotask(this.#turn);
  }

  /** Handles requests until there is none, or until the event loop must have its turn. */
  #turn = (): void => {
    if (this.#running || this.#handler === undefined) return;
    this.#running = true;
    try {
      unpark(shared, this.#words);
      if (this.#work()) {
        this.#yield();
      } else {
        offerRequestRoom(shared, this.#words, this.#doorbell);
        this.#parkSoon();
      }
    } finally {
      this.#running = false;
    }
  };

  /** True when it stopped for the sake of the event loop. */
  #work(): boolean {
    let sinceClock = 0;
    let stride = 32;
    let clock = performance.now();
    // Set anew by each turn of the event loop; answers in microtasks go on in the same.
    if (this.#turnEnd === 0) this.#turnEnd = clock + TURN_MS;
    else if (clock > this.#turnEnd) return true;
    this.#deliverCancels();
    if (this.#claimable() !== -1) this.#patience.end(clock);
    for (;;) {
      if (this.#step()) {
        sinceClock += 1;
        if (sinceClock < stride) continue;
        const now = performance.now();
        if (now > this.#turnEnd) return true;
        // Long requests: look at the clock after each.
        stride = (now - clock) / sinceClock > 0.1 ? 1 : 32;
        sinceClock = 0;
        clock = now;
        this.#deliverCancels();
      } else {
        if (!this.#look()) return false;
        this.#patience.end(performance.now());
      }
    }
  }

  /** Handles one request, if there is one that may be begun. */
  #step(): boolean {
    if (this.#replies.backlog > 0) this.#replies.flush();
    const next = this.#claimable();
    if (next === -1) return false;
    const slot = this.#requests.ring.claim(this.#requests.discard);
    if (slot !== -1) this.#handleSlot(slot);
    return slot !== -1;
  }

  /** A slot that may be claimed now, or -1. */
  #claimable(): number {
    const slot = this.#requests.ring.peek(this.#requests.discard);
    if (slot === -1 || this.#handler === undefined) return -1;
    if (this.#unanswered < this.limit && this.#replies.backlog === 0) return slot;
    return ((this.#words[slot + layout.HEAD] as number) & (CONTROL << 8)) === 0 ? -1 : slot;
  }

  #handleSlot(slot: number): void {
    const words = this.#words;
    const ticket = words[slot + layout.TICKET] as number;
    const head = words[slot + layout.HEAD] as number;
    const target = words[slot + layout.TARGET] as number;
    const flags = (head >> 8) & 0xff;
    words[layout.RUNNING] = ticket;
    this.#unanswered += 1;
    let values: unknown[];
    try {
      this.#requests.open(slot);
      values = this.#decoder.decodeList(this.#requests.source, this.#requests.position, this.#requests.attachments);
    } catch (error) {
      this.#requests.close();
      this.#requests.ring.release(slot);
      this.fail(ticket, error);
      return;
    }
    this.#requests.close();
    this.#requests.ring.release(slot);
    if ((flags & TRIM) !== 0) this.#trim(ticket);
    else this.#call({ ticket, kind: head & 0xff, target, flags, values });
  }

  #call(request: Request): void {
    let value: unknown;
    try {
      value = (this.#handler as RequestHandler).request(request);
    } catch (error) {
      this.fail(request.ticket, error);
      return;
    }
    if (value !== LATER) this.settle(request.ticket, value);
  }

  #trim(ticket: number): void {
    this.#answered();
    releasePrivateMemory();
    this.#replies.trimmed(ticket);
  }

  #deliverCancels(): void {
    const count = shared.load(this.#words, layout.CANCEL_COUNT);
    if (count === this.#cancels) return;
    this.#cancels = count;
    for (let index = 0; index <= layout.CANCELS_MASK; index += 1) {
      const ticket = shared.load(this.#words, layout.CANCELS + index);
      if (ticket === this.#delivered[index]) continue;
      this.#delivered[index] = ticket;
      this.#handler?.cancel?.(ticket);
    }
  }

  /** Looks at the ring for a while; true when something came. */
  #look(): boolean {
    if (this.#unanswered > 0 || this.#replies.backlog > 0) return false;
    const most = shared.load(this.#words, layout.PATIENCE);
    if (most === 0) return false;
    const end = this.#patience.begin(most / 1000);
    do {
      for (let count = 0; count < LOOKS; count += 1) {
        if (this.#requests.ring.peek(this.#requests.discard) !== -1) return true;
        pause?.();
      }
    } while (performance.now() < end);
    return false;
  }

  #yield(): void {
    if (this.#yielding) return;
    this.#yielding = true;
    setImmediate(this.#resume);
  }

  #resume = (): void => {
    this.#yielding = false;
    this.#turnEnd = 0;
    this.#turn();
  };

  #parkSoon(): void {
    if (this.#parking || this.#yielding || this.#handler === undefined) return;
    this.#parking = true;
    setImmediate(this.#park);
  }

  /** Runs with nothing else waiting on this thread: the only place where it may block. */
  #park = (): void => {
    this.#parking = false;
    if (this.#running || this.#yielding || this.#handler === undefined) return;
    const words = this.#words;
    park(shared, words);
    if (this.#mustNotSleep()) {
      this.#resume();
      return;
    }
    if (this.#unanswered === 0 && this.#replies.backlog === 0) {
      shared.wait(words, layout.BELL, layout.PARKED, PARK_MS);
      if (shared.load(words, layout.BELL) === layout.AWAKE) {
        this.#resume();
        return;
      }
    }
    if (this.#waiting) return;
    this.#waiting = true;
    whenNotified(words, layout.BELL, layout.PARKED, this.#wake);
  };

  #mustNotSleep(): boolean {
    if (this.#claimable() !== -1) return true;
    if (shared.load(this.#words, layout.CANCEL_COUNT) !== this.#cancels) return true;
    return this.#replies.wantsRoom();
  }

  #wake = (): void => {
    this.#waiting = false;
    this.#resume();
  };

  #exited = (): void => {
    shared.store(this.#words, layout.EXITED, 1);
    ringParent(shared, this.#doorbell);
  };
}
