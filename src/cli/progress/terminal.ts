import { stripVTControlCharacters } from 'node:util';

/** A stream that the program prints to; `process.stdout` and `process.stderr`, or others in tests. */
export type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

type Write = OutputStream['write'];

const CLEAR_LINE = '\r\u001B[K';

/**
 * The two output streams while a run is on: results on stdout; messages, what handlers print, and one status line on
 * stderr. Messages go above the status line, which is taken away, and drawn again below them.
 *
 * What handlers print arrives through `process.stdout` and `process.stderr` of this thread, where Node pipes the
 * workers' output; so `attach()` puts itself before their `write`. It also keeps a handler's `console.log` out of the
 * results. This is the program's own process: a library must not do that.
 */
export class Terminal {
  /** Whether there is a status line that can be drawn over. */
  readonly interactive: boolean;
  readonly colour: boolean;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  readonly #writeOut: Write;
  readonly #writeError: Write;
  /** Unfinished lines that handlers printed. */
  readonly #partial = { stdout: '', stderr: '' };
  #status = '';

  constructor(stdout: OutputStream, stderr: OutputStream, env: NodeJS.ProcessEnv = process.env) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#writeOut = stdout.write.bind(stdout);
    this.#writeError = stderr.write.bind(stderr);
    this.interactive = stderr.isTTY === true && env['TERM'] !== 'dumb';
    this.colour = this.interactive && (env['NO_COLOR'] ?? '') === '';
  }

  /** From here on, what anyone else prints appears above the status line, on stderr. */
  attach(): void {
    this.#stdout.write = this.#intercept('stdout');
    this.#stderr.write = this.#intercept('stderr');
  }

  detach(): void {
    this.setStatus('');
    for (const name of ['stdout', 'stderr'] as const) if (this.#partial[name] !== '') this.#print(name, '\n');
    this.#stdout.write = this.#writeOut;
    this.#stderr.write = this.#writeError;
  }

  /** Draws the status line; an empty one takes it away. Only on a terminal. */
  setStatus(text: string): void {
    if (!this.interactive) return;
    const line = text === '' ? '' : this.#fit(text);
    if (line === this.#status) return;
    this.#writeError(`${CLEAR_LINE}${line}`);
    this.#status = line;
  }

  /** Prints a message for people. */
  message(text: string): void {
    this.#aboveStatus(`${text}\n`);
  }

  /** Prints a result. Resolves when the stream has taken it, so that a slow reader slows the run. */
  async writeResult(text: string): Promise<void> {
    const shared = this.interactive && this.#stdout.isTTY === true && this.#status !== '';
    if (shared) this.#writeError(CLEAR_LINE);
    await new Promise<void>((resolve, reject) => {
      this.#writeOut(text, (error) => (error ? reject(error) : resolve()));
    });
    if (shared) this.#writeError(this.#status);
  }

  bold(text: string): string {
    return this.colour ? `\u001B[1m${text}\u001B[22m` : text;
  }

  red(text: string): string {
    return this.colour ? `\u001B[31m${text}\u001B[39m` : text;
  }

  #intercept(name: 'stdout' | 'stderr'): Write {
    const write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
      this.#print(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
      const callback = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
      if (callback !== undefined) process.nextTick(callback);
      // Never "full": a stream that is redirected would wait for a 'drain' of the wrong one.
      return true;
    };
    return write;
  }

  #print(name: 'stdout' | 'stderr', text: string): void {
    const all = this.#partial[name] + text;
    const end = all.lastIndexOf('\n') + 1;
    if (end > 0) this.#aboveStatus(all.slice(0, end));
    this.#partial[name] = all.slice(end);
  }

  #aboveStatus(text: string): void {
    this.#writeError(this.#status === '' ? text : `${CLEAR_LINE}${text}${this.#status}`);
  }

  /** A status line that wraps could not be taken away, so there is room for the terminal's own `^C`, twice. */
  #fit(text: string): string {
    const width = Math.max(1, (this.#stderr.columns ?? 80) - 5);
    const plain = stripVTControlCharacters(text);
    return plain.length <= width ? text : `${plain.slice(0, width - 1)}…`;
  }
}
