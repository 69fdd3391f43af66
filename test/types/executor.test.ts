import { it } from 'node:test';
import { expectTypeOf } from 'expect-type';
import {
  asCompleted,
  callback,
  createTask,
  gather,
  run,
  runInExecutor,
  sleep,
  task,
  ThreadPoolExecutor,
  toThread,
  transfer,
  wait,
  WorkerLostError,
  type Callback,
  type Executor,
  type ExecutorStatistics,
  type Future,
  type FutureState,
} from 'offloop';

// Nothing here runs: the compiler is the test. `it` only lists the file among the others.
it('the types of the public names are what the documentation says', () => {});

declare const pool: ThreadPoolExecutor;
declare const power: (base: number, exponent: number) => number;
declare const load: (path: string) => Promise<Buffer>;

export function submitInfersArgumentsAndResult(): void {
  expectTypeOf(pool.submit(power, 2, 8)).toEqualTypeOf<Future<number>>();
  expectTypeOf(pool.submit(load, 'a.jpg')).toEqualTypeOf<Future<Buffer>>();
  expectTypeOf(pool.submit(() => {})).toEqualTypeOf<Future<void>>();
  expectTypeOf(pool.submit((x: number) => ({ x }), 1)).toEqualTypeOf<Future<{ x: number }>>();
  const save = callback(async (_row: { id: number }, _times: number) => 'saved');
  expectTypeOf(save).toEqualTypeOf<Callback<[_row: { id: number }, _times: number], string>>();
  expectTypeOf(save({ id: 1 }, 2)).toEqualTypeOf<Future<string>>();
  expectTypeOf(pool.submit(async (rows, save) => save(rows[0] as { id: number }, 2), [{ id: 1 }], save)).toEqualTypeOf<
    Future<string>
  >();
  // @ts-expect-error the callback takes another row
  void pool.submit(async (save) => save({ name: 'x' }, 2), save);
  // @ts-expect-error an argument is missing
  void pool.submit(power, 2);
  // @ts-expect-error an argument has another type
  void pool.submit(power, 2, '8');
  // @ts-expect-error one argument too many
  void pool.submit(power, 2, 8, 9);
  // @ts-expect-error not a function
  void pool.submit('power', 2, 8);
}

export function theOtherWaysToCall(): void {
  expectTypeOf(runInExecutor(pool, power, 2, 8)).toExtend<PromiseLike<number>>();
  expectTypeOf(runInExecutor(null, load, 'a.jpg')).toExtend<PromiseLike<Buffer>>();
  expectTypeOf(toThread(power, 2, 8)).toExtend<PromiseLike<number>>();
  // @ts-expect-error an argument has another type
  void runInExecutor(pool, power, 2, '8');
  // @ts-expect-error an argument is missing
  void toThread(power, 2);
}

export async function aFutureIsAwaitable(future: Future<number>): Promise<void> {
  expectTypeOf(await future).toEqualTypeOf<number>();
  expectTypeOf(await future.result({ timeout: 5 })).toEqualTypeOf<number>();
  expectTypeOf(await future.exception()).toEqualTypeOf<unknown>();
  expectTypeOf(future.resultNow()).toEqualTypeOf<number>();
  expectTypeOf(future.state).toEqualTypeOf<FutureState>();
  expectTypeOf<FutureState>().toEqualTypeOf<'pending' | 'running' | 'finished' | 'cancelled'>();
  expectTypeOf(future.addDoneCallback(() => {})).toEqualTypeOf<Disposable>();
  expectTypeOf(future).toExtend<PromiseLike<number>>();
}

export function mapGivesAnAsyncIterator(): void {
  const results = pool.map((x: number) => `${x}`, [1, 2, 3], { bufferSize: 2 });
  expectTypeOf(results).toEqualTypeOf<AsyncIterableIterator<string>>();
  expectTypeOf(pool.map(load, new Set(['a']))).toEqualTypeOf<AsyncIterableIterator<Buffer>>();
  expectTypeOf(
    pool.stream(function* count(end: number) {
      yield end;
    }, 3),
  ).toEqualTypeOf<AsyncIterableIterator<number>>();
  // @ts-expect-error the items are no numbers
  pool.map((x: number) => x, ['a']);
  // @ts-expect-error no such option
  pool.map((x: number) => x, [1], { buffersize: 2 });
}

export function aPoolIsAnExecutor(): void {
  expectTypeOf(pool).toExtend<Executor>();
  expectTypeOf(pool).toExtend<AsyncDisposable>();
  expectTypeOf(pool.with({ priority: 1 })).toEqualTypeOf<Executor>();
  expectTypeOf(pool.statistics()).toEqualTypeOf<ExecutorStatistics>();
  expectTypeOf(pool.shutdown({ wait: false, cancelFutures: true, timeout: 5 })).toEqualTypeOf<Promise<void>>();
  expectTypeOf(pool.runOnAll(power, 1, 2)).toEqualTypeOf<Promise<number[]>>();
  // @ts-expect-error a number
  void new ThreadPoolExecutor({ maxWorkers: '4' });
  // @ts-expect-error no such option
  void new ThreadPoolExecutor({ maxWorker: 4 });
  // @ts-expect-error no such mode
  void new ThreadPoolExecutor({ cancelMode: 'kill' });
}

export async function combining(a: Future<number>, b: Future<string>): Promise<void> {
  expectTypeOf(await gather([a, a])).toEqualTypeOf<[number, number]>();
  const [first, second] = await gather([a, b] as const);
  expectTypeOf(first).toEqualTypeOf<number>();
  expectTypeOf(second).toEqualTypeOf<string>();
  const { done, pending } = await wait([a], { returnWhen: 'firstCompleted' });
  expectTypeOf(done).toEqualTypeOf<Set<Future<number>>>();
  expectTypeOf(pending).toEqualTypeOf<Set<Future<number>>>();
  for await (const future of asCompleted([a])) expectTypeOf(future).toEqualTypeOf<Future<number>>();
  // @ts-expect-error no such condition
  void wait([a], { returnWhen: 'sometimes' });
}

export async function tasks(): Promise<void> {
  expectTypeOf(await run(async () => 5)).toEqualTypeOf<number>();
  expectTypeOf(await createTask(async () => 'x')).toEqualTypeOf<string>();
  expectTypeOf(await sleep(5, 'x')).toEqualTypeOf<string>();
  expectTypeOf(task(import.meta.url, power)).toEqualTypeOf<typeof power>();
  expectTypeOf(transfer(new ArrayBuffer(8), [])).toEqualTypeOf<ArrayBuffer>();
}

export function errorsAreTyped(error: unknown): void {
  if (error instanceof WorkerLostError) {
    expectTypeOf(error.exitCode).toEqualTypeOf<number | undefined>();
    expectTypeOf(error.taskName).toEqualTypeOf<string | undefined>();
  }
}
