import { existsSync } from 'node:fs';
import { ServerProcesses } from './ServerProcesses';

const serve = `require('node:http').createServer((_, res) => res.end()).listen(process.argv[1])`;

describe('ServerProcesses', () => {
  let processes: ServerProcesses;

  beforeEach(async () => {
    processes = await ServerProcesses.create('processes-test');
  });
  afterEach(() => processes.stop());

  it('waits for a server, and leaves neither it nor its files behind', async () => {
    const port = await processes.freePort();
    const url = `http://127.0.0.1:${port}`;
    const server = processes.start('web', [
      process.execPath,
      ...['-e', serve, String(port)],
    ]);
    await processes.untilAnswers(url, server);
    await processes.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    expect(existsSync(processes.directory)).toBe(false);
  });

  it('tells a server that ended from one that is slow, with its log', async () => {
    const broken = processes.start('broken', ['sh', '-c', 'echo why; exit 3']);
    await expect(broken.exited).resolves.toBe(3);
    const error = await processes
      .untilAnswers('http://127.0.0.1:1', broken)
      .catch(e => e);
    expect(error.message).toBe('the server of http://127.0.0.1:1 ended with 3');
    const told = await processes.stopAfter(error);
    expect(told.message).toContain('broken.log:\nwhy');
    expect(existsSync(processes.directory)).toBe(false);
  });

  it('gives up after its time', async () => {
    const sleeper = processes.start('sleeper', ['sleep', '60']);
    await expect(
      processes.untilAnswers('http://127.0.0.1:1', sleeper, 10),
    ).rejects.toThrow('did not answer within 10 ms');
  });
});
