/**
 * What the kinds and flags of the shared-memory channel mean between a thread pool and its workers. Kinds of jobs are
 * those of `JobKind`, their flags those of `JobFlag`; everything else a pool says is a control request.
 */
import { FIRST_FREE_KIND } from '../transport/protocol.ts';

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
  /** The values are ids of functions that no job will name any more. */
  readonly forget: 21;
  /** The value is where the results of calls will come from. */
  readonly replies: 22;
} = { init: 16, define: 17, credit: 18, stop: 19, flush: 20, forget: 21, replies: 22 };

/** Replies that are no answers. */
export const ReplyKind: {
  readonly yield: number;
  readonly progress: number;
  /** The worker's heap has grown too large: it wants to be replaced after this job. */
  readonly retire: number;
  /** The job calls a function of the pool's side. */
  readonly call: number;
  /** A part of the results of a chunk. */
  readonly part: number;
} = {
  yield: FIRST_FREE_KIND,
  progress: FIRST_FREE_KIND + 1,
  retire: FIRST_FREE_KIND + 2,
  call: FIRST_FREE_KIND + 3,
  part: FIRST_FREE_KIND + 4,
};
