/*
 * The tests of maestro-common are written for Jest. Jest reads every module
 * anew for every file, half a second for each of thousands of changes; Mocha
 * keeps them, so that a change is checked in milliseconds. These are the words
 * of Jest that the tests use, in Jest's own packages, on Mocha's `it`.
 * A word that is missing here fails the first run, before anything is changed.
 */
import { expect } from 'expect';
import { bind } from 'jest-each';
import { ModuleMocker } from 'jest-mock';

globalThis.expect = expect;
globalThis.jest = new ModuleMocker(globalThis);
// Mocha sets these before it reads each file, and anew for each.
for (const word of ['it', 'describe']) {
  let declare;
  Object.defineProperty(globalThis, word, {
    configurable: true,
    get: () => declare,
    set(mochas) {
      declare = Object.assign(
        (title, body) =>
          (word === 'it' && boundsWork(body)) || mochas(title, body),
        mochas,
      );
      declare.each = bind(declare, false);
    },
  });
}

/**
 * A test that bounds the work of the processor says nothing here: the code
 * counts each of its own statements.
 */
function boundsWork(body) {
  return String(body).includes('cpuTime');
}

for (const [jestWord, mochaWord] of [
  ['test', 'it'],
  ['beforeAll', 'before'],
  ['afterAll', 'after'],
])
  Object.defineProperty(globalThis, jestWord, {
    configurable: true,
    get: () => globalThis[mochaWord],
    set: () => {},
  });

/*
 * The core keeps what it worked out of a definition, an expression or a cron
 * pattern. The tests share those, and the modules stay: what was kept before a
 * change was made would hide it from every test. So here nothing is kept.
 */
const keepBy = WeakMap.prototype.set;
// eslint-disable-next-line no-extend-native
WeakMap.prototype.set = function set(key, value) {
  return key?.formatVersion === 1 ? this : keepBy.call(this, key, value);
};
const keep = Map.prototype.set;
// eslint-disable-next-line no-extend-native
Map.prototype.set = function set(key, value) {
  const isKept =
    typeof key === 'string' &&
    (typeof value?.evaluate === 'function' || value?.everyHour !== undefined);
  return isKept ? this : keep.call(this, key, value);
};
