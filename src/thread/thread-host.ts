import { types } from 'node:util';
import { SerializationError } from '../errors.ts';
import type { Job } from '../executor/job.ts';
import { giveCallbacks } from '../executor/job-calls.ts';
import type { PoolSettings } from '../executor/options.ts';
import { parcel, type Parcel, type Payload } from '../executor/payload.ts';
import type { PoolWorker, WorkerEvents, WorkerHost } from '../executor/pool-worker.ts';
import { findErrorClass } from '../functions/error-class.ts';
import { show } from '../show.ts';
import { Decoder, snapshot } from '../transport/codec.ts';
import { sourceOf } from '../transport/codec-reader.ts';
import { ParentDoorbell } from '../transport/parent-doorbell.ts';
import { findRefused } from '../transport/unclonable.ts';
import type { WorkerSetup } from '../worker/protocol.ts';
import { jobFlags, jobValues, separateItems, valuesBehind } from '../executor/job-values.ts';
import type { EarlyThread } from './start-thread.ts';
import { ThreadWorker } from './thread-worker.ts';

/** How often a thread that waits without its event loop looks whether its workers are still there. */
const LOSS_CHECK_MS = 50;

/** One for all thread pools of this thread: whoever rings, the answers of all workers are read. */
let doorbell: ParentDoorbell | undefined;

/** Starts the threads of one pool. */
export class ThreadHost implements WorkerHost {
  readonly #settings: PoolSettings;
  readonly #doorbell: ParentDoorbell;
  #early: EarlyThread | undefined;

  /** @param early for the first `spawn`; only before any other thread pool was opened in this thread. */
  constructor(settings: PoolSettings, early: EarlyThread | undefined) {
    this.#settings = settings;
    this.#early = early;
    this.#doorbell = doorbell ??= new ParentDoorbell(early?.doorbell);
  }

  spawn(setup: WorkerSetup, events: WorkerEvents): PoolWorker {
    const early = this.#early;
    this.#early = undefined;
    return new ThreadWorker(setup, this.#settings, this.#doorbell, events, early);
  }

  /** Keeps the bytes that will be sent, instead of copies that would have to be encoded again. */
  keep(job: Job): Payload {
    const values = parcel(job.payload ?? []);
    if (job.mayRunAgain) checkCanBeCopied(values);
    const { encoder } = this.#doorbell;
    const sent = jobValues(job, jobFlags(job));
    const encoded = encoder.encodeList(sent, 'args', values.transferList, separateItems(job));
    giveCallbacks(job, encoder.takeCallbacks());
    const isForOnce = !job.mayRunAgain && (!job.isDivisible || values.transferList !== undefined);
    return {
      args: [],
      captured: values.captured && [],
      transferList: undefined,
      // A job that may run again must still have its values then: they are copied each time, not moved.
      encoded: isForOnce ? snapshot(encoded) : { ...snapshot(encoded), transfer: undefined },
      kept: true,
    };
  }

  restore(job: Job): readonly unknown[] | undefined {
    const { args, encoded } = parcel(job.payload ?? []);
    if (encoded === undefined) return args;
    if (encoded.transfer !== undefined) return undefined;
    const memories = encoded.memories?.map((memory) => [this.#doorbell.memories.numberOf(memory), memory] as const);
    const decoder = new Decoder(
      (name) => findErrorClass(job.spec.fn, name),
      new Map(memories),
      (place) => job.extras?.calls?.mark(place),
    );
    const values = decoder.decodeList(sourceOf(encoded.bytes), 0, encoded.attachments);
    return values.slice(0, values.length - valuesBehind(jobFlags(job)));
  }

  /** Blocks in slices: a worker that is lost may not have rung. */
  waitSync(drain: () => number, timeout: number): void {
    if (!this.#doorbell.waitSync(Math.min(timeout, LOSS_CHECK_MS))) drain();
  }
}

/**
 * Of all that can be moved only buffers can be copied too.
 * @throws SerializationError for the rest, before anything is moved.
 */
function checkCanBeCopied({ args, transferList }: Parcel): void {
  const movedOnly = transferList?.filter((object) => !types.isAnyArrayBuffer(object)) ?? [];
  if (movedOnly.length === 0) return;
  const found = findRefused(args, 'args', (part) => (movedOnly.includes(part) ? show(part) : undefined));
  if (found === undefined) return;
  const { path, reason } = found;
  throw new SerializationError(
    path,
    `${path} is ${reason}, which can be moved once and never copied; a job with retries must be able to send it again. Submit it without retries.`,
  );
}
