import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { Remote } from '../../fixtures/functions/remote.js';
import { REPOSITORY } from '../../fixtures/functions/project.js';
import { arbitraryModule } from './arbitrary-module.js';

/**
 * Modules are made up with variables, functions and classes in nested scopes, shadowing one another; each exports a
 * function that returns a closure from somewhere inside. The closure must give here and in a worker the same.
 */
describe('a closure made up at random', () => {
  let folder = '';
  let remote: Remote;
  before(() => {
    mkdirSync(join(REPOSITORY, 'build'), { recursive: true });
    folder = mkdtempSync(join(REPOSITORY, 'build', 'closures-'));
    remote = new Remote();
  });
  after(async () => {
    await remote[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives in a worker what it gives here', { timeout: 120_000 }, async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(arbitraryModule, fc.integer({ min: -9, max: 9 }), async ({ text, commonJs }, argument) => {
        count += 1;
        const file = join(folder, `module-${count}.${commonJs ? 'cjs' : 'mjs'}`);
        writeFileSync(file, text);
        const module = (await import(pathToFileURL(file).href)) as { closures: () => ((x: number) => unknown)[] };
        for (const closure of module.closures()) {
          const there = await remote.call(closure, argument);
          assert.deepEqual(there, structuredClone(closure(argument)), text);
        }
      }),
      { numRuns: 150, endOnFailure: false },
    );
  });
});
