/*
 * The score as Markdown. See score.mjs.
 */

/** Rows of a table, the commonest reason first. */
function reasons(entries) {
  const byReason = new Map();
  for (const { name, reasons: own } of entries) {
    const key = own.join('; ');
    byReason.set(key, [...(byReason.get(key) ?? []), name]);
  }
  return [
    '| DAGs | why | which |',
    '| --- | --- | --- |',
    ...[...byReason]
      .sort((a, b) => b[1].length - a[1].length)
      .map(
        ([reason, names]) =>
          `| ${names.length} | ${reason} | ${names.sort().join(', ')} |`,
      ),
  ];
}

const isGreen = result => result?.state === 'success';
const cell = text => String(text ?? '').replace(/[|\n]/g, ' ');
const median = values =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** `state, 1.0 s: reason` of a run. */
const how = result =>
  result
    ? `${result.state}${result.reason ? `: ${cell(result.reason)}` : ''}`
    : 'not read';

/**
 * @param score.dags - names of all DAGs, parsed or not
 * @param score.failures - `{name, reasons}` of those that are no pipelines
 * @param score.unscheduled - of those that are started by hand only
 * @param score.runs - of Maestro, `{dagId, state, reason, seconds, tasks}`
 * @param score.beside - of Airflow, the same; undefined when it was not run
 * @param score.about - what was run and when
 * @returns Markdown
 */
export function renderScore(score) {
  const lines = [
    `${score.dags.length - score.failures.length} of ${
      score.dags.length
    } example DAGs become pipelines.`,
  ];
  if (score.failures.length > 0)
    lines.push('', 'Not run:', '', ...reasons(score.failures));
  if (score.unscheduled.length > 0)
    lines.push('', 'Started by hand only:', '', ...reasons(score.unscheduled));
  if (score.beside) lines.push('', ...besideAirflow(score));
  else if (score.runs) lines.push('', ...alone(score.runs));
  return lines.join('\n');
}

function alone(runs) {
  const green = runs.filter(isGreen);
  return [
    `${green.length} of ${runs.length} that were run are green.`,
    '',
    '| DAG | state | why | seconds |',
    '| --- | --- | --- | --- |',
    ...runs
      .filter(result => !isGreen(result))
      .map(
        result =>
          `| ${result.dagId} | ${result.state} | ${cell(whyNot(result))} | ${
            result.seconds ?? ''
          } |`,
      ),
  ];
}

/** The first task that is to blame, in words. */
const whyNot = ({ reason, tasks = [] }) =>
  reason ?? tasks.map(({ taskId, state }) => `${taskId} ${state}`).join(', ');

function besideAirflow({ dags, failures, runs, beside, about }) {
  const here = new Map(runs.map(result => [result.dagId, result]));
  const there = new Map(beside.map(result => [result.dagId, result]));
  const rows = dags
    .map(dagId => ({
      dagId,
      here: here.get(dagId),
      there: there.get(dagId),
    }))
    .sort((a, b) => a.dagId.localeCompare(b.dagId));
  const only = (name, list) => [
    `### ${name}: ${list.length}`,
    '',
    ...(list.length === 0
      ? ['None.']
      : [
          '| DAG | Airflow | Maestro |',
          '| --- | --- | --- |',
          ...list.map(row =>
            cellRow(row, {
              hereWhy: failures.find(({ name: id }) => id === row.dagId),
            }),
          ),
        ]),
    '',
  ];
  const greenOf = results => results.filter(isGreen).length;
  const secondsOf = results =>
    median(results.filter(isGreen).map(({ seconds }) => seconds)).toFixed(1);
  return [
    '## Beside Airflow',
    '',
    about,
    '',
    '|  | Airflow | Maestro |',
    '| --- | --- | --- |',
    `| parsed | ${dags.length} | ${dags.length - failures.length} |`,
    `| green | ${greenOf(beside)} | ${greenOf(runs)} |`,
    `| median of the green | ${secondsOf(beside)} s | ${secondsOf(runs)} s |`,
    '',
    ...only(
      'Green there and not here',
      rows.filter(row => isGreen(row.there) && !isGreen(row.here)),
    ),
    ...only(
      'Green here and not there',
      rows.filter(row => isGreen(row.here) && !isGreen(row.there)),
    ),
    ...only(
      'Green nowhere',
      rows.filter(row => !isGreen(row.here) && !isGreen(row.there)),
    ),
  ];
}

function cellRow({ dagId, here, there }, { hereWhy }) {
  const ours = here
    ? how({ ...here, reason: isGreen(here) ? undefined : whyNot(here) })
    : hereWhy?.reasons.join('; ') ?? 'not read';
  return `| ${dagId} | ${how(there)} | ${ours} |`;
}
