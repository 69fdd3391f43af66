import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import {
  createTask,
  Future,
  gather,
  moveOnAfter,
  run,
  shield,
  sleep,
  taskGroup,
  timeout,
  waitFor,
  type Task,
} from 'offloop';
import { Random } from '../../fixtures/random.js';

const ROUNDS = Number(process.env['OFFLOOP_FUZZ_ROUNDS'] ?? 1_000);
const SEED = Number(process.env['OFFLOOP_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

/** Tasks that await each other in every way there is, in circles too; who awaits whom is up to the seed. */
class Web {
  readonly random: Random;
  readonly tasks: Task[] = [];
  readonly #awaited = new Map<number, number[]>();

  constructor(seed: number) {
    this.random = new Random(seed);
    const size = 1 + this.random.below(6);
    for (let index = 0; index < size; index++) this.#awaited.set(index, []);
    for (let index = 0; index < size; index++) {
      const await_ = this.#await(index, 3);
      this.tasks.push(createTask(this.random.chance(0.3) ? () => this.#cleanUpAfter(await_) : await_));
    }
  }

  /** The task and what it awaits, and what that awaits. */
  under(root: number): Task[] {
    const found = new Set([root]);
    for (const index of found) for (const next of this.#awaited.get(index) ?? []) found.add(next);
    return [...found].map((index) => this.tasks[index] as Task);
  }

  async #cleanUpAfter(fn: () => Promise<unknown>): Promise<void> {
    try {
      await fn();
    } finally {
      await shield(() => sleep(0));
    }
  }

  /** A way for the task at `index` to wait, made in advance, so that the seed alone decides. */
  #await(index: number, depth: number): () => Promise<unknown> {
    const kind = this.random.below(depth === 0 ? 3 : 9);
    if (kind === 0) return () => sleep(Infinity);
    if (kind <= 2) return this.#awaitAnother(index);
    const first = this.#await(index, depth - 1);
    if (kind === 3) return () => timeout(60_000, first);
    if (kind === 4) return () => waitFor(createTask(first), 60_000);
    if (kind === 5) return () => gather([new Future(), createTask(first)], { failFast: true }).result();
    const inner = [first, this.#await(index, depth - 1)];
    if (kind === 6) return () => gather(inner).result();
    if (kind === 7) return () => Promise.all(inner.map((fn) => fn()));
    return () =>
      taskGroup(async (tg) => {
        for (const fn of inner) tg.createTask(fn);
      });
  }

  #awaitAnother(index: number): () => Promise<unknown> {
    const other = this.random.below(this.#awaited.size);
    // One that awaits itself is told that it must not.
    if (other === index) return () => sleep(Infinity);
    this.#awaited.get(index)?.push(other);
    return () => (this.tasks[other] as Task).result();
  }
}

async function round(seed: number): Promise<void> {
  const web = new Web(seed);
  // All wait: one that had not come to its wait would not pass the cancellation on.
  for (let turn = 0; turn < 5; turn++) await sleep(0);
  const root = web.random.below(web.tasks.length);
  const expected = web.under(root);
  if (web.random.chance(0.5)) (web.tasks[root] as Task).cancel();
  else {
    const block = moveOnAfter(0, async () => await web.tasks[root]);
    await block;
  }
  for (let turn = 0; turn < 40; turn++) await sleep(0);
  const left = expected.filter((task) => !task.done()).map((task) => inspect(task));
  assert.deepEqual(left, [], `OFFLOOP_FUZZ_SEED=${seed}: not all ended`);
  for (const task of web.tasks) task.cancel();
  await gather(web.tasks, { returnExceptions: true });
}

describe('tasks that await each other, in circles too', () => {
  it('all end when one of them is cancelled, or the scope that awaits it', async () => {
    await run(
      async () => {
        for (let index = 0; index < ROUNDS; index++) await timeout(10_000, () => round(SEED + index));
      },
      { signals: false },
    );
  });
});
