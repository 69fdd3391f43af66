/**
 * One word of shared memory that counts the messages a worker has sent, so that a thread that must not return to its
 * event loop can still wait for one: read, take what is there, sleep while the count stands still.
 *
 * The worker posts first and counts after, so a count seen means its message can be taken.
 */
export class ReplyCounter {
  readonly words: Int32Array;

  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer(4))) {
    this.words = words;
  }

  /** Worker: one more message was sent. */
  count(): void {
    Atomics.add(this.words, 0, 1);
    Atomics.notify(this.words, 0);
  }

  /**
   * Pool: blocks this thread until `drain` has passed something on, for at most `timeout` ms. Whatever is counted
   * between reading the count and going to sleep wakes it at once.
   */
  waitFor(drain: () => number, timeout: number): void {
    const seen = Atomics.load(this.words, 0);
    if (drain() === 0) Atomics.wait(this.words, 0, seen, timeout);
  }
}
