import { ProgressMeter, type MapCounts } from './meter.ts';
import type { Terminal } from './terminal.ts';

const REDRAW_MS = 100;
const CHECK_MS = 500;
/** Without a terminal: a line for every tenth of the work, but not more often than … and not less often than … */
const PLAIN_SHARE = 0.1;
const PLAIN_MIN_MS = 2000;
const PLAIN_MAX_MS = 10_000;

const BAR_CELLS = 20;

/** Shows how far a run is: one live line on a terminal, a few plain ones where there is none. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #counts: () => MapCounts;
  readonly #meter: ProgressMeter;
  #timer: NodeJS.Timeout | undefined;
  #note = '';
  #lastPlainAt: number;
  #lastPlainEnded = 0;

  constructor(terminal: Terminal, counts: () => MapCounts) {
    this.#terminal = terminal;
    this.#counts = counts;
    this.#lastPlainAt = performance.now();
    this.#meter = new ProgressMeter(this.#lastPlainAt);
  }

  start(): void {
    const interval = this.#terminal.interactive ? REDRAW_MS : CHECK_MS;
    this.#timer = setInterval(() => this.#tick(), interval);
    this.#timer.unref();
    if (this.#terminal.interactive) this.#tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#terminal.setStatus('');
  }

  /** What the run is in the middle of, put before the counts: `stopping`. */
  setNote(note: string): void {
    this.#note = note;
    if (this.#terminal.interactive) this.#tick();
  }

  #tick(): void {
    const counts = this.#counts();
    const now = performance.now();
    if (this.#terminal.interactive) {
      const bar = counts.total === undefined ? '' : `${renderBar(counts, counts.total)} `;
      this.#terminal.setStatus(`${bar}${this.#describe(counts, now)}`);
      return;
    }
    if (!this.#plainLineIsDue(counts, now)) return;
    this.#lastPlainAt = now;
    this.#lastPlainEnded = counts.succeeded + counts.failed;
    this.#terminal.message(this.#describe(counts, now));
  }

  #describe(counts: MapCounts, now: number): string {
    if (this.#note === '') return this.#meter.describe(counts, now);
    // A run that is being stopped does not get to its total.
    return `${this.#note} · ${this.#meter.describe({ ...counts, total: undefined }, now)}`;
  }

  #plainLineIsDue(counts: MapCounts, now: number): boolean {
    const elapsed = now - this.#lastPlainAt;
    if (elapsed >= PLAIN_MAX_MS) return true;
    const gained = counts.succeeded + counts.failed - this.#lastPlainEnded;
    return elapsed >= PLAIN_MIN_MS && counts.total !== undefined && gained >= counts.total * PLAIN_SHARE;
  }
}

/** `━━━━━━──────────────` */
export function renderBar({ succeeded, failed }: MapCounts, total: number): string {
  const full = total === 0 ? BAR_CELLS : Math.floor(((succeeded + failed) / total) * BAR_CELLS);
  return '━'.repeat(full) + '─'.repeat(BAR_CELLS - full);
}
