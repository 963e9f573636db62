import { everyCommand } from '../__testUtils__/everyCommand';
import { RUN_ID } from '../__testUtils__/fakeMaestro';

const { fake, maestro } = everyCommand();

const output = {
  taskId: 'fit',
  mapIndex: -1,
  key: 'return_value',
  value: { auc: 0.91 },
  size: 12,
  createdAt: 1,
  attemptId: 'attempt-1',
  tryNumber: 2,
};

describe('outputs', () => {
  let asked: string[];

  beforeEach(() => {
    asked = [];
    fake.routes[`GET /runs/${RUN_ID}/outputs`] = (query: URLSearchParams) => {
      asked.push(String(query));
      return {
        json: {
          items: [
            output,
            { ...output, key: 'large', value: undefined, size: 700_000 },
            { ...output, taskId: 'score', mapIndex: 3, value: 'x' },
          ],
        },
      };
    };
    fake.routes[`GET /runs/${RUN_ID}/outputs/value`] = (
      query: URLSearchParams,
    ) => {
      asked.push(String(query));
      return { bytes: Buffer.from('[1,"ü"]') };
    };
  });

  it('are listed with task, key, try, size and value', async () => {
    const { code, stdout } = await maestro(['outputs', RUN_ID]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/fit +return_value +2 .*\{"auc":0.91\}/);
    expect(stdout).toMatch(/fit +large .*\(large; --key shows it\)/);
    expect(stdout).toMatch(/score\[3\] +return_value/);
    expect(asked).toEqual(['']);
  });

  it('are those of one task, and of one instance', async () => {
    await maestro(['outputs', RUN_ID, 'score', '--index', '3']);
    expect(asked).toEqual(['taskId=score&mapIndex=3']);
  });

  it('are JSON for programs', async () => {
    const { stdout } = await maestro(['outputs', RUN_ID, '--output', 'json']);
    expect(JSON.parse(stdout)[0]).toEqual(output);
  });

  it('are one value with --key, as it is', async () => {
    const result = await maestro(['outputs', RUN_ID, 'fit', '--key', 'large']);
    expect(result).toMatchObject({ code: 0, stdout: '[1,"ü"]\n' });
    expect(asked).toEqual(['taskId=fit&key=large']);
  });

  it('want a task for a key', async () => {
    const result = await maestro(['outputs', RUN_ID, '--key', 'large']);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('say which');
  });

  it('have an exit code for what is not there', async () => {
    fake.routes[`GET /runs/${RUN_ID}/outputs/value`] = { status: 404 };
    const { code } = await maestro(['outputs', RUN_ID, 'fit', '--key', 'nope']);
    expect(code).toBe(3);
  });
});
