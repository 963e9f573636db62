import { useEffect, useRef } from 'react';
import Alert from '@material-ui/lab/Alert';
import AlertTitle from '@material-ui/lab/AlertTitle';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import { useQueryClient } from '@tanstack/react-query';
import { keys, useStatus } from '../../state/queries';
import { isAway } from './isAway';

/**
 * Says that the backend is away or that the engine is not well, and goes by
 * itself when that is over; then everything on the page is asked again.
 */
export function BackendBanner() {
  const client = useQueryClient();
  const status = useStatus();
  const away = isAway(status.error);
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !away) {
      client.invalidateQueries({ queryKey: keys.all });
    }
    wasAway.current = away;
  }, [away, client]);

  if (away) {
    return (
      <Alert severity="error" role="alert" style={{ marginBottom: 16 }}>
        <AlertTitle>Maestro's backend does not answer</AlertTitle>
        {status.dataUpdatedAt > 0 ? (
          <>
            What you see is from <RelativeTime at={status.dataUpdatedAt} />.
            Running tasks go on without it.{' '}
          </>
        ) : null}
        This page tries again every two seconds.
      </Alert>
    );
  }
  const engine = status.data;
  if (engine && !engine.ok) {
    const sick = engine.executors.filter(executor => !executor.ok);
    return (
      <Alert severity="warning" role="status" style={{ marginBottom: 16 }}>
        <AlertTitle>The engine is not well</AlertTitle>
        {engine.message ?? 'It gave no reason.'}
        {sick.map(executor => (
          <div key={executor.name}>
            Executor {executor.name}: {executor.message ?? 'not available'}
          </div>
        ))}
      </Alert>
    );
  }
  return null;
}
