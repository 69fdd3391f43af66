import { giveCallbacks } from '../executor/job-calls.ts';
import { jobFlags, jobValues, separateItems, valuesBehind } from '../executor/job-values.ts';
import type { Job } from '../executor/job.ts';
import { isBare, type Parcel } from '../executor/payload.ts';
import { findErrorClass } from '../functions/error-class.ts';
import { Decoder, type Encoded } from '../transport/codec.ts';
import type { Body } from '../transport/frames.ts';
import { decodeBody, encodedCallbacks, encodeValues, keepBody } from '../transport/pipe-value.ts';

const NOTHING: readonly unknown[] = [];

/** A body that was encoded when its job had to wait. */
type KeptBody = Body & Encoded;

/**
 * The values of a job as they are sent. What was to be moved is taken from the caller, though it can only be copied.
 * @throws SerializationError
 */
export function jobBody(job: Job): Body {
  const { payload } = job;
  const kept = payload === undefined || isBare(payload) ? undefined : payload.encoded;
  return kept === undefined ? encode(job) : (kept as KeptBody);
}

/**
 * Keeps the bytes that will be sent, instead of copies that would have to be encoded again.
 * @throws SerializationError
 */
export function keepJobBody(job: Job): Parcel {
  const { payload } = job;
  const hasCaptured = payload !== undefined && !isBare(payload) && payload.captured !== undefined;
  const { bytes, length, attached } = keepBody(encode(job));
  const encoded: KeptBody = {
    bytes,
    length,
    attached,
    attachments: undefined,
    transfer: undefined,
    memories: undefined,
  };
  return { args: NOTHING, captured: hasCaptured ? NOTHING : undefined, transferList: undefined, encoded, kept: true };
}

/** The arguments of a job that was kept, once more. */
export function restoreArgs(job: Job, encoded: Encoded): readonly unknown[] {
  const makeCallback = (place: number): unknown => job.extras?.calls?.mark(place);
  const decoder = new Decoder((name) => findErrorClass(job.spec.fn, name), undefined, makeCallback);
  const values = decodeBody(decoder, encoded as KeptBody);
  return values.slice(0, values.length - valuesBehind(jobFlags(job)));
}

function encode(job: Job): Body {
  const { payload } = job;
  const body = encodeValues(jobValues(job, jobFlags(job)), 'args', separateItems(job));
  if (payload !== undefined && !isBare(payload) && payload.transferList !== undefined) {
    structuredClone(undefined, { transfer: payload.transferList as ArrayBuffer[] });
  }
  giveCallbacks(job, encodedCallbacks());
  return body;
}
