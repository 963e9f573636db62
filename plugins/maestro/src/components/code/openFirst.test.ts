import { definitionOf } from '../../__testUtils__/fixtures';
import { openFirst } from './openFirst';

const file = (path: string, content?: string) => ({ path, size: 1, content });

describe('openFirst', () => {
  // The tasks run validate.py, then train.py.
  const definition = definitionOf(['validate -> train']);

  it.each([
    [
      'what the first task runs',
      ['README.md', 'train.py', 'validate.py'],
      'validate.py',
    ],
    ['what a later task runs', ['README.md', 'train.py'], 'train.py'],
    ['a file in a folder', ['README.md', 'src/validate.py'], 'src/validate.py'],
    [
      'no file whose name only ends alike',
      ['README.md', 'xvalidate.py'],
      'README.md',
    ],
    ['the first otherwise', ['catalog-info.yaml', 'b.py'], 'catalog-info.yaml'],
    ['nothing where there is nothing', [], undefined],
  ])('opens %s', (_, paths, opened) => {
    const files = paths.map(path => file(path, 'text'));
    expect(openFirst({ definition, files })).toBe(opened);
  });

  it('passes over what cannot be shown', () => {
    const files = [file('validate.py'), file('model.bin'), file('a.md', '#')];
    expect(openFirst({ definition, files })).toBe('a.md');
  });
});
