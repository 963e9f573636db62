import { languageOf } from './languageOf';

it.each([
  ['tasks/train.py', 'python'],
  ['catalog-info.YAML', 'yaml'],
  ['Dockerfile', 'dockerfile'],
  ['a.b/README', 'text'],
  ['.py', 'text'],
  ['model.bin', 'text'],
])('%s is %s', (path, language) => {
  expect(languageOf(path)).toBe(language);
});
