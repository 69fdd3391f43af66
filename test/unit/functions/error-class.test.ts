import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findErrorClass } from '#offloop/functions/error-class.js';
import { failing, ShapeError, triple } from '../../fixtures/functions/shapes.js';

class LocalError extends Error {}
function fails(): never {
  throw new LocalError();
}
const indirect = (): never => failing();

describe('findErrorClass', () => {
  it('finds a class the function uses', () => {
    assert.equal(findErrorClass(fails, 'LocalError'), LocalError);
    class Inner extends LocalError {}
    assert.equal(
      findErrorClass(() => {
        throw new Inner();
      }, 'Inner'),
      Inner,
    );
  });

  it('finds a class of the module an exported function stands in', () => {
    assert.equal(findErrorClass(failing, 'ShapeError'), ShapeError);
    assert.equal(findErrorClass(triple, 'ShapeError'), ShapeError);
  });

  it('finds a class of a module the function imports', () => {
    assert.equal(findErrorClass(indirect, 'ShapeError'), ShapeError);
  });

  it('finds nothing, and never throws, for anything else', () => {
    assert.equal(findErrorClass(fails, 'NoSuchError'), undefined);
    assert.equal(findErrorClass(fails, 'Vector'), undefined);
    assert.equal(findErrorClass(new Proxy(() => 1, {}), 'LocalError') ?? LocalError, LocalError);
    assert.equal(findErrorClass(Math.max, 'LocalError'), undefined);
  });
});
