import assert from 'node:assert/strict';
import { describeExecutors, it } from './describe-executors.ts';
import { collect, range } from './results.ts';

interface Counted {
  readonly config: { seen: number };
}

function count({ config }: Counted): number {
  config.seen += 1;
  return config.seen;
}

function fillOnce(bytes: Uint8Array): number {
  const before = bytes[0] as number;
  bytes.fill(before + 1);
  return before;
}

describeExecutors('items of one chunk', (executor) => {
  it('do not see what others did to an object they have in common', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const config = { seen: 0 };
    const items = range(40).map(() => ({ config }));
    assert.deepEqual(
      await collect(pool.map(count, items, { chunkSize: 20 })),
      range(40).map(() => 1),
    );
    const one: Counted = { config };
    const same = range(40).map(() => one);
    assert.deepEqual(
      await collect(pool.map(count, same, { chunkSize: 20 })),
      range(40).map(() => 1),
    );
    assert.equal(config.seen, 0);
  });

  for (const bytes of [10, 100_000]) {
    it(`do not see what others did to ${bytes} bytes they have in common`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      for (const shared of [new Uint8Array(bytes), Buffer.from(new Uint8Array(bytes))]) {
        const items: Uint8Array[] = range(10).map(() => shared);
        assert.deepEqual(
          await collect(pool.map(fillOnce, items, { chunkSize: 5 })),
          range(10).map(() => 0),
        );
      }
    });
  }

  it('keep what an item has in common with itself, however large', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    const parts = range(20).map((id) => ({ id }));
    const items = range(6).map(() => ({ parts, all: new Set(parts), self: parts[7] }));
    const holds = (item: (typeof items)[number]): boolean =>
      item.parts.every((part) => item.all.has(part)) && item.parts[7] === item.self;
    assert.deepEqual(
      await collect(pool.map(holds, items, { chunkSize: 3 })),
      range(6).map(() => true),
    );
  });

  for (const length of [3, 30]) {
    it(`are still those of a list of ${length} that the function captured`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 1 });
      const nodes = range(length).map((id) => ({ id }));
      const indexOf = (node: { id: number }): number => nodes.indexOf(node);
      assert.deepEqual(await collect(pool.map(indexOf, nodes, { chunkSize: length })), range(length));
    });
  }
});
