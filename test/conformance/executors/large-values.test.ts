import assert from 'node:assert/strict';
import { transfer } from 'offloop';
import { describeExecutors, it } from './describe-executors.ts';

const MEGABYTE = 1 << 20;

/** Slow enough for jobs to be taken back from behind it, fast enough for them to be handed over early. */
const ends = (bytes: Uint8Array, spin: number): number => {
  for (let i = 0; i < spin; i++) Math.sqrt(i);
  return bytes.length + (bytes[0] as number) + (bytes.at(-1) as number);
};

describeExecutors('large values', (executor) => {
  for (const how of ['copied', 'transferred'] as const) {
    it(`three hundred megabytes ${how}, eight at a time among long and short jobs, all arrive whole`, async (t) => {
      const pool = executor.open(t, { maxWorkers: 2 });
      const send = async (index: number): Promise<void> => {
        const bytes = new Uint8Array(MEGABYTE).fill(index % 250);
        const argument = how === 'copied' ? bytes : transfer(bytes, [bytes.buffer]);
        const sum = await pool.submit(ends, argument, index % 7 === 0 ? 2_000_000 : 10);
        assert.equal(sum, MEGABYTE + 2 * (index % 250));
      };
      const small = Array.from({ length: 2_000 }, (_, index) => pool.submit((x: number) => x, index));
      let next = 0;
      const lane = async (): Promise<void> => {
        while (next < 300) await send(next++);
      };
      await Promise.all(Array.from({ length: 8 }, lane));
      assert.equal((await Promise.all(small)).at(-1), 1_999);
    });
  }
});
