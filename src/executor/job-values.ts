import { areImmutable } from '../core/immutable.ts';
import { JobFlag, JobKind } from '../worker/protocol.ts';
import type { Job } from './job.ts';
import { isBare } from './payload.ts';

/** Which values travel with a job besides its arguments. */
export function jobFlags({ payload, spec }: Job): number {
  let flags = 0;
  if (payload !== undefined && !isBare(payload) && payload.captured !== undefined) flags |= JobFlag.captured;
  if (spec.context !== undefined) flags |= JobFlag.context;
  if (spec.options.name !== undefined) flags |= JobFlag.name;
  return flags;
}

/** The arguments, and behind them what the flags name. */
export function jobValues({ payload = [], spec }: Job, flags: number): readonly unknown[] {
  const args = isBare(payload) ? payload : payload.args;
  if (flags === 0) return args;
  const values = [...args];
  if ((flags & JobFlag.captured) !== 0 && !isBare(payload)) values.push(payload.captured);
  if ((flags & JobFlag.context) !== 0) values.push(spec.context);
  if ((flags & JobFlag.name) !== 0) values.push(spec.options.name);
  return values;
}

/**
 * How many values, from the first on, are items of a `map`: tasks that must not see each other's changes. 0 where nothing
 * can be changed. A chunk with such items is kept before it is sent (`Job.isDivisible`).
 */
export function separateItems({ payload = [], spec }: Job): number {
  const args = isBare(payload) ? payload : payload.args;
  return spec.kind === JobKind.chunk && args.length > 1 && !areImmutable(args) ? args.length : 0;
}

/** How many values stand behind the arguments. */
export function valuesBehind(flags: number): number {
  return Object.values(JobFlag).filter((flag) => (flags & flag) !== 0).length;
}
