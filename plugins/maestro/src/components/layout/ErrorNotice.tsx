import Alert from '@material-ui/lab/Alert';
import AlertTitle from '@material-ui/lab/AlertTitle';
import type { ApiProblem } from '@maestro/plugin-maestro-common';
import { isAway } from './isAway';

/** @internal */
export interface ErrorNoticeProps {
  /** What was attempted, such as `The run was not started`. */
  title: string;
  error: unknown;
  /** Offered to try again. */
  action?: React.ReactNode;
}

/**
 * What went wrong in the server's words, with the places it names.
 */
export function ErrorNotice(props: ErrorNoticeProps) {
  const { title, error, action } = props;
  const { message, problems = [] } = error as Error & {
    problems?: readonly ApiProblem[];
  };
  return (
    <Alert severity="error" role="alert" action={action}>
      <AlertTitle>{title}</AlertTitle>
      {isAway(error) ? 'The backend does not answer. ' : ''}
      {message}
      {problems.length > 0 && (
        <ul style={{ margin: '8px 0 0', paddingLeft: 20 }}>
          {problems.map((problem, i) => (
            <li key={i}>
              <code>{problem.path || '/'}</code>: {problem.message}
              {problem.expected ? ` (expected ${problem.expected})` : ''}
            </li>
          ))}
        </ul>
      )}
    </Alert>
  );
}
