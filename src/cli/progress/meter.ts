import { formatDuration } from '../duration.ts';

/** Counts of a run, as far as it has come. */
export interface MapCounts {
  /** `undefined` while it cannot be known. */
  readonly total: number | undefined;
  readonly succeeded: number;
  readonly failed: number;
  /** Items whose handler runs now. */
  readonly running: number;
}

interface Sample {
  readonly at: number;
  readonly ended: number;
}

/** The rate is that of the last minute: the mean of a long run says nothing about what is left. */
const WINDOW_MS = 60_000;
const SAMPLE_MS = 1000;

/** Turns counts into the words of the progress line: share, rate, time left. */
export class ProgressMeter {
  readonly #samples: Sample[];

  /** @param now milliseconds, on the same scale as in `describe`. */
  constructor(now: number) {
    this.#samples = [{ at: now, ended: 0 }];
  }

  /** `312/1000 31% · 4 running · 2 failed · 18.2/s · 38 s left` */
  describe(counts: MapCounts, now: number): string {
    const { total, failed, running } = counts;
    const ended = counts.succeeded + failed;
    const rate = this.#rate(ended, now);
    const parts = [total === undefined ? `${ended} done` : `${ended}/${total} ${percentage(ended, total)}%`];
    parts.push(`${running} running`);
    if (failed > 0) parts.push(`${failed} failed`);
    if (rate > 0) parts.push(`${formatRate(rate)}/s`);
    if (rate > 0 && total !== undefined && ended < total) {
      parts.push(`${formatDuration(((total - ended) / rate) * 1000)} left`);
    }
    return parts.join(' · ');
  }

  /** Items a second; 0 until there is something to go by. */
  #rate(ended: number, now: number): number {
    const samples = this.#samples;
    const last = samples.at(-1) as Sample;
    if (now - last.at >= SAMPLE_MS) samples.push({ at: now, ended });
    while (samples.length > 2 && now - (samples[1] as Sample).at > WINDOW_MS) samples.shift();
    const first = samples[0] as Sample;
    return now > first.at ? ((ended - first.ended) * 1000) / (now - first.at) : 0;
  }
}

/** Never 100 before the end. */
function percentage(ended: number, total: number): number {
  return total === 0 ? 100 : Math.floor((ended * 100) / total);
}

export function formatRate(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toFixed(rate >= 1 ? 1 : 2);
}
