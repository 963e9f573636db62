import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigReader } from '@backstage/config';
import { mockLogger } from '@maestro/plugin-maestro-node/testing';
import { rememberPort, rememberedPort } from './portMemory';
import { readTaskApiSettings, TaskApiServer } from './TaskApiServer';
import type { TaskReports } from './TaskReports';

describe('the port of the task API', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'maestro-port-'));

  it('is any free one the first time', async () => {
    expect(await rememberedPort(await folder())).toBe(0);
  });

  it('is that of the last time, so that running tasks find it again', async () => {
    const dataDir = await folder();
    await rememberPort(dataDir, 40_404, mockLogger());
    expect(await rememberedPort(dataDir)).toBe(40_404);
  });

  it.each(['', 'none', '-1', '99999', '1.5'])(
    'is any free one when the file holds %p',
    async text => {
      const dataDir = await folder();
      await writeFile(join(dataDir, 'task-api-port'), text);
      expect(await rememberedPort(dataDir)).toBe(0);
    },
  );

  it('that cannot be written down keeps nothing from starting', async () => {
    const file = join(await folder(), 'no-folder');
    await writeFile(file, '');
    const logger = mockLogger();
    await rememberPort(file, 40_404, logger);
    expect(logger.warn).toHaveBeenCalledWith(
      expect.stringContaining('may not reach it any more'),
    );
  });

  describe('that is wanted again', () => {
    const servers: TaskApiServer[] = [];
    const serve = () => {
      const server = new TaskApiServer({
        settings: readTaskApiSettings(new ConfigReader({})),
        logger: mockLogger(),
        // Nobody asks for anything.
        reports: {} as TaskReports,
      });
      servers.push(server);
      return server;
    };
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.stop();
    });

    it('is taken when it is free', async () => {
      const first = serve();
      await first.start();
      const port = first.port();
      await first.stop();
      const next = serve();
      await next.start(port);
      expect(next.port()).toBe(port);
    });

    it('is another one when somebody else has it', async () => {
      const other = createServer();
      await new Promise<void>(done => {
        other.listen(0, '127.0.0.1', () => done());
      });
      const { port } = other.address() as AddressInfo;
      const server = serve();
      await server.start(port);
      other.close();
      expect(server.port()).toBeGreaterThan(0);
      expect(server.port()).not.toBe(port);
    });

    it('is that of one of two that start at once in one folder', async () => {
      const before = serve();
      await before.start();
      const port = before.port();
      await before.stop();
      const both = [serve(), serve()];
      await Promise.all(both.map(server => server.start(port)));
      const ports = both.map(server => server.port());
      expect(ports).toContain(port);
      expect(new Set(ports).size).toBe(2);
    });
  });
});
