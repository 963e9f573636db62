import Button from '@material-ui/core/Button';
import Alert from '@material-ui/lab/Alert';
import AlertTitle from '@material-ui/lab/AlertTitle';

/**
 * What went wrong, in the words of whoever noticed it, and another try.
 *
 * @public
 */
export function Problem(props: {
  title: string;
  error: unknown;
  onRetry(): void;
}) {
  return (
    <Alert
      severity="error"
      variant="outlined"
      role="alert"
      style={{ marginBottom: 16 }}
      action={
        <Button
          color="inherit"
          size="small"
          style={{ whiteSpace: 'nowrap' }}
          onClick={props.onRetry}
        >
          Try again
        </Button>
      }
    >
      <AlertTitle>{props.title}</AlertTitle>
      <span style={{ overflowWrap: 'anywhere' }}>{reasonOf(props.error)}</span>
    </Alert>
  );
}

// The backend's own sentence is the cause; around it stands only "Request
// failed with 503". Without an answer there is no cause.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return String(error);
  }
  if (error.cause instanceof Error && error.cause.message) {
    return error.cause.message;
  }
  return error.name === 'TypeError'
    ? `The portal's backend does not answer (${error.message}). Check the network, then try again.`
    : error.message;
}
