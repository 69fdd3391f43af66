import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it as nodeIt } from 'node:test';
import { run, type PoolOptions } from 'offloop';
import { describeExecutors, it } from '../executors/describe-executors.ts';
import { ENTRIES } from './entries.ts';
import { constructorEntry, limitsEntry, methodEntries } from './executor-entries.ts';
import {
  refusesBadValues,
  refusesUnknownNames,
  refusesWhatHoldsNoOptions,
  takesUndefined,
  type Entry,
} from './refusals.ts';

const CHECKS = [
  ['unknown names are refused', refusesUnknownNames],
  ['what holds no options is refused', refusesWhatHoldsNoOptions],
  ['bad values are refused, each option', refusesBadValues],
  ['undefined is the default', takesUndefined],
] as const;

/** In a run of its own, which ends what an accepted call has begun. */
function inRunOf(check: (entry: Entry) => Promise<void>, entry: Entry): Promise<void> {
  return run(() => check(entry), { signals: false });
}

describe('options', () => {
  for (const entry of ENTRIES) {
    for (const [title, check] of CHECKS) {
      // These cannot be called inside of a run.
      const outside = entry.api === 'run';
      nodeIt(`${entry.api}: ${title}`, { timeout: 30_000 }, () => (outside ? check(entry) : inRunOf(check, entry)));
    }
  }
});

describeExecutors('options', (executor) => {
  for (const [title, check] of CHECKS) {
    it(`CF-EXEC-004 CF-INIT-002 the constructor: ${title}`, async (t) => {
      await check(constructorEntry(executor.name, (options) => void executor.open(t, options)));
    });

    // That the limits are an object is a matter of the pool's own options.
    if (check !== refusesWhatHoldsNoOptions) {
      it(`limits of resources: ${title}`, async (t) => {
        await check(limitsEntry(executor.name, (options) => void executor.open(t, options)));
      });
    }

    for (const [what, isView] of [
      ['a pool', false],
      ['a view', true],
    ] as const) {
      it(`the methods of ${what}: ${title}`, async (t) => {
        const pool = executor.open(t, { maxWorkers: 1 });
        const subject = isView ? pool.with({ name: 'view' }) : pool;
        for (const entry of methodEntries(subject)) await check(entry);
        if (check !== takesUndefined) assert.equal(await pool.submit((x: number) => x, 1), 1);
      });
    }
  }

  it('with() and no options is refused: there is nothing to make a view for', async (t) => {
    const pool = executor.open(t, { maxWorkers: 1 });
    assert.throws(
      () => pool.with(undefined as never),
      /^InvalidOptionError: options must be an object; received undef/,
    );
  });

  it('minWorkers above maxWorkers is refused, naming both', async (t) => {
    assert.throws(
      () => executor.open(t, { minWorkers: 3, maxWorkers: 2 }),
      /^InvalidOptionError: minWorkers must be at most maxWorkers \(2\); received 3/,
    );
  });

  it('a pool with undefined for every option works', async (t) => {
    const { bad } = constructorEntry(executor.name, () => {});
    const options = Object.fromEntries(Object.keys(bad).map((name) => [name, undefined])) as PoolOptions;
    assert.equal(await executor.open(t, options).submit((x: number) => x, 1), 1);
  });

  it('initArgs that cannot be sent are refused before any job is queued', async (t) => {
    const options = { maxWorkers: 1, initializer: () => {}, initArgs: [() => 1] };
    assert.throws(() => executor.open(t, options), /initArgs\[0\]|args\[0\]/);
  });
});

describe('what takes options', () => {
  const root = new URL('../../../../', import.meta.url);
  // The parts of the API, and what `Lock` and its kin have from a class that is not part of it.
  const reports = ['etc/offloop.api.md', 'etc/testing.api.md', 'etc/worker.api.md', 'etc/threading.api.md'];
  const files = [...reports, 'dist/sync/permits.d.ts'];

  nodeIt('is in the tables above, all of it', () => {
    const tested = new Set([
      ...ENTRIES.map(({ api }) => api),
      ...methodEntries(undefined as never).map(({ api }) => api),
      'new ThreadPoolExecutor',
      'new ProcessPoolExecutor',
    ]);
    const there = new Set(files.flatMap((file) => takingOptions(readFileSync(new URL(file, root), 'utf8'))));
    assert.deepEqual([...there].toSorted(), [...tested].toSorted());
  });
});

/** Functions, methods and constructors with a parameter called `options` or that is one by its type. */
function takingOptions(declarations: string): string[] {
  const found: string[] = [];
  let owner: string | undefined;
  for (const line of declarations.split('\n')) {
    // A name that is a global as well has a number in the report.
    owner = /^(?:export |declare |abstract )*(?:class|interface) (\w+?)(?:_\d)?\b/.exec(line)?.[1] ?? owner;
    if (line.startsWith('}')) owner = undefined;
    if (!/\b\w*[oO]ptions\??: /.test(line) || /\bErrorOptions\b/.test(line)) continue;
    const name = /^(?:export (?:declare )?function|\s+)\s*(\w+)[<(]/.exec(line)?.[1];
    if (name === undefined) continue;
    found.push(owner === undefined ? name : name === 'constructor' ? `new ${owner}` : `${owner}.${name}`);
  }
  return found;
}
