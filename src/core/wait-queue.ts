/**
 * The fair queue under every primitive of `sync/`, after trio's ParkingLot: first come, first served, no barging.
 *
 * A wait is parked, then granted, then delivered. Granting and delivering are two steps, because between them the
 * waiter can be cancelled: a granted wait that is cancelled hands its grant back (`handBack`), and the next in line
 * gets it. Nothing is lost and nothing is given twice. A grant can be recalled too, the latest first, so that those who are
 * granted something are always the first in line. Delivery comes when the microtasks that are due have run, so
 * that "release, then cancel the waiter" in one go counts as cancelled, as it does on asyncio's loop. What is
 * delivered stays delivered: the cancellation is then seen at the next wait.
 */
import { awaitsTurn, fairTurn, handedOver } from './fair-turn.ts';
import type { Scope } from './scope.ts';
import { Wait, type WaitKind, type WaitOptions } from './wait.ts';

export interface WaitQueueOptions<T> {
  /** For reports: what is waited for. */
  readonly describe: () => string;
  /** Ends a granted wait with `wait.resolve(…)` or `wait.reject(…)`. */
  readonly deliver: (wait: Wait<T>) => void;
  /** A granted wait was cancelled: give the grant to the next, or put it back. */
  readonly handBack: () => void;
}

const PARKED = 0;
const GRANTED = 1;
const GONE = 2;
/** Parked again, while the delivery of its grant is still due. */
const RECALLED = 3;

const QUEUED: WaitKind = {
  describe: (wait) => (wait.subject as WaitQueue<unknown>).describe(),
  withdraw: (wait) => (wait.subject as WaitQueue<unknown>).withdraw(wait),
};

export class WaitQueue<T> {
  readonly #options: WaitQueueOptions<T>;
  /** Of those who are parked; before it in the line are those who were granted something. */
  #first: Wait<T> | undefined = undefined;
  #last: Wait<T> | undefined = undefined;
  /** Parked, not granted. */
  size = 0;
  /** Granted, not delivered. */
  granted = 0;

  constructor(options: WaitQueueOptions<T>) {
    this.#options = options;
  }

  /** Parks at the end of the line. The caller has passed the checkpoint. */
  park(scope: Scope | undefined, options: WaitOptions | undefined, kind: WaitKind = QUEUED): Wait<T> {
    const wait = new Wait<T>(kind, this, scope, options);
    const last = this.#last;
    wait.previousInLine = last;
    if (last !== undefined) last.nextInLine = wait;
    this.#first ??= wait;
    this.#last = wait;
    this.size++;
    return wait;
  }

  /** Grants to the first in line. False when nobody waits. */
  grant(): boolean {
    const wait = this.#first;
    if (wait === undefined) return false;
    this.#first = wait.nextInLine as Wait<T> | undefined;
    this.size--;
    this.granted++;
    const due = wait.state === RECALLED;
    wait.state = GRANTED;
    if (due) return true;
    if (wait.kind.granted === undefined) deliverSoon(wait);
    else wait.kind.granted(wait);
    return true;
  }

  /** Grants to everybody who waits now. */
  grantAll(): void {
    while (this.grant());
  }

  /** Takes the latest grant back: somebody else was faster. Its wait is the first in line again. Only when there is one. */
  recall(): void {
    const wait = (this.#first === undefined ? this.#last : this.#first.previousInLine) as Wait<T>;
    wait.state = RECALLED;
    this.#first = wait;
    this.granted--;
    this.size++;
  }

  /** Ends every wait that has not been granted anything with an error. */
  rejectAll(error: () => unknown): void {
    while (this.#first !== undefined) {
      const wait = this.#first;
      this.#leave(wait);
      wait.reject(error());
    }
  }

  withdraw(wait: Wait<T>): void {
    const granted = wait.state === GRANTED;
    this.#leave(wait);
    if (granted) this.#options.handBack();
  }

  describe(): string {
    return this.#options.describe();
  }

  /** For delivery only. */
  deliver(wait: Wait<T>): void {
    if (wait.state === RECALLED) wait.state = PARKED;
    if (wait.state !== GRANTED) return;
    this.#leave(wait);
    this.#options.deliver(wait);
  }

  #leave(wait: Wait<T>): void {
    if (wait.state === GRANTED) this.granted--;
    else this.size--;
    wait.state = GONE;
    const { nextInLine, previousInLine } = wait as {
      nextInLine: Wait<T> | undefined;
      previousInLine: Wait<T> | undefined;
    };
    if (this.#first === wait) this.#first = nextInLine;
    if (previousInLine !== undefined) previousInLine.nextInLine = nextInLine;
    if (nextInLine === undefined) this.#last = previousInLine;
    else nextInLine.previousInLine = previousInLine;
    wait.nextInLine = wait.previousInLine = undefined;
  }
}

let due: Wait[] = [];

function deliverSoon(wait: Wait): void {
  if (due.length === 0) {
    if (awaitsTurn()) void fairTurn().then(deliverInTick);
    else deliverInTick();
  }
  due.push(wait);
}

function deliverInTick(): void {
  // A tick, not a microtask: ticks come when the microtasks that are due have run.
  process.nextTick(deliverDue);
}

function deliverDue(): void {
  const waits = due;
  due = [];
  handedOver(waits.length);
  for (const wait of waits) (wait.subject as WaitQueue<unknown>).deliver(wait);
}
