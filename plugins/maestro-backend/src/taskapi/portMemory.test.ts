import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rememberPort, rememberedPort } from './portMemory';

describe('the port of the task API', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'maestro-port-'));
  const listen = async () => {
    const server = createServer();
    await new Promise<void>(done => {
      server.listen(0, '127.0.0.1', () => done());
    });
    return { server, port: (server.address() as AddressInfo).port };
  };

  it('is any free one the first time', async () => {
    expect(await rememberedPort(await folder(), '127.0.0.1')).toBe(0);
  });

  it('is that of the last time, so that running tasks find it again', async () => {
    const { server, port } = await listen();
    await new Promise(done => {
      server.close(done);
    });
    const dataDir = await folder();
    await rememberPort(dataDir, port);
    expect(await rememberedPort(dataDir, '127.0.0.1')).toBe(port);
  });

  it('is another one when somebody else has it', async () => {
    const { server, port } = await listen();
    const dataDir = await folder();
    await rememberPort(dataDir, port);
    expect(await rememberedPort(dataDir, '127.0.0.1')).toBe(0);
    server.close();
  });

  it.each(['', 'none', '-1', '99999', '1.5'])(
    'is any free one when the file holds %p',
    async text => {
      const dataDir = await folder();
      await writeFile(join(dataDir, 'task-api-port'), text);
      expect(await rememberedPort(dataDir, '127.0.0.1')).toBe(0);
    },
  );
});
