import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Claims, nextTicket, ticketDistance } from '#offloop/process/claims.js';
import { explore } from './explore.js';

/** Two places, so that the third job takes that of the first. */
const PLACES = 2;
const LAST_TICKET = 0x7fff_ffff;

function raced(first: number, asked: (tickets: readonly number[]) => readonly number[]): void {
  const words = new Int32Array(PLACES);
  const tickets = [first, nextTicket(first), nextTicket(nextTicket(first)), nextTicket(nextTicket(nextTicket(first)))];
  const wanted = asked(tickets);
  const { ends } = explore({
    memory: [words],
    agents: [
      {
        name: 'main thread',
        program: (shared) => {
          const claims = new Claims(words, shared);
          return tickets.filter((ticket) => claims.claim(ticket));
        },
      },
      {
        name: 'watcher',
        program: (shared) => {
          const claims = new Claims(words, shared);
          return wanted.filter((ticket) => claims.revoke(ticket));
        },
      },
    ],
    check: ([begun, revoked]) => {
      const both = [...(begun as number[]), ...new Set(revoked as number[])];
      assert.equal(new Set(both).size, both.length, 'a job is begun or taken back, never both');
      assert.deepEqual(new Set(both), new Set(tickets), 'and one of the two');
    },
  });
  assert.ok(ends >= 1);
}

describe('every interleaving of claims', () => {
  it('of claim and revoke exactly one succeeds', () => {
    raced(1, ([a, b]) => [a as number, b as number]);
  });

  it('a request that comes too late, when the place has a newer job, takes nothing', () => {
    raced(1, ([a]) => [a as number]);
  });

  it('a job asked for twice has one answer', () => {
    raced(5, ([, b]) => [b as number, b as number]);
  });

  it('the same where the numbers start over', () => {
    raced(LAST_TICKET, ([a, b]) => [a as number, b as number]);
    raced(LAST_TICKET - 1, ([a, b]) => [b as number, a as number]);
  });
});

describe('tickets', () => {
  it('are never 0, and their distance counts across the end', () => {
    assert.equal(nextTicket(LAST_TICKET), 1);
    assert.equal(nextTicket(1), 2);
    assert.equal(ticketDistance(5, 9), 4);
    assert.ok(ticketDistance(LAST_TICKET - 1, 3) < 6);
    assert.ok(ticketDistance(9, 5) > 0x4000_0000);
  });
});
