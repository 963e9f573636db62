import { awaitedWords, endWords, firedWords } from './deferralWords';

const deferral = { trigger: 'a.B', method: 'm', at: 1 };

it.each([
  [undefined, undefined, undefined],
  ['event', '{"a":1}', 'its trigger had an event'],
  [
    'trigger_failed',
    'ValueError: no',
    'its trigger failed, and so does the task: ValueError: no',
  ],
  [
    'trigger_ended',
    'it said skipped',
    'its trigger ended the task: it said skipped',
  ],
  ['timeout', undefined, 'its time was over, and the task fails'],
  ['answer', 'user:default/anna', 'answered by anna'],
  ['default', undefined, 'nobody answered in time: the default counts'],
  ['left', 'cleared', 'it waits no more: cleared'],
  ['unreadable', 'the key is gone', 'it could not go on: the key is gone'],
] as const)('%s', (end, detail, words) => {
  expect(endWords({ ...deferral, end, detail })).toBe(words);
});

it('says what is waited for', () => {
  expect(awaitedWords(deferral)).toBe('B');
  expect(awaitedWords({ ...deferral, trigger: undefined })).toBe(
    'an answer of people',
  );
});

it.each([
  ['{"path":"s3://raw","n":[1]}', '{"path":"s3://raw","n":[1]}'],
  [
    '{"at":{"__classname__":"pendulum.datetime.DateTime","__version__":2,"__data__":{"timestamp":1795818288.824,"tz":{"__classname__":"builtins.tuple","__version__":1,"__data__":["UTC"]}}}}',
    '{"at":"2026-11-27T22:24:48.824Z"}',
  ],
  [
    '[{"__classname__":"builtins.tuple","__version__":1,"__data__":[1,2]}]',
    '[[1,2]]',
  ],
  // An instant that no calendar has, and a beginning that was kept.
  [
    '{"__classname__":"x","__data__":{"timestamp":1e99}}',
    '{"__classname__":"x","__data__":{"timestamp":1e99}}',
  ],
  ['{"path":"s3:', '{"path":"s3:'],
])('what came with an event is readable: %s', (detail, words) => {
  expect(firedWords(detail)).toBe(words);
});
