import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useApi } from '@backstage/core-plugin-api';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Connection } from '@maestro/plugin-maestro-common';
import {
  formatDuration,
  RelativeTime,
  StateIcon,
} from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { Permitted } from '../actions/Permitted';
import { ErrorNotice } from '../layout/ErrorNotice';

const useStyles = makeStyles(theme => ({
  test: {
    borderTop: `1px solid ${theme.palette.divider}`,
    paddingTop: theme.spacing(2),
  },
  head: { display: 'flex', alignItems: 'center', gap: 8 },
  step: {
    display: 'grid',
    gridTemplateColumns: '20px 110px 80px minmax(0, 1fr)',
    gap: 8,
    alignItems: 'center',
    padding: theme.spacing(0.5, 0),
    fontSize: theme.typography.pxToRem(13),
  },
  time: { textAlign: 'right', fontVariantNumeric: 'tabular-nums' },
  message: { overflowWrap: 'anywhere' },
}));

/** Tries what is stored, step by step, each with its time. */
export function ConnectionTestView(props: { connection: Connection }) {
  const { connection } = props;
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const test = useMutation({
    mutationFn: () => api.testConnection(connection.connId),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.connections }),
  });
  const result = test.data ?? connection.lastTest;
  return (
    <div className={classes.test}>
      <div className={classes.head}>
        <Permitted to="testConnection">
          {disabled => (
            <Button
              variant="outlined"
              disabled={disabled || test.isPending}
              onClick={() => test.mutate()}
            >
              {test.isPending ? 'Testing…' : 'Test'}
            </Button>
          )}
        </Permitted>
        <Typography variant="body2" color="textSecondary">
          tests what is saved
          {result && !test.isPending && (
            <>
              {' · '}
              {result.ok ? 'worked' : 'failed'} <RelativeTime at={result.at} />
            </>
          )}
        </Typography>
      </div>
      {test.error && (
        <ErrorNotice title="The test could not be made" error={test.error} />
      )}
      {result?.steps.map(step => (
        <div key={step.step} className={classes.step}>
          <StateIcon state={step.ok ? 'success' : 'failed'} />
          <span>{step.step}</span>
          <span className={classes.time}>
            {formatDuration(step.durationMs)}
          </span>
          <span className={classes.message}>{step.message}</span>
        </div>
      ))}
    </div>
  );
}
