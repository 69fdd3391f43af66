import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { OffloopError } from '#offloop/index.js';
import { FileStorage } from '#offloop/cli/storage/file-storage.js';
import { makeFolder } from '#offloop/cli/storage/make-folder.js';
import { UsageError } from '#offloop/cli/usage-error.js';

const never = new AbortController().signal;

describe('FileStorage', () => {
  let root = '';
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'offloop-storage-'));
  });
  after(() => rm(root, { recursive: true }));

  it('writes a file into folders that it makes, and leaves nothing else there', async () => {
    const storage = new FileStorage(join(root, 'a'));
    await storage.prepare();
    await storage.put('x/y/z.bin', Buffer.from('abc'), never);
    assert.equal(await readFile(join(root, 'a/x/y/z.bin'), 'utf8'), 'abc');
    assert.deepEqual(await readdir(join(root, 'a/x/y')), ['z.bin']);
    assert.deepEqual(await readdir(join(root, 'a')), ['x']);
  });

  it('replaces a file that is there', async () => {
    const storage = new FileStorage(root);
    await storage.put('twice.txt', Buffer.from('old and long'), never);
    await storage.put('twice.txt', Buffer.from('new'), never);
    assert.equal(await readFile(join(root, 'twice.txt'), 'utf8'), 'new');
  });

  it('refuses names that lead out of its folder', () => {
    const storage = new FileStorage(join(root, 'inside'));
    for (const name of ['../x', 'a/../../x', '/etc/x', '', '.', 'a/..', 'a/', 'a\0b', '../inside-too/x']) {
      assert.throws(
        () => storage.pathOf(name),
        (error) => error instanceof OffloopError && error.code === 'ERR_OFFLOOP_STORAGE',
        name,
      );
    }
    assert.equal(storage.pathOf('a/../b..c'), join(root, 'inside', 'b..c'));
  });

  it('keeps the old file and leaves nothing half-written when a write is aborted', async () => {
    const storage = new FileStorage(join(root, 'abort'));
    await storage.put('x.txt', Buffer.from('old'), never);
    await assert.rejects(storage.put('x.txt', Buffer.alloc(1_000_000), AbortSignal.abort()), OffloopError);
    assert.equal(await readFile(join(root, 'abort/x.txt'), 'utf8'), 'old');
    assert.deepEqual(await readdir(join(root, 'abort')), ['x.txt']);
  });

  it('says why it cannot write, and leaves no temporary file', async () => {
    const storage = new FileStorage(root);
    await mkdir(join(root, 'folder/below'), { recursive: true });
    await assert.rejects(storage.put('folder', Buffer.from('x'), never), /Cannot write .*folder: /);
    await writeFile(join(root, 'file'), 'x');
    await assert.rejects(storage.put('file/x', Buffer.from('x'), never), /Cannot write .*: a /);
    assert.deepEqual(
      (await readdir(root)).filter((name) => name.startsWith('.offloop')),
      [],
    );
  });

  it('refuses an output folder that cannot be one', async () => {
    await writeFile(join(root, 'plain'), 'x');
    await assert.rejects(new FileStorage(join(root, 'plain')).prepare(), (error) => error instanceof UsageError);
    await assert.rejects(new FileStorage(join(root, 'plain/x')).prepare(), /Cannot write to the output folder/);
  });

  it('removes at once what is being written', async () => {
    const storage = new FileStorage(join(root, 'killed'));
    await storage.prepare();
    const controller = new AbortController();
    const writing = storage.put('x.bin', Buffer.alloc(1000), controller.signal);
    storage.removeTemporary();
    controller.abort();
    await assert.rejects(writing, OffloopError);
    assert.deepEqual(await readdir(join(root, 'killed')), []);
  });
});

describe('makeFolder', () => {
  it('makes the folders above, takes one that is there, and ends where none can be made', async () => {
    const root = await mkdtemp(join(tmpdir(), 'offloop-folder-'));
    try {
      await Promise.all([makeFolder(join(root, 'a/b/c')), makeFolder(join(root, 'a/b/d'))]);
      await makeFolder(join(root, 'a/b/c'));
      assert.ok((await stat(join(root, 'a/b/d'))).isDirectory());
      if (process.platform === 'linux') await assert.rejects(makeFolder('/proc/offloop/x'), /ENOENT/);
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
