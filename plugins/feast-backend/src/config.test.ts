import { ConfigReader } from '@backstage/config';
import { readFeastConfig } from './config';

const read = (feast?: object) =>
  readFeastConfig(new ConfigReader(feast ? ({ feast } as any) : {}));

describe('readFeastConfig', () => {
  it('has defaults', () => {
    expect(read()).toEqual({ timeoutMs: 10_000, staleAfterMs: 93_600_000 });
  });

  it('reads everything', () => {
    expect(
      read({
        registryUrl: 'http://r:6572/',
        serverUrl: 'http://s/online',
        project: 'flights',
        timeout: 'PT2S',
        staleAfter: { hours: 1 },
        token: 't',
      }),
    ).toEqual({
      registryUrl: 'http://r:6572',
      serverUrl: 'http://s/online',
      project: 'flights',
      timeoutMs: 2_000,
      staleAfterMs: 3_600_000,
      authorization: 'Bearer t',
    });
  });

  it.each([
    [{ registryUrl: 'registry' }, /feast\.registryUrl is not an address/],
    [{ serverUrl: 'ftp://s' }, /feast\.serverUrl starts with ftp:/],
    [{ serverUrl: 'http://u:p@s' }, /feast\.serverUrl holds a user/],
    [{ registryUrl: 'http://s?x=1' }, /query or fragment/],
    [{ timeout: 'PT10M' }, /feast\.timeout is 600000 ms/],
    [{ staleAfter: 'PT0S' }, /feast\.staleAfter is 0 ms/],
  ])('refuses %j', (feast, message) => {
    expect(() => read(feast)).toThrow(message);
  });
});
