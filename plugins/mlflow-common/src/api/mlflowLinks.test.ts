import { mlflowLinks } from './mlflowLinks';

describe('mlflowLinks', () => {
  it('escapes what stands in the address', () => {
    const links = mlflowLinks('http://ml/flow/');
    expect(links.modelVersion('a b#', '2')).toBe(
      'http://ml/flow/#/models/a%20b%23/versions/2',
    );
    expect(links.model('m')).toBe('http://ml/flow/#/models/m');
    expect(links.run('1', 'ab')).toBe('http://ml/flow/#/experiments/1/runs/ab');
    expect(links.experiment('1')).toBe('http://ml/flow/#/experiments/1');
  });
});
