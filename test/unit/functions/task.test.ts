import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';
import { CaptureError, InvalidOptionError, task } from '#offloop/index.js';
import { describeFunction } from '#offloop/functions/describe.js';
import { FunctionLoader } from '#offloop/functions/loader.js';

const shapes = new URL('../../fixtures/functions/shapes.js', import.meta.url).href;

describe('task(import.meta.url, fn)', () => {
  it('returns the function, which can be called here and goes by reference', async () => {
    const triple = task(shapes, function triple(x: number) {
      return x * 3;
    });
    assert.equal(triple(2), 6);
    const { definition } = describeFunction(triple);
    assert.deepEqual(definition, {
      kind: 'reference',
      id: definition.id,
      name: 'triple',
      url: shapes,
      exportName: 'triple',
    });
    const loaded = await new FunctionLoader().load(definition);
    assert.equal(loaded(5), 15);
    assert.notEqual(loaded, triple);
  });

  it('takes a path or a URL object as well', () => {
    for (const url of [fileURLToPath(shapes), new URL(shapes)]) {
      const { definition } = describeFunction(task(url, function triple() {}));
      assert.equal(definition.kind === 'reference' && definition.url, shapes);
    }
  });

  it('is checked when made: the URL and the name', () => {
    assert.throws(() => task('./shapes.js', function triple() {}), InvalidOptionError);
    assert.throws(() => task('', function triple() {}), /url must be a module URL such as import\.meta\.url/);
    assert.throws(() => task(shapes, () => 1), /fn must be a function whose name is the name it is exported under/);
    assert.throws(() => task(shapes, 'triple' as never), InvalidOptionError);
  });

  it('is checked when loaded: the export is there and is a function', async () => {
    const loader = new FunctionLoader();
    for (const name of ['quadruple', 'limits']) {
      const fn = { [name]: () => 1 }[name] as () => number;
      await assert.rejects(
        async () => loader.load(describeFunction(task(shapes, fn)).definition),
        (error: Error) =>
          error instanceof CaptureError &&
          /does not export a function named/.test(error.message) &&
          /triple/.test(error.message),
      );
    }
  });

  it('a module that fails to load passes its own error on, and is tried again', async () => {
    const url = `data:text/javascript,${encodeURIComponent("throw new RangeError('no');")}`;
    const { definition } = describeFunction(task(url, function any() {}));
    const loader = new FunctionLoader();
    await assert.rejects(async () => loader.load(definition), RangeError);
    await assert.rejects(async () => loader.load(definition), RangeError);
  });
});
