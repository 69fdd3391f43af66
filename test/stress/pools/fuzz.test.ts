import { describe, it } from 'node:test';
import { round, warmUp, type Kind } from './fuzz.ts';
import { leftovers, noneButThose } from './leftovers.ts';
import { seededRounds } from './seeded-rounds.ts';

describe('pools under random work, cancellation, loss and closing', () => {
  for (const kind of ['thread', 'process'] satisfies Kind[]) {
    it(`every future of a ${kind} pool ends exactly once, and nothing is left behind`, async (t) => {
      await warmUp(kind);
      const before = leftovers();
      let jobs = 0;
      const { seed, rounds } = await seededRounds(t, 6_000, async (next) => {
        jobs += await round(kind, next);
      });
      t.diagnostic(`seed ${seed}: ${jobs} jobs in ${rounds} pools`);
      await noneButThose(before);
    });
  }
});
