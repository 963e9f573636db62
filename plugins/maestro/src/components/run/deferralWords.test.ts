import { awaitedWords, endWords } from './deferralWords';

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
  expect(awaitedWords(deferral)).toBe('a.B');
  expect(awaitedWords({ ...deferral, trigger: undefined })).toBe(
    'an answer of people',
  );
});
