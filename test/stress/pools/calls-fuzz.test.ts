import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CALLING, checkCalls } from './calls.ts';
import { round, type Kind } from './fuzz.ts';
import { children } from './leftovers.ts';
import { seededRounds } from './seeded-rounds.ts';

describe('callbacks under random work, cancellation, loss and closing', () => {
  for (const kind of ['thread', 'process'] satisfies Kind[]) {
    it(`every call of a ${kind} pool ends with its job, and every job is right`, async (t) => {
      let [jobs, calls] = [0, 0];
      const { seed, rounds } = await seededRounds(t, 6_000, async (next) => {
        jobs += await round(kind, next, [...CALLING, ...CALLING]);
        calls += await checkCalls();
      });
      t.diagnostic(`seed ${seed}: ${calls} calls of ${jobs} jobs in ${rounds} pools`);
      assert.deepEqual(children(), [], 'no child is left');
    });
  }
});
