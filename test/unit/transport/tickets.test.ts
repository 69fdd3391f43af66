import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Tickets } from '#offloop/transport/tickets.js';

describe('tickets', () => {
  it('a ticket is redeemed once, and its place is used again under another number', () => {
    const tickets = new Tickets<string>();
    const first = tickets.issue('first', 0, 0);
    assert.ok(first > 0);
    assert.equal(tickets.redeem(first), 'first');
    assert.equal(tickets.redeem(first), undefined);
    const second = tickets.issue('second', 0, 1);
    assert.notEqual(second, first);
    assert.equal(tickets.find(first), undefined);
    assert.equal(tickets.find(second)?.token, 'second');
    assert.equal(tickets.size, 1);
  });

  it('numbers stay positive and fit a word through every generation', () => {
    const tickets = new Tickets<number>();
    for (let index = 0; index < 100_000; index += 1) {
      const ticket = tickets.issue(index, 0, 0);
      if (ticket <= 0 || (ticket | 0) !== ticket || tickets.redeem(ticket) !== index) assert.fail(`ticket ${ticket}`);
    }
  });

  it('it is full with 65 536 out', () => {
    const tickets = new Tickets<number>();
    const issued = Array.from({ length: 65_536 }, (_, index) => tickets.issue(index, 0, 0));
    assert.equal(tickets.full, true);
    assert.equal(new Set(issued).size, 65_536);
    tickets.redeem(issued[7] as number);
    assert.equal(tickets.full, false);
    assert.equal([...tickets.entries()].length, 65_535);
  });
});
