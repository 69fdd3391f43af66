import type { LaneWriter } from './lane.ts';
import type { SharedMemories } from './shared-memories.ts';

/** Which shared memory one worker knows by number, and what it need not know any more. */
export class ShownMemories {
  readonly #memories: SharedMemories;
  readonly #requests: LaneWriter;
  readonly #shown = new Set<number>();
  #retracted: number[] = [];

  constructor(memories: SharedMemories, requests: LaneWriter) {
    this.#memories = memories;
    this.#requests = requests;
  }

  /** Whether there is something that the worker should be told. */
  get untidy(): boolean {
    return this.#retracted.length > 0;
  }

  /** Sees to it that the worker knows these when it reads the next message. */
  show(memories: readonly SharedArrayBuffer[]): void {
    for (const memory of memories) {
      const number = this.#memories.numberOf(memory);
      if (this.#shown.has(number)) continue;
      this.#shown.add(number);
      this.sayRetracted();
      this.#requests.show(number, memory);
    }
  }

  /** The memory of this number was collected here. */
  retract(number: number): void {
    if (this.#shown.delete(number)) this.#retracted.push(number);
  }

  /** Tells the worker, with the next message, what is gone. */
  sayRetracted(): void {
    if (this.#retracted.length === 0) return;
    this.#requests.retract(this.#retracted);
    this.#retracted = [];
  }
}
