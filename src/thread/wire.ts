/**
 * What the kinds and flags of the shared-memory channel mean between a thread pool and its workers. Kinds of jobs are
 * those of `JobKind`; everything else a pool says is a control request.
 */
import { FIRST_FREE_FLAG, FIRST_FREE_KIND } from '../transport/protocol.ts';

/** Control requests, by kind. The kinds below are jobs. */
export const RequestKind: {
  /** The worker starts: the answer says that it is ready, or why it never will be. */
  readonly init: 16;
  /** The value is the definition of a function that jobs will name by its id. */
  readonly define: 17;
  /** The values are a ticket and the number of values its stream may go on for. */
  readonly credit: 18;
  /** End after what was handed over. */
  readonly stop: 19;
  /** Answered when everything printed so far has been taken. */
  readonly flush: 20;
} = { init: 16, define: 17, credit: 18, stop: 19, flush: 20 };

/** Replies that are no answers. */
export const ReplyKind: {
  readonly yield: number;
  readonly progress: number;
  /** The worker's heap has grown too large: it wants to be replaced after this job. */
  readonly retire: number;
  /** A part of the results of a chunk. */
  readonly part: number;
} = { yield: FIRST_FREE_KIND, progress: FIRST_FREE_KIND + 1, retire: FIRST_FREE_KIND + 2, part: FIRST_FREE_KIND + 3 };

/** What stands behind a job's arguments, in this order. */
export const JobFlag: { readonly captured: number; readonly context: number; readonly name: number } = {
  captured: FIRST_FREE_FLAG,
  context: FIRST_FREE_FLAG * 2,
  name: FIRST_FREE_FLAG * 4,
};
