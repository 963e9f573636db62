import { ConfigReader } from '@backstage/config';
import { readTaskApiSettings } from './TaskApiServer';

describe('readTaskApiSettings', () => {
  const read = (taskApi: object) =>
    readTaskApiSettings(new ConfigReader({ maestro: { taskApi } as any }));

  it('reads addresses and refuses what is none', () => {
    expect(read({})).toEqual({ listen: { host: '127.0.0.1', port: 0 } });
    expect(
      read({ listen: '0.0.0.0:7010', url: 'http://maestro:7010/' }),
    ).toEqual({
      listen: { host: '0.0.0.0', port: 7010 },
      url: 'http://maestro:7010',
    });
    expect(read({ listen: '[::1]:0' }).listen).toEqual({
      host: '::1',
      port: 0,
    });
    expect(read({ listen: false }).listen).toBeUndefined();
    for (const listen of ['7010', 'host', 'a:b', 'x:70000']) {
      expect(() => read({ listen })).toThrow(/expected host:port/);
    }
  });
});
