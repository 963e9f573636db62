import type { ApiProblem } from '@maestro/plugin-maestro-common';

/** Where a problem of a file is, and what: `spec.tasks[2] (line 31): …`. */
export function ProblemLine(props: { problem: ApiProblem }) {
  const { path, line, column, message, expected } = props.problem;
  const place = [
    path,
    line === undefined
      ? ''
      : `(line ${line}${column === undefined ? '' : `, column ${column}`})`,
  ]
    .filter(Boolean)
    .join(' ');
  return (
    // The words of a parser may point at a column, line below line.
    <span style={{ whiteSpace: 'pre-wrap' }}>
      {place && (
        <>
          <code>{place}</code>
          {': '}
        </>
      )}
      {message}
      {expected ? `; expected ${expected}` : ''}
    </span>
  );
}
