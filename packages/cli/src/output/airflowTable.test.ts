import { airflowTable } from './airflowTable';

it('prints what Airflow prints, to the column', () => {
  expect(
    airflowTable([
      {
        dag_id: 'chain5_bash',
        fileloc: '/opt/airflow/dags/chain5_bash.py',
        owners: ['airflow'],
        is_paused: 'False',
        bundle_name: 'dags-folder',
        bundle_version: null,
      },
      {
        dag_id: 'fanout10_sleep3',
        fileloc: '/opt/airflow/dags/fanout10_sleep3.py',
        owners: ['airflow', 'ml-team'],
        is_paused: false,
        bundle_name: 'dags-folder',
        bundle_version: undefined,
      },
    ]),
  ).toBe(
    `dag_id          | fileloc                              | owners           | is_paused | bundle_name | bundle_version
================+======================================+==================+===========+=============+===============
chain5_bash     | /opt/airflow/dags/chain5_bash.py     | airflow          | False     | dags-folder | None
fanout10_sleep3 | /opt/airflow/dags/fanout10_sleep3.py | airflow, ml-team | False     | dags-folder | None
`,
  );
});

it('says that there is nothing', () => {
  expect(airflowTable([])).toBe('No data found');
});

it('keeps to the width of a terminal, the widest column first', () => {
  const lines = airflowTable(
    [{ a: 'x'.repeat(50), b: 'y'.repeat(20), c: '1' }],
    50,
  ).split('\n');
  expect(Math.max(...lines.map(line => line.length))).toBe(50);
  expect(lines[2]).toBe(`${'x'.repeat(22)}… | ${'y'.repeat(20)} | 1`);
});

it('is one line a row, whatever is in a cell', () => {
  expect(airflowTable([{ a: 'x\n\u001b[31my' }]).split('\n')).toHaveLength(4);
});
