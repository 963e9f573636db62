import { readTerminationMessage } from './terminationMessage';

it.each([
  ['nothing', undefined],
  ['', undefined],
  ['maestro/1 exit 0 json 5', undefined],
  // Its beginning was cut off.
  ['1":2}', undefined],
  ['Error: no such thing', undefined],
])('%j says nothing', (message, end) => {
  expect(readTerminationMessage(message)).toEqual(end);
});

it.each([
  ['exit 0 none 0\n', { code: 0, signalled: false }],
  ['signal 137 none 0\n', { code: 137, signalled: true }],
  [
    'exit 3 json 8\n{"a": 1}',
    { code: 3, signalled: false, outputs: '{"a": 1}' },
  ],
])('%j', (message, end) => {
  expect(readTerminationMessage(`maestro/1 ${message}`)).toEqual(end);
});

it.each([
  ['cut', 'json 20\n{"a": 1}', 'outputs_truncated'],
  ['no UTF-8', 'json 9\n{"a":"\uFFFD"}', 'outputs_truncated'],
  ['no JSON', 'json 4\n{"a"', 'no JSON'],
  ['a list', 'json 3\n[1]', 'one JSON object'],
  ['null', 'json 4\nnull', 'one JSON object'],
  ['too large', 'large 5120\n', '5120 bytes, 4000 are allowed'],
  ['a folder', 'nofile 0\n', 'no plain file'],
])('outputs that are %s', (_, message, problem) => {
  const end = readTerminationMessage(`maestro/1 exit 0 ${message}`);
  expect(end?.outputs).toBeUndefined();
  expect(end?.problem).toContain(problem);
});
