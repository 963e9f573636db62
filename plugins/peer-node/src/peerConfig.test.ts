import { ConfigReader } from '@backstage/config';
import { readPeerAddress, readPeerDuration } from './peerConfig';

describe('readPeerAddress', () => {
  const read = (baseUrl?: string) =>
    readPeerAddress(new ConfigReader({ peer: { baseUrl } }), 'peer.baseUrl', {
      example: 'http://peer.example:1',
      credentials: 'put them under peer.auth',
    });

  it('keeps a path and drops slashes at the end', () => {
    expect(read('https://peer.example/ml//')).toBe('https://peer.example/ml');
    expect(read('http://peer.example:5000')).toBe('http://peer.example:5000');
  });

  it('is undefined when it is not set', () => {
    expect(read()).toBeUndefined();
    expect(
      readPeerAddress(new ConfigReader({}), 'peer.baseUrl', {
        example: '',
        credentials: '',
      }),
    ).toBeUndefined();
  });

  it.each([
    ['peer', 'expected one such as http://peer.example:1'],
    ['data:text/html,x', 'starts with data:; expected http'],
    ['ftp://peer', 'starts with ftp:'],
    ['http://me:secret@peer', 'put them under peer.auth'],
    ['http://peer/?token=secret', 'holds a query or fragment'],
    ['http://peer/#/models', 'holds a query or fragment'],
  ])('refuses %s by its key, without repeating a secret', (address, reason) => {
    expect(() => read(address)).toThrow(`peer.baseUrl `);
    expect(() => read(address)).toThrow(reason);
    expect(() => read(address)).not.toThrow('secret');
  });
});

describe('readPeerDuration', () => {
  const read = (timeout?: unknown) =>
    readPeerDuration(
      new ConfigReader({ peer: { timeout: timeout as any } }),
      'peer.timeout',
      { fallback: 7, max: 1_000, maxText: 'a second' },
    );

  it('reads what Backstage calls a duration', () => {
    expect(read('PT0.5S')).toBe(500);
    expect(read({ seconds: 1 })).toBe(1_000);
    expect(read()).toBe(7);
  });

  it.each([['0s'], ['2s'], [{ milliseconds: -1 }]])('refuses %j', value => {
    expect(() => read(value)).toThrow(
      /^peer\.timeout is -?\d+ ms; expected between 1 ms and a second$/,
    );
  });
});
