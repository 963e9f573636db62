/* Airflow's own example of aliases of assets, as it is installed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { queryDatabase } from './__testUtils__/queryDatabase';
import { airflowPython, DagRunner } from './__testUtils__/runDag';

jest.setTimeout(480_000);

const EXAMPLE = 'airflow/example_dags/example_asset_alias.py';

const FOLDER = 'import sysconfig; print(sysconfig.get_path("purelib"))';
const OVER = `
select p.name || ' ' || r.trigger || ' ' || r.state
from runs r join pipelines p on p.id = r.pipeline_id
where r.state in ('success', 'failed') order by 1`;
const CONSUMER = `
select a.attempt_id from attempts a join pipelines p on p.id = a.pipeline_id
where p.name = 'asset_alias_example_alias_consumer'`;

const runner = new DagRunner();
afterAll(() => runner.remove());

it('runs the example: what a task gives through an alias starts who waits for it', async () => {
  const folder = execFileSync(airflowPython(), ['-c', FOLDER], {
    encoding: 'utf8',
  }).trim();
  const start = await runner.schedulers(
    readFileSync(`${folder}/${EXAMPLE}`, 'utf8'),
  );
  const scheduler = await start();
  const query = (sql: string) =>
    queryDatabase<[string]>(start.database, sql).flat();
  const untilOver = async (n: number) => {
    for (let i = 0; i < 300 && query(OVER).length < n; i++) {
      await setTimeout(500);
    }
  };
  try {
    // The asset by itself: who waits for the alias takes no notice.
    await scheduler.trigger('asset_s3_bucket_producer', 'first');
    await untilOver(2);
    expect(query(OVER)).toEqual([
      'asset_s3_bucket_consumer asset success',
      'asset_s3_bucket_producer api success',
    ]);
    await scheduler.trigger('asset_alias_example_alias_producer', 'second');
    await untilOver(5);
    expect(query(OVER)).toEqual([
      'asset_alias_example_alias_consumer asset success',
      'asset_alias_example_alias_producer api success',
      'asset_s3_bucket_consumer asset success',
      'asset_s3_bucket_consumer asset success',
      'asset_s3_bucket_producer api success',
    ]);
    // Its task prints each event that it finds through the alias; the last bytes
    // of a log may come behind the end of its run.
    const readLog = () => scheduler.readLog(query(CONSUMER)[0], {});
    let log = await readLog();
    for (let i = 0; i < 300 && !log.end; i++) {
      await setTimeout(500);
      log = await readLog();
    }
    expect(log.text).toContain('s3://bucket/my-task');
    expect(log.text).toContain('asset_alias_example_alias_producer');
  } finally {
    await scheduler.stop();
  }
});
