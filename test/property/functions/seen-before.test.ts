import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { ThreadPoolExecutor } from 'offloop';

type Closure = (x: number) => unknown;
interface Scope {
  readonly closures: readonly Closure[];
  readonly changes: readonly ((x: number) => void)[];
}

/** Closures over one scope, and everything that can happen to what they capture between two submissions. */
function makeScope(constant: number, text: string): Scope {
  let assigned = 0;
  const list: number[] = [];
  const record: { n: number; inner: { m: number } } = { n: 0, inner: { m: 0 } };
  const frozen = Object.freeze({ list });
  const table = new Map<string, number>();
  const add = (
    (n: number) =>
    (x: number): number =>
      x + n
  )(constant);
  const sum = (
    (numbers: readonly number[]) =>
    (x: number): number =>
      numbers.reduce((a, b) => a + b, x)
  )(list);
  const late = (
    () => () =>
      assigned
  )();
  return {
    closures: [
      (x) => [x, constant, text],
      (x) => [x, assigned],
      (x) => [x, assigned, constant],
      (x) => [list.push(x), list],
      (x) => {
        record.n += x;
        record.inner.m += 1;
        return record;
      },
      (x) => [frozen.list.length + x],
      (x) => [...table.set('job', x)],
      (x) => add(x),
      (x) => sum(x),
      (x) => [late(), x],
      add,
      sum,
    ],
    changes: [
      (x) => void (assigned = x),
      (x) => void list.push(x),
      () => void list.splice(0),
      (x) => void (record.inner.m = x),
      (x) => void (record.inner = { m: -x }),
      (x) => void table.set(`${x}`, x),
    ],
  };
}

const SCOPE = makeScope(0, '');
const step = fc.record({
  scope: fc.nat({ max: 2 }),
  // Submissions of the same few functions are what matters.
  submit: fc.boolean(),
  which: fc.nat({ max: 99 }),
  x: fc.integer({ min: -9, max: 9 }),
});

/**
 * A function that comes again may be kept by its worker; it must still see every change that the program made since, and
 * none that an earlier job made.
 */
describe('a closure submitted again and again', () => {
  let pool: ThreadPoolExecutor;
  before(() => {
    pool = new ThreadPoolExecutor({ maxWorkers: 2 });
  });
  after(() => pool.shutdown());

  it('gives what a call on copies of its variables would have given at that moment', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const scopes = [makeScope(1, 'one'), makeScope(2, 'two'), makeScope(NaN, '')];
        // The same steps on scopes that are made anew for each call, so that no call changes what the next one sees.
        const history: { scope: number; which: number; x: number }[] = [];
        const replay = (index: number): Scope => {
          const made = makeScope([1, 2, NaN][index] as number, ['one', 'two', ''][index] as string);
          for (const { scope, which, x } of history) if (scope === index) made.changes[which]?.(x);
          return made;
        };
        const expected: unknown[] = [];
        const results: PromiseLike<unknown>[] = [];
        for (const { scope, submit, which, x } of steps) {
          if (submit) {
            const at = which % SCOPE.closures.length;
            results.push(pool.submit((scopes[scope] as Scope).closures[at] as Closure, x));
            expected.push(replay(scope).closures[at]?.(x));
          } else {
            const at = which % SCOPE.changes.length;
            scopes[scope]?.changes[at]?.(x);
            history.push({ scope, which: at, x });
          }
        }
        assert.deepEqual(await Promise.all(results), expected);
      }),
      { numRuns: 120 },
    );
  });
});
