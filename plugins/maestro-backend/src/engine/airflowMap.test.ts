import { taskSystems } from '../airflowapi/__testUtils__/taskSystems';
import { eachDatabase } from '../database/testing';

/** A task that is expanded over what another one hands on. */
const over = (no: number, task: string) => ({
  upstream: [no],
  map: { maxItems: 10 },
  airflow: {
    operator: 'PythonOperator',
    mapOver: [{ task, key: 'x' }],
  },
});

eachDatabase((_name, databases) => {
  const setUp = taskSystems(databases);

  it('counts the instances that have handed something on, without reading it', async () => {
    const { attempt, db, settled } = await setUp([
      { id: 'a' },
      { id: 'm', ...over(0, 'a') },
      { id: 'n', ...over(1, 'm') },
    ]);
    const statements: string[] = [];
    db.knex.on('query', ({ sql }: { sql: string }) => statements.push(sql));
    const a = await attempt('a');
    await a.call('POST', 'xcoms/dag/manual__1/a/x', ['p', 'q', 'r']);
    await a.call('POST', 'xcoms/dag/manual__1/a/other', 'not asked for');
    await a.state('success');
    a.ends();
    // By map index; the second hands on nothing, and the size does not matter.
    const handedOn = ['x'.repeat(300_000), undefined, [1, 2, 3]];
    const answers: number[] = [];
    for (const n of [1, 2, 3]) {
      const m = await attempt('m', n);
      const { mapIndex } = m.request.labels;
      const value = handedOn[mapIndex];
      if (value !== undefined) {
        const path = `xcoms/dag/manual__1/m/x?map_index=${mapIndex}`;
        answers.push((await m.call('POST', path, value)).status);
      }
      await m.state('success');
      m.ends();
    }
    expect(answers).toEqual([201, 201]);
    for (const n of [1, 2]) {
      const last = await attempt('n', n);
      // Airflow has no row for the task beside its instances.
      const counted = await last.call(
        'GET',
        'task-instances/count?dag_id=dag&run_ids=manual__1&task_ids=m',
      );
      expect(counted.body).toBe(3);
      await last.state('success');
      last.ends();
    }
    // Each task, three of "m" and two of "n".
    await settled(...Array.from({ length: 3 + 3 + 2 }, () => 'success'));
    const reads = statements.filter(
      sql =>
        /^select .*value.* from .outputs./.test(sql) && /\bkey\b/.test(sql),
    );
    expect(reads).toHaveLength(1);
    expect(reads[0]).toMatch(/map_index. = /);
  });
});
