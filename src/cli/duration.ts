import { InvalidOptionError } from '../errors.ts';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Reads a time from the command line, in milliseconds. The unit must be there: tools disagree about what a bare
 * number means.
 * @throws InvalidOptionError
 */
export function parseDuration(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const duration = match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] as string] as number);
  if (!(duration > 0))
    throw new InvalidOptionError(option, 'a time above zero with its unit, such as 500ms, 30s or 2m', text);
  return duration;
}

/** A time for people: `0.4 s`, `38 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
