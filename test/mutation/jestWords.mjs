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
