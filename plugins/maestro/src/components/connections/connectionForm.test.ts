import type { Connection } from '@maestro/plugin-maestro-common';
import { emptyInput, inputOf, inputProblems, toWrite } from './connectionForm';

const stored: Connection = {
  connId: 'aws_default',
  connType: 'aws',
  login: 'admin',
  hasPassword: true,
  extraKeys: ['endpoint_url'],
  revision: 3,
  updatedAt: 0,
  updatedBy: 'user:default/guest',
  usedBy: [],
};

describe('connection form', () => {
  it('sends no secret that was not touched, so that it stays', () => {
    expect(toWrite(inputOf(stored), true)).toEqual({
      connId: 'aws_default',
      connType: 'aws',
      login: 'admin',
    });
  });

  it('sends a secret that was removed empty, and a new one as it is', () => {
    const input = inputOf(stored);
    expect(toWrite({ ...input, password: '', extra: '' }, true)).toMatchObject({
      password: '',
      extra: {},
    });
    expect(
      toWrite({ ...input, password: ' pass ', extra: ' {"a": 1} ' }, true),
    ).toMatchObject({ password: ' pass ', extra: { a: 1 } });
  });

  it('sends nothing empty for a new one', () => {
    expect(
      toWrite({ ...emptyInput(), connId: 'x', host: 'h', port: '80' }, false),
    ).toEqual({ connId: 'x', connType: 'http', host: 'h', port: 80 });
  });

  it.each([
    [{ connId: '' }, 'connId'],
    [{ connId: 'with space' }, 'connId'],
    [{ connType: ' ' }, 'connType'],
    [{ port: '0' }, 'port'],
    [{ port: '80.5' }, 'port'],
    [{ port: 'http' }, 'port'],
    [{ extra: '{"a":' }, 'extra'],
    [{ extra: '[1]' }, 'extra'],
    [{ extra: 'null' }, 'extra'],
  ])('refuses %j', (change, field) => {
    const input = { ...emptyInput(), connId: 'ok', ...change };
    expect(Object.keys(inputProblems(input))).toEqual([field]);
  });

  it('accepts what the API accepts', () => {
    expect(
      inputProblems({ ...emptyInput(), connId: 'a.b-c_1', extra: '{}' }),
    ).toEqual({});
  });
});
