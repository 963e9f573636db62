import { ConfigReader } from '@backstage/config';
import { readMlflowConfig } from './config';

const read = (mlflow?: object) =>
  readMlflowConfig(new ConfigReader(mlflow ? ({ mlflow } as any) : {}));

describe('readMlflowConfig', () => {
  it('is undefined without a server', () => {
    expect(read()).toBeUndefined();
    expect(read({ timeout: 'PT1S' })).toBeUndefined();
  });

  it('has defaults', () => {
    expect(read({ baseUrl: 'http://ml:5000/' })).toEqual({
      baseUrl: 'http://ml:5000',
      uiUrl: 'http://ml:5000',
      timeoutMs: 10_000,
      authorization: undefined,
    });
  });

  it('reads everything', () => {
    const config = read({
      baseUrl: 'http://ml/flow',
      uiUrl: 'https://ml.example/',
      timeout: { seconds: 3 },
      auth: { username: 'u', password: 'pä' },
    });
    expect(config).toMatchObject({
      uiUrl: 'https://ml.example',
      timeoutMs: 3_000,
    });
    expect(config!.authorization).toBe(
      `Basic ${Buffer.from('u:pä').toString('base64')}`,
    );
    expect(
      read({ baseUrl: 'http://ml', auth: { token: 't' } })!.authorization,
    ).toBe('Bearer t');
  });

  it.each([
    [{ baseUrl: 'ml:5000/x y' }, /mlflow\.baseUrl starts with ml:/],
    [{ baseUrl: 'mlflow' }, /mlflow\.baseUrl is not an address/],
    [{ baseUrl: 'http://u:p@ml' }, /under mlflow\.auth/],
    [{ baseUrl: 'http://ml?a=b' }, /query or fragment/],
    [{ baseUrl: 'http://ml', uiUrl: 'data:text/html,x' }, /mlflow\.uiUrl/],
    [{ baseUrl: 'http://ml', timeout: 'PT0S' }, /mlflow\.timeout is 0 ms/],
    [{ baseUrl: 'http://ml', auth: { username: 'u' } }, /needs both/],
    [
      { baseUrl: 'http://ml', auth: { username: 'u', token: 't' } },
      /one of them/,
    ],
  ])('refuses %j', (mlflow, message) => {
    expect(() => read(mlflow)).toThrow(message);
  });

  it('never repeats a password in its message', () => {
    expect(() => read({ baseUrl: 'http://u:hunter2@ml' })).toThrow(
      expect.not.objectContaining({
        message: expect.stringContaining('hunter2'),
      }),
    );
  });
});
