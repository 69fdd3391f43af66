import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { describeFunction } from '#offloop/functions/describe.js';
import { Project } from '../../fixtures/functions/project.js';
import { Remote } from '../../fixtures/functions/remote.js';

type Exports = Record<string, () => unknown>;

const OTHER = `const other = () => 'other';`;

describe('export function name(…)', () => {
  let remote: Remote;
  let project: Project;
  before(() => {
    remote = new Remote();
    project = new Project({
      'plain.mjs': `export function one() { return 'one'; }
export async function two() { return one(); }
;export function* three() { yield 3; }
export function $four() { return 4; }
export const all = { one, two, three, $four };
export const is = one === two;`,
      'assigned.mjs': `${OTHER}\nexport function own() { return 'own'; }\nexport const kept = own;\nown = other;`,
      'pattern.mjs': `${OTHER}\nexport function own() { return 'own'; }\nexport const kept = own;\n[own] = [other];`,
      'escaped.mjs': `${OTHER}\nexport function own() { return 'own'; }\nexport const kept = own;\nexport const put = () => { \\u006fwn = other; };`,
      'later.mjs': `${OTHER}\nexport function own() { return 'own'; }\nexport const kept = own;\nexport const put = () => { own = other; };`,
      'inner.mjs': `export function outer() { function inner() { return 'inner'; } return inner; }`,
    });
  });
  after(async () => {
    project[Symbol.dispose]();
    await remote[Symbol.asyncDispose]();
  });
  const load = async (name: string): Promise<Exports> =>
    (await import(pathToFileURL(`${project.folder}/${name}`).href)) as Exports;

  it('goes by reference', async () => {
    const module = await load('plain.mjs');
    for (const name of ['one', 'two', 'three', '$four']) {
      const { definition } = describeFunction(module[name] as () => unknown);
      assert.ok(definition.kind === 'reference', `${name} goes by ${definition.kind}`);
      assert.equal(definition.exportName, name);
    }
  });

  for (const name of ['assigned.mjs', 'pattern.mjs']) {
    it(`is not taken for what the module has put in its place (${name})`, async () => {
      const { kept } = await load(name);
      assert.ok(kept !== undefined && describeFunction(kept).definition.kind !== 'reference');
      assert.equal(await remote.call(kept), 'own');
    });
  }

  for (const name of ['escaped.mjs', 'later.mjs']) {
    it(`is not taken for what the module may put in its place later (${name})`, async () => {
      const { own } = await load(name);
      assert.ok(own !== undefined && describeFunction(own).definition.kind !== 'reference');
      assert.equal(await remote.call(own), 'own');
    });
  }

  it('does not hold for what stands in such a function', async () => {
    const { outer } = await load('inner.mjs');
    const inner = outer?.() as () => unknown;
    assert.notEqual(describeFunction(inner).definition.kind, 'reference');
    assert.equal(await remote.call(inner), 'inner');
  });
});
