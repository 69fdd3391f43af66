import { execFileSync } from 'node:child_process';

/** Keyword options, as a Python function would have them. */
export interface GetOptions {
  /** Milliseconds. */
  readonly timeout?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const FETCH = `fetch(process.argv[1], { headers: JSON.parse(process.argv[2]) })
  .then((response) => response.text())
  .then((text) => process.stdout.write(text))`;

/** Stands for a library that has no asynchronous form: it returns the page, and blocks its thread until it has it. */
export function getSync(url: string, { timeout = 20_000, headers = {} }: GetOptions = {}): string {
  return execFileSync(process.execPath, ['--eval', FETCH, url, JSON.stringify(headers)], { timeout, encoding: 'utf8' });
}
