import assert from 'node:assert/strict';
import type { Executor } from 'offloop';
import { isDocumented } from './documented.ts';
import type { Kind } from './fuzz.ts';
import type { Random } from '../../fixtures/random.ts';

interface Item {
  readonly index: number;
  readonly deadly: boolean;
  /** Counts how often each item was run; threads only. */
  readonly ran: Int32Array | undefined;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** A map over items of which some end their worker, and what came of it. */
export interface Mapped {
  readonly items: readonly Item[];
  readonly outcomes: Outcome[];
  readonly ordered: boolean;
  readonly mayRunTwice: boolean;
  readonly ended: Promise<void>;
}

const run = ({ index, deadly, ran }: Item): number => {
  if (ran !== undefined) Atomics.add(ran, index, 1);
  if (deadly) process.exit(5);
  return index;
};

export function mapSome(pool: Executor, kind: Kind, random: Random): Mapped {
  const count = 1 + random.below(40);
  const ran = kind === 'thread' ? new Int32Array(new SharedArrayBuffer(4 * count)) : undefined;
  const items = Array.from({ length: count }, (_, index): Item => ({ index, deadly: random.chance(0.05), ran }));
  const retries = random.below(2);
  const ordered = random.chance(0.7);
  const options = { ordered, ...(random.chance(0.5) && { chunkSize: 1 + random.below(20) }) };
  const outcomes: Outcome[] = [];
  const results = pool.with({ retries }).map(run, items, options);
  const stopAfter = random.chance(0.3) ? random.below(count) : count;
  return { items, outcomes, ordered, mayRunTwice: retries > 0, ended: collect(results, outcomes, stopAfter) };
}

async function collect(results: AsyncIterator<unknown>, outcomes: Outcome[], stopAfter: number): Promise<void> {
  while (outcomes.length < stopAfter) {
    try {
      const { done, value } = await results.next();
      if (done === true) return;
      outcomes.push({ value });
    } catch (error) {
      outcomes.push({ error });
    }
  }
  await results.return?.();
}

export function checkMap({ items, outcomes, ordered, mayRunTwice }: Mapped): void {
  const seen = new Set<unknown>();
  for (const [i, outcome] of outcomes.entries()) {
    if ('error' in outcome)
      assert.ok(isDocumented(outcome.error), `an item of a map ended with ${String(outcome.error)}`);
    else {
      assert.ok(!seen.has(outcome.value), `item ${String(outcome.value)} came twice`);
      seen.add(outcome.value);
      if (ordered) assert.equal(outcome.value, i, 'in order');
    }
  }
  for (const { index, ran } of items) {
    const times = ran === undefined ? 0 : Atomics.load(ran, index);
    assert.ok(mayRunTwice || times <= 1, `item ${index} was run ${times} times`);
  }
}
