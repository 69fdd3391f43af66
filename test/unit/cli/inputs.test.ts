import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { listFiles, type InputItem, type InputList } from '#offloop/cli/inputs.js';
import { listLines } from '#offloop/cli/stdin-inputs.js';
import { UsageError } from '#offloop/cli/usage-error.js';

const FILES = [
  'photos/a.jpg',
  'photos/b.png',
  'photos/2024/c.jpg',
  'photos/2024/may/d.jpg',
  'other/a.jpg',
  'odd[1].jpg',
];

async function items(list: InputList): Promise<InputItem[]> {
  const all: InputItem[] = [];
  for await (const item of list.items) all.push(item);
  return all;
}

async function keys(list: InputList): Promise<string[]> {
  return (await items(list)).map((item) => item.key);
}

describe('listFiles', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'offloop-inputs-'));
    for (const file of FILES) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), file);
    }
    await mkdir(join(root, 'empty'));
  });
  after(() => rm(root, { recursive: true }));

  const list = (...patterns: string[]): Promise<InputList> =>
    listFiles(
      patterns.map((pattern) => `${root}/${pattern}`),
      undefined,
    );

  it('takes a glob, with keys from where it stops being fixed, sorted', async () => {
    const found = await list('photos/**/*.jpg');
    assert.equal(found.total, 3);
    const all = await items(found);
    assert.deepEqual(
      all.map((item) => item.key),
      ['2024/c.jpg', '2024/may/d.jpg', 'a.jpg'],
    );
    assert.equal(all[0]?.path, join(root, 'photos/2024/c.jpg'));
  });

  it('takes a folder with all that is below it', async () => {
    assert.deepEqual(await keys(await list('photos')), ['2024/c.jpg', '2024/may/d.jpg', 'a.jpg', 'b.png']);
  });

  it('gives the files of a glob that the shell expanded the keys of the quoted one', async () => {
    assert.deepEqual(await keys(await list('photos/2024/c.jpg', 'photos/a.jpg')), ['2024/c.jpg', 'a.jpg']);
    assert.deepEqual(await keys(await list('photos/2024/c.jpg')), ['c.jpg']);
  });

  it('takes a file whose name looks like a glob', async () => {
    assert.deepEqual(await keys(await list('odd[1].jpg')), ['odd[1].jpg']);
  });

  it('takes a file that two arguments name once', async () => {
    const found = await list('photos/**/*.jpg', 'photos/2024/*.jpg', 'photos/a.jpg');
    assert.equal(found.total, 3);
  });

  it('leaves out the output folder when it lies inside an input', async () => {
    const found = await listFiles([join(root, 'photos')], join(root, 'photos/2024'));
    assert.deepEqual(await keys(found), ['a.jpg', 'b.png']);
    assert.equal((await listFiles([join(root, 'photos')], join(root, 'photos'))).total, 4);
  });

  it('says what matched nothing and where it looked', async () => {
    const failing: readonly [string, RegExp][] = [
      ['photos/**/*.gif', /No file matches .*\*\.gif \(looked in .*photos\)/],
      ['nowhere/*.jpg', /No file matches .*nowhere: it does not exist/],
      ['photos/missing.jpg', /Cannot read the input .*missing\.jpg: it does not exist/],
      ['empty', /no file in the folder .*empty/],
    ];
    for (const [pattern, message] of failing) {
      await assert.rejects(list(pattern), (error) => {
        assert.ok(error instanceof UsageError);
        assert.match(error.message, message);
        return true;
      });
    }
  });

  it('refuses two files that would share an output', async () => {
    await assert.rejects(list('photos/*.jpg', 'other'), /would have the same output, a\.jpg/);
  });
});

describe('listLines', () => {
  it('takes each line that is not empty, with its number as the key', async () => {
    const list = listLines(Readable.from(['one\ntw', 'o\r\n\n', 'three']), 'text');
    assert.equal(list.total, undefined);
    assert.deepEqual(
      (await items(list)).map(({ key, text }) => [key, text]),
      [
        ['000001', 'one'],
        ['000002', 'two'],
        ['000004', 'three'],
      ],
    );
  });

  it('takes paths, with keys that stay inside the output folder', async () => {
    const list = listLines(Readable.from(['photos/a.jpg\n./b.jpg\n/tmp/c.jpg\n../../d.jpg\n']), 'path');
    assert.deepEqual(await keys(list), ['photos/a.jpg', 'b.jpg', 'tmp/c.jpg', 'd.jpg']);
  });

  it('ends while it waits for a line when it is closed', async () => {
    const stream = new PassThrough();
    const list = listLines(stream, 'text');
    stream.write('one\n');
    const iterator = (list.items as AsyncIterable<InputItem>)[Symbol.asyncIterator]();
    assert.equal((await iterator.next()).value.text, 'one');
    const next = iterator.next();
    list.close();
    assert.equal((await next).done, true);
    assert.equal(stream.destroyed, true);
  });
});
