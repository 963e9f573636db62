import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { removeOlder } from './kept.mjs';

const NOW = Date.now();
const HOUR = 3600_000;

/** A cache with builds, by how many hours ago each was used. */
function cache(t, hoursAgo) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-kept-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  for (const [name, hours] of Object.entries(hoursAgo)) {
    const file = path.join(folder, name);
    // Of layers there are folders.
    if (name.includes('.tar') && !name.endsWith('.d'))
      fs.writeFileSync(file, '');
    else {
      fs.mkdirSync(path.join(file, 'root'), { recursive: true });
      fs.writeFileSync(path.join(file, 'layer.tar'), '');
    }
    const at = new Date(NOW - hours * HOUR);
    fs.utimesSync(file, at, at);
  }
  return folder;
}

const build = (number, ending = '') =>
  `ml-${String(number).padStart(16, '0')}${ending}`;
const all = folder => fs.readdirSync(folder).sort();

const remove = (folder, current, ending) =>
  removeOlder(folder, {
    name: 'ml',
    ending,
    inside: ending ? undefined : 'layer.tar',
    current: path.join(folder, current),
    now: NOW,
  });

test('what was used within two hours stays, however many there are', t => {
  const folder = cache(t, {
    [build(1)]: 1.9,
    [build(2)]: 1.5,
    [build(3)]: 0.1,
    [build(4)]: 0,
  });
  const before = all(folder);
  remove(folder, build(4));
  assert.deepEqual(all(folder), before);
});

test('besides that the newest two of a name, also when nobody used them for long', t => {
  const folder = cache(t, {
    [build(1, '.tar')]: 300,
    [build(2, '.tar')]: 100,
    [build(3, '.tar')]: 2.1,
    [build(4, '.tar')]: 0,
  });
  remove(folder, build(4, '.tar'), '.tar');
  assert.deepEqual(all(folder), [build(3, '.tar'), build(4, '.tar')]);
});

test('a week of work leaves what two hours of it leave', t => {
  const folder = cache(
    t,
    Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [build(i), i * 1.5]),
    ),
  );
  remove(folder, build(0));
  assert.deepEqual(all(folder), [build(0), build(1)]);
});

test('the current one stays when the clock was put back', t => {
  const folder = cache(t, {
    [build(1)]: 50,
    [build(2)]: 40,
    [build(3)]: 30,
  });
  remove(folder, build(1));
  assert.deepEqual(all(folder), [build(1), build(3)]);
});

test('what a build left that died goes at once; of other names nothing', t => {
  const others = {
    'python-0000000000000001': 900,
    'ml-extra-0000000000000001': 900,
    'ml-notes.txt': 900,
    [build(1)]: 900,
    [build(2)]: 800,
    // Of layers, which are removed by themselves.
    [build(3)]: 700,
  };
  const folder = cache(t, {
    ...others,
    [build(1, '.tar.unfinished')]: 0,
    [build(2, '.tar.unfinished.d')]: 0,
    [build(4, '.tar')]: 0,
  });
  remove(folder, build(4, '.tar'), '.tar');
  assert.deepEqual(
    all(folder),
    [...Object.keys(others), build(4, '.tar')].sort(),
  );
});

test('a layer whose build died does not stand for one', t => {
  const folder = cache(t, { [build(1)]: 9, [build(2)]: 5, [build(3)]: 0 });
  fs.rmSync(path.join(folder, build(2), 'layer.tar'));
  remove(folder, build(3));
  assert.deepEqual(all(folder), [build(1), build(3)]);
});
