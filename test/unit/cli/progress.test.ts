import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { ProgressMeter } from '#offloop/cli/progress/meter.js';
import { renderBar } from '#offloop/cli/progress/progress-line.js';
import { Terminal, type OutputStream } from '#offloop/cli/progress/terminal.js';

interface Captured {
  readonly stream: OutputStream;
  text(): string;
}

function capture(isTTY: boolean, columns = 80): Captured {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, callback) {
      text += chunk.toString();
      callback();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns }), text: () => text };
}

/** What a terminal of one line and endless paper shows: finished lines, then the one with the cursor. */
function screen(text: string): string[] {
  return text.split('\n').map((line) => line.slice(line.lastIndexOf('\r') + 1).replace('\u001B[K', ''));
}

describe('ProgressMeter', () => {
  it('shows the share, what runs, what failed, the rate and the time left', () => {
    const meter = new ProgressMeter(0);
    assert.equal(meter.describe({ total: 100, succeeded: 0, failed: 0, running: 2 }, 0), '0/100 0% · 2 running');
    assert.equal(
      meter.describe({ total: 100, succeeded: 18, failed: 2, running: 2 }, 2000),
      '20/100 20% · 2 running · 2 failed · 10.0/s · 8.0 s left',
    );
  });

  it('does not say 100 % before the end', () => {
    const meter = new ProgressMeter(0);
    assert.match(meter.describe({ total: 1000, succeeded: 999, failed: 0, running: 1 }, 1000), /^999\/1000 99%/);
  });

  it('counts without a share when the number of inputs is not known', () => {
    const meter = new ProgressMeter(0);
    assert.equal(
      meter.describe({ total: undefined, succeeded: 30, failed: 0, running: 1 }, 10_000),
      '30 done · 1 running · 3.0/s',
    );
  });

  it('takes the rate of the last minute', () => {
    const meter = new ProgressMeter(0);
    let text = '';
    for (let second = 0; second <= 300; second++) {
      const ended = second <= 200 ? second : 200 + (second - 200) * 10;
      text = meter.describe({ total: 10_000, succeeded: ended, failed: 0, running: 1 }, second * 1000);
    }
    assert.match(text, /· 10\.0\/s ·/);
  });

  it('draws a bar', () => {
    const counts = { total: 4, succeeded: 1, failed: 1, running: 0 };
    assert.equal(renderBar(counts, 4), '━━━━━━━━━━──────────');
    assert.equal(renderBar({ ...counts, total: 0 }, 0), '━'.repeat(20));
  });
});

describe('Terminal', () => {
  it('prints messages above the status line', () => {
    const stderr = capture(true);
    const terminal = new Terminal(capture(true).stream, stderr.stream, {});
    terminal.setStatus('1/3');
    terminal.message('careful');
    terminal.setStatus('2/3');
    assert.deepEqual(screen(stderr.text()), ['careful', '2/3']);
    terminal.setStatus('');
    assert.deepEqual(screen(stderr.text()), ['careful', '']);
  });

  it('draws no status line and no escape codes where there is no terminal', () => {
    const stderr = capture(false);
    const terminal = new Terminal(capture(false).stream, stderr.stream, {});
    terminal.setStatus('1/3');
    terminal.message(terminal.bold(terminal.red('careful')));
    assert.equal(stderr.text(), 'careful\n');
  });

  it('has no colour with NO_COLOR', () => {
    const terminal = new Terminal(capture(true).stream, capture(true).stream, { NO_COLOR: '1' });
    assert.equal(terminal.red('x'), 'x');
  });

  it('cuts a status line that would wrap', () => {
    const stderr = capture(true, 15);
    const terminal = new Terminal(capture(true).stream, stderr.stream, {});
    terminal.setStatus('0123456789abcdef');
    assert.deepEqual(screen(stderr.text()), ['012345678…']);
  });

  it('keeps what handlers print out of the results, and the results whole', async () => {
    const stdout = capture(false);
    const stderr = capture(false);
    const terminal = new Terminal(stdout.stream, stderr.stream, {});
    terminal.attach();
    stdout.stream.write('half a ');
    await terminal.writeResult('{"key":"a"}\n');
    stdout.stream.write('line\n');
    stderr.stream.write('and');
    stderr.stream.write(Buffer.from(' more'));
    terminal.detach();
    stdout.stream.write('after\n');
    assert.equal(stdout.text(), '{"key":"a"}\nafter\n');
    assert.equal(stderr.text(), 'half a line\nand more\n');
  });
});
