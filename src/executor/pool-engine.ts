import type { WaitOptions } from '../core/wait.ts';
import { describeFunction } from '../functions/describe.ts';
import { releaseInspector } from '../functions/inspector.ts';
import { JobKind, type WireContext } from '../worker/protocol.ts';
import { contextOfJob, type ContextHook } from './context.ts';
import { Dispatcher } from './dispatcher.ts';
import type { ExecutorStatistics, MapOptions, ShutdownOptions, SubmitOptions } from './executor.ts';
import { Job, type JobSpec } from './job.ts';
import { openMap, openStream } from './open-iterators.ts';
import { checkFunction, checkMapOptions, type PoolSettings } from './options.ts';
import type { WorkerHost } from './pool-worker.ts';
import { checkClonable, checkStays, isBare, payload } from './payload.ts';
import { cancelOnAbort } from './signal.ts';
import { submitSite, type SubmitSite } from './submit-site.ts';
import type { PoolIdentity } from './worker-setup.ts';

/** The method of the user's call: the stack of the submission starts above it. */
type Below = (...args: never[]) => unknown;

/** Where a job comes from, and what it takes along from there. */
interface Origin {
  readonly site: SubmitSite;
  readonly context: WireContext | undefined;
}

/** Makes jobs out of what a pool is asked to run, and hands them to its dispatcher. */
export class PoolEngine {
  readonly #dispatcher: Dispatcher;
  readonly #host: WorkerHost;
  readonly #hook: ContextHook | undefined;

  constructor(settings: PoolSettings, name: string, host: WorkerHost) {
    const { initializer } = settings;
    const described = initializer === undefined ? undefined : describeFunction(initializer);
    // A worker that cannot be told its arguments would fail again and again, each time far away from here.
    checkClonable(settings.initArgs, 'initArgs');
    checkClonable(described?.captured, 'captured variables of the initializer');
    const around = settings.context && describeFunction(settings.context.run);
    checkClonable(around?.captured, 'captured variables of context.run');
    const identity: PoolIdentity = {
      name,
      initializer: described && { id: described.definition.id, ...described },
      around: around && { id: around.definition.id, ...around },
    };
    this.#hook = settings.context;
    this.#host = host;
    this.#dispatcher = new Dispatcher(settings, identity, host);
  }

  submit(fn: unknown, args: readonly unknown[], options: SubmitOptions, entry: Below): Job {
    this.#dispatcher.announce(typeof fn === 'function' && options.key === undefined && !options.signal?.aborted);
    const job = this.#job(JobKind.call, fn, args, options, this.#origin(fn, entry));
    if (cancelOnAbort(job, options.signal)) this.#send(job);
    return job;
  }

  map(
    fn: (item: unknown) => unknown,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions,
    submitOptions: SubmitOptions,
    entry: Below,
  ): AsyncIterableIterator<unknown> {
    checkFunction(fn, 'applied to every item');
    checkMapOptions(options);
    this.#dispatcher.checkOpen();
    // Most chunks are made when results are taken, elsewhere in the program.
    const origin = this.#origin(fn, entry);
    const { key, signal, timeout } = submitOptions;
    return openMap(items, options, {
      workers: this.#dispatcher.settings.maxWorkers,
      singly: timeout !== undefined,
      check: () => this.#dispatcher.announce(key === undefined && !signal?.aborted, true),
      whenRoom: () => this.#dispatcher.room.whenThere(),
      make: (chunk) => {
        const job = this.#job(JobKind.chunk, fn, chunk, submitOptions, origin);
        cancelOnAbort(job, signal);
        return job;
      },
      submit: (job) => this.#send(job),
      restore: (job) => (job.payload === undefined || isBare(job.payload) ? job.payload : this.#host.restore(job)),
    });
  }

  stream(fn: unknown, args: readonly unknown[], options: SubmitOptions, entry: Below): AsyncIterableIterator<unknown> {
    this.#dispatcher.announce(false);
    const job = this.#job(JobKind.stream, fn, args, options, this.#origin(fn, entry));
    const values = openStream(job, this.#dispatcher);
    if (cancelOnAbort(job, options.signal)) this.#send(job);
    return values;
  }

  submitToAll(fn: unknown, args: readonly unknown[], options: SubmitOptions, entry: Below): Job[] {
    this.#dispatcher.announce(false);
    checkStays(args);
    const origin = this.#origin(fn, entry);
    return this.#dispatcher.submitToAll(() => this.#job(JobKind.call, fn, args, options, origin));
  }

  async ready(options: WaitOptions): Promise<void> {
    this.#dispatcher.checkOpen();
    await this.#dispatcher.room.wait(options);
    this.#dispatcher.checkOpen();
  }

  shutdown(options: ShutdownOptions): Promise<void> {
    // Not for the last pool of all only: another opens it again in half a millisecond, if it has to.
    return this.#dispatcher.shutdown(options).then(releaseInspector);
  }

  terminate(): Promise<void> {
    return this.#dispatcher.terminate().then(releaseInspector);
  }

  statistics(): ExecutorStatistics {
    return this.#dispatcher.statistics();
  }

  #send(job: Job): void {
    try {
      if (!job.done()) this.#dispatcher.submit(job);
    } catch (error) {
      // Nobody will ever end it: its signal is not to hold it.
      job.release();
      throw error;
    }
  }

  #origin(fn: unknown, entry: Below): Origin {
    return { site: submitSite(fn, entry), context: contextOfJob(this.#hook) };
  }

  #job(kind: JobKind, fn: unknown, args: readonly unknown[], options: SubmitOptions, origin: Origin): Job {
    checkFunction(fn, 'what the executor is to run');
    const { definition, captured } = describeFunction(fn);
    const { site, context } = origin;
    // A site is shared by what was submitted in one turn, not always with the same options; and the second time a
    // function comes, it may have got a definition of its own.
    let spec = site.shared as JobSpec | undefined;
    const isSame =
      spec?.fn === fn &&
      spec.definition === definition &&
      spec.owner === this.#dispatcher &&
      spec.kind === kind &&
      spec.options === options;
    if (spec === undefined || !isSame || context !== undefined) {
      spec = { owner: this.#dispatcher, kind, fn, definition, options, context, site };
      site.shared = spec;
    }
    return new Job(spec, payload(args, captured));
  }
}
