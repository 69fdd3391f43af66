/**
 * The fair queue under every primitive of `sync/`, after trio's ParkingLot: first come, first served, no barging.
 *
 * A wait is parked, then granted, then delivered. Granting and delivering are two steps, because between them the
 * waiter can be cancelled: a granted wait that is cancelled hands its grant back (`handBack`), and the next in line
 * gets it. Nothing is lost and nothing is given twice. Delivery comes when the microtasks that are due have run, so
 * that "release, then cancel the waiter" in one go counts as cancelled, as it does on asyncio's loop. What is
 * delivered stays delivered: the cancellation is then seen at the next wait.
 */
import { awaitsTurn, fairTurn, handedOver } from './fair-turn.ts';
import type { Scope } from './scope.ts';
import { Wait, type WaitKind, type WaitOptions } from './wait.ts';

export interface WaitQueueOptions<T> {
  /** For reports: what is waited for. */
  readonly describe: () => string;
  /** Ends a granted wait with `wait.resolve(…)`. May put it back with `queue.putBack(wait)` if another was faster. */
  readonly deliver: (wait: Wait<T>) => void;
  /** A granted wait was cancelled: give the grant to the next, or put it back. */
  readonly handBack: () => void;
}

const PARKED = 0;
const GRANTED = 1;
const GONE = 2;

const QUEUED: WaitKind = {
  describe: (wait) => (wait.subject as WaitQueue<unknown>).describe(),
  withdraw: (wait) => (wait.subject as WaitQueue<unknown>).withdraw(wait),
};

export class WaitQueue<T> {
  readonly #options: WaitQueueOptions<T>;
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
    if (last === undefined) this.#first = wait;
    else last.nextInLine = wait;
    this.#last = wait;
    this.size++;
    return wait;
  }

  /** Grants to the first in line. False when nobody waits. */
  grant(): boolean {
    const wait = this.#first;
    if (wait === undefined) return false;
    this.#unlink(wait);
    wait.state = GRANTED;
    this.granted++;
    if (wait.kind.granted === undefined) deliverSoon(wait);
    else wait.kind.granted(wait);
    return true;
  }

  /** Grants to everybody who waits now. */
  grantAll(): void {
    while (this.grant());
  }

  /** Puts a granted wait that could not be delivered back, before all others. */
  putBack(wait: Wait<T>): void {
    wait.state = PARKED;
    const first = this.#first;
    wait.nextInLine = first;
    wait.previousInLine = undefined;
    if (first === undefined) this.#last = wait;
    else first.previousInLine = wait;
    this.#first = wait;
    this.size++;
  }

  /** Ends every wait that has not been delivered with an error. Grants are not handed back. */
  rejectAll(error: () => unknown): void {
    while (this.#first !== undefined) {
      const wait = this.#first;
      this.#unlink(wait);
      wait.state = GONE;
      wait.reject(error());
    }
  }

  withdraw(wait: Wait<T>): void {
    const { state } = wait;
    wait.state = GONE;
    if (state === PARKED) this.#unlink(wait);
    else if (state === GRANTED) {
      this.granted--;
      this.#options.handBack();
    }
  }

  describe(): string {
    return this.#options.describe();
  }

  /** For delivery only. */
  deliver(wait: Wait<T>): void {
    if (wait.state !== GRANTED) return;
    this.granted--;
    this.#options.deliver(wait);
    if (wait.settled) wait.state = GONE;
  }

  #unlink(wait: Wait<T>): void {
    const { nextInLine, previousInLine } = wait as {
      nextInLine: Wait<T> | undefined;
      previousInLine: Wait<T> | undefined;
    };
    if (previousInLine === undefined) this.#first = nextInLine;
    else previousInLine.nextInLine = nextInLine;
    if (nextInLine === undefined) this.#last = previousInLine;
    else nextInLine.previousInLine = previousInLine;
    wait.nextInLine = wait.previousInLine = undefined;
    this.size--;
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
