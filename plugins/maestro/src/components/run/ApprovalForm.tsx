import { lazy, Suspense, useId, useRef, useState } from 'react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { MarkdownContent } from '@backstage/core-components';
import { identityApiRef, useApi } from '@backstage/core-plugin-api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type MaestroResponseError,
  OPTIONS_FIELD,
  type RunDetail,
  type Wait,
  actorWords,
} from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys } from '../../state/queries';
import { useNotify } from '../../state/useNotify';
import { ActionDialog } from '../actions/ActionDialog';
import { instanceName } from '../actions/ClearDialog';
import { Permitted } from '../actions/Permitted';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { questionParts, subjectAndBody } from './questionOptions';

const ParamsForm = lazy(() => import('../actions/ParamsForm'));

const useStyles = makeStyles(theme => ({
  form: { padding: theme.spacing(1.5), margin: theme.spacing(1.5, 0, 2) },
  message: {
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.pxToRem(15),
    margin: theme.spacing(0, 0, 1),
  },
  body: {
    margin: theme.spacing(0, 0, 1),
    maxHeight: 360,
    overflow: 'auto',
    '& > :first-child': { marginTop: 0 },
  },
  option: { textTransform: 'none' },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(1),
    marginTop: theme.spacing(1),
  },
}));

type Question = NonNullable<Wait['approval']>;

/** What a task, or one instance of it, asks people, with what they fill in. */
export function ApprovalForm(props: {
  run: RunDetail;
  taskId: string;
  /** Of a mapped task. */
  mapIndex?: number;
  question: Question;
  /** When it was asked, epoch milliseconds: a later question is another one. */
  since: number;
}) {
  const { run, taskId, mapIndex, question, since } = props;
  const name = instanceName(taskId, mapIndex);
  const classes = useStyles();
  const api = useApi(maestroApiRef);
  const client = useQueryClient();
  const notify = useNotify();
  const formId = useId();
  const [input, setInput] = useState<Record<string, unknown>>();
  const [rejecting, setRejecting] = useState(false);
  const picked = useRef<string>();
  const mayNot = useIsStranger(question.approvers);
  const { schema, options, usual } = questionParts(question);
  const decide = useMutation({
    mutationFn: (body: {
      decision: 'approve' | 'reject';
      input?: Record<string, unknown>;
    }) => api.decideApproval(run.runId, taskId, { ...body, mapIndex, since }),
    onSuccess: (_, { decision, input: given }) => {
      const answer = [given?.[OPTIONS_FIELD] ?? []].flat().join(', ');
      notify.done(
        `${name} ${doneWord(decision, question.answer)}${
          answer && `: ${answer}`
        }`,
      );
      setRejecting(false);
    },
    onError: error => {
      // Something else is asked, or nothing: the page says what, sooner or later
      // in the place of this form, so this is told outside of it.
      if (!isOutdated(error)) return;
      notify.failed(`${name} was not decided`, error);
      setRejecting(false);
    },
    // Also when somebody else was first: then the page shows who.
    onSettled: () => {
      client.invalidateQueries({ queryKey: keys.run(run.runId) });
      client.invalidateQueries({ queryKey: keys.pipelines });
    },
  });
  const failure =
    decide.error && !isOutdated(decide.error)
      ? { title: 'It was not decided', error: decide.error }
      : undefined;
  const withForm = Object.keys((schema.properties as object) ?? {}).length > 0;
  const approve = (values?: Record<string, unknown>) => {
    const option = picked.current;
    // The key Enter in a field chooses none of the options.
    if (options && option === undefined) return;
    decide.mutate({
      decision: 'approve',
      ...((values || option !== undefined) && {
        input: {
          ...values,
          ...(option !== undefined && { [OPTIONS_FIELD]: option }),
        },
      }),
    });
  };
  const pick = (option: string) => {
    picked.current = option;
    if (!withForm) {
      approve();
      return;
    }
    // It calls `approve` when what is filled in is right.
    (
      document.getElementById(formId) as HTMLFormElement | null
    )?.requestSubmit();
  };
  const { approvers } = question;
  return (
    <Paper
      variant="outlined"
      className={classes.form}
      component="section"
      aria-label="Decision"
    >
      <Message question={question} />
      {withForm && (
        <Suspense fallback={<DelayedSkeleton rows={2} height={56} />}>
          <ParamsForm
            id={formId}
            schema={schema}
            value={input}
            onChange={values => {
              picked.current = undefined;
              setInput(values);
            }}
            onSubmit={approve}
            disabled={decide.isPending || mayNot}
          />
        </Suspense>
      )}
      {failure && <ErrorNotice {...failure} />}
      <div className={classes.actions}>
        {options?.map(option => (
          <Permitted key={option} to="decideApproval" runId={run.runId}>
            {disabled => (
              <Button
                variant={option === usual ? 'contained' : 'outlined'}
                color="primary"
                className={classes.option}
                disabled={disabled || mayNot || decide.isPending}
                onClick={() => pick(option)}
              >
                {option}
              </Button>
            )}
          </Permitted>
        ))}
        {!options && (
          <Permitted to="decideApproval" runId={run.runId}>
            {disabled => (
              <Button
                variant="contained"
                color="primary"
                disabled={disabled || mayNot || decide.isPending}
                {...(withForm
                  ? { type: 'submit' as const, form: formId }
                  : { onClick: () => approve() })}
              >
                {question.answer ? 'Answer' : 'Approve'}
              </Button>
            )}
          </Permitted>
        )}
        {!question.answer && (
          <Permitted to="decideApproval" runId={run.runId}>
            {disabled => (
              <Button
                variant="outlined"
                disabled={disabled || mayNot || decide.isPending}
                onClick={() => setRejecting(true)}
              >
                Reject…
              </Button>
            )}
          </Permitted>
        )}
        <Typography variant="body2" color="textSecondary">
          {approvers.length === 0
            ? 'Anybody with the permission to decide may do it.'
            : `Decided by ${approvers.map(actorWords).join(', ')}${
                mayNot ? '; you are none of them' : ''
              }.`}
        </Typography>
      </div>
      {rejecting && (
        <ActionDialog
          title={`Reject ${name}`}
          verb="Reject"
          dismiss="Back"
          destructive
          busy={decide.isPending}
          onClose={() => setRejecting(false)}
          onConfirm={() => decide.mutate({ decision: 'reject' })}
          failure={failure}
        >
          <Typography>
            <code>{name}</code> fails without another try, and what depends on
            it goes on by its trigger rules. It can be asked again by clearing
            the task.
          </Typography>
        </ActionDialog>
      )}
    </Paper>
  );
}

/** The question; of a task of Airflow its body is Markdown. */
function Message(props: { question: Question }) {
  const { answer, message } = props.question;
  const classes = useStyles();
  const [subject, body] = answer ? subjectAndBody(message) : [message, ''];
  return (
    <>
      <p className={classes.message}>{subject}</p>
      {body && (
        <div className={classes.body}>
          <MarkdownContent content={body} dialect="gfm" />
        </div>
      )}
    </>
  );
}

/** Whether what was decided is not asked any more. */
function isOutdated(error: unknown): boolean {
  return (error as Partial<MaestroResponseError>).statusCode === 409;
}

function doneWord(decision: 'approve' | 'reject', isAnswer?: boolean): string {
  if (isAnswer) return 'answered';
  return decision === 'approve' ? 'approved' : 'rejected';
}

/** Whether the one who looks is known to be none of those who decide. */
function useIsStranger(approvers: readonly string[]): boolean {
  const identity = useApi(identityApiRef);
  const own = useQuery({
    queryKey: [...keys.all, 'own-references'],
    queryFn: async () => {
      const { userEntityRef, ownershipEntityRefs } =
        await identity.getBackstageIdentity();
      return [userEntityRef, ...ownershipEntityRefs].map(ref =>
        ref.toLocaleLowerCase('en-US'),
      );
    },
    staleTime: 60_000,
    enabled: approvers.length > 0,
  });
  // Not known is not no: the server decides.
  return (
    own.data !== undefined &&
    approvers.length > 0 &&
    !approvers.some(ref => own.data.includes(ref))
  );
}
