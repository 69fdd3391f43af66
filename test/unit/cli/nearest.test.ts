import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nearest, suggestion } from '#offloop/cli/nearest.js';

describe('nearest', () => {
  it('finds the word a slip of the finger away', () => {
    assert.equal(nearest('wokers', ['workers', 'retries', 'io']), 'workers');
    assert.equal(nearest('otu', ['out', 'io']), 'out');
    assert.equal(nearest('QUIET', ['quiet']), 'quiet');
  });

  it('finds none where none is near', () => {
    assert.equal(nearest('frobnicate', ['workers', 'io']), undefined);
    assert.equal(suggestion('frobnicate', ['workers']), '');
    assert.equal(nearest('x', []), undefined);
  });

  it('words the suggestion', () => {
    assert.equal(suggestion('haltt', ['halt'], '--'), ' Did you mean --halt?');
  });
});
