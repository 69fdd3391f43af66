import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Unavailable } from '../candidates/unavailable.mjs';

const MARK = '@@ ';
const CHILD = fileURLToPath(new URL('child.mjs', import.meta.url));
const CLOSE_MS = 3000;

/** The harness's end of one child process (`child.mjs`, or Python's). */
export class Session {
  #child;
  #lines = [];
  #wanted;
  #ended;
  #answerMs;

  /** @param answerMs milliseconds a round may take before the child is killed */
  constructor({ measure, candidate, shape, node, answerMs = 20_000 }) {
    const target = [measure.file, candidate.id, JSON.stringify(shape)];
    const [command, args] =
      candidate.command === undefined
        ? [node, ['--no-warnings', ...(measure.childFlags ?? []), CHILD, ...target]]
        : [candidate.command, [fileURLToPath(new URL(`../${candidate.script}`, import.meta.url)), ...target]];
    this.#answerMs = answerMs;
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(this.#end(`${command} did not start: ${error.message}`)));
      this.#child.once('close', (code, signal) => resolve(this.#end(`its process ended with ${signal ?? code}`)));
    });
    this.#child.stdin.on('error', () => undefined); // a child that is gone reports itself through 'close'
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#line(line));
  }

  get pid() {
    return this.#child.pid;
  }

  /** Resolves when the candidate's pool is open. */
  async ready() {
    await this.#answer();
  }

  /** Runs one round and gives its numbers. */
  async round() {
    this.#child.stdin.write('round\n');
    return this.#answer();
  }

  async close() {
    this.#child.stdin.end('close\n');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  async #answer() {
    const timer = setTimeout(() => {
      this.#end(`no answer in ${this.#answerMs / 1000} s`);
      this.#child.kill('SIGKILL');
    }, this.#answerMs);
    const message = await new Promise((resolve) => {
      this.#wanted = resolve;
      this.#hand();
    });
    clearTimeout(timer);
    if (message.unavailable !== undefined) throw new Unavailable(message.unavailable);
    return message;
  }

  #line(line) {
    if (!line.startsWith(MARK)) return;
    this.#lines.push(JSON.parse(line.slice(MARK.length)));
    this.#hand();
  }

  #end(reason) {
    this.#lines.push({ unavailable: reason });
    this.#hand();
  }

  #hand() {
    if (this.#wanted === undefined || this.#lines.length === 0) return;
    const resolve = this.#wanted;
    this.#wanted = undefined;
    resolve(this.#lines.shift());
  }
}
