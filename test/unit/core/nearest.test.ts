import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { suggestion } from '#offloop/cli/suggestion.js';
import { nearest } from '#offloop/core/nearest.js';

describe('nearest', () => {
  it('finds the word a slip of the finger away', () => {
    assert.equal(nearest('wokers', ['workers', 'retries', 'io']), 'workers');
    assert.equal(nearest('otu', ['out', 'io']), 'out');
    assert.equal(nearest('QUIET', ['quiet']), 'quiet');
  });

  it('finds the word as another language or library writes it', () => {
    const names = ['maxWorkers', 'maxTasksPerWorker', 'idleTimeout', 'returnWhen'];
    assert.equal(nearest('max_workers', names), 'maxWorkers');
    assert.equal(nearest('max-workers', names), 'maxWorkers');
    assert.equal(nearest('return_when', names), 'returnWhen');
    assert.equal(nearest('idleTimeoutMs', names), 'idleTimeout');
  });

  it('finds the word it begins', () => {
    assert.equal(nearest('prio', ['signal', 'priority']), 'priority');
    assert.equal(nearest('pr', ['priority']), undefined);
  });

  it('takes the closest of several', () => {
    assert.equal(nearest('minWorker', ['maxWorkers', 'minWorkers']), 'minWorkers');
    assert.equal(nearest('halt', ['halts', 'halt']), 'halt');
  });

  it('finds none where none is near', () => {
    assert.equal(nearest('frobnicate', ['workers', 'io']), undefined);
    assert.equal(suggestion('frobnicate', ['workers']), '');
    assert.equal(nearest('x', []), undefined);
    assert.equal(nearest('__', ['io', 'to']), undefined);
  });

  it('words the suggestion', () => {
    assert.equal(suggestion('haltt', ['halt'], '--'), ' Did you mean --halt?');
  });
});
