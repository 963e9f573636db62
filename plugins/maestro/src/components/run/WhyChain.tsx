import Alert from '@material-ui/lab/Alert';
import type { RunDetail } from '@maestro/plugin-maestro-common';
import {
  Duration,
  RelativeTime,
  useNow,
  useTimeZone,
} from '@maestro/plugin-maestro-react';
import { useWhy } from '../../state/queries';
import { ErrorNotice } from '../layout/ErrorNotice';
import { WhyButton } from './WhyButton';
import { whyWords } from './whyWords';

/**
 * Why a task waits: from its state to what would unblock it, with the way to
 * do that.
 */
export function WhyChain(props: {
  run: RunDetail;
  /** Without it the question is about the run. */
  taskId?: string;
  /** Of an instance of a mapped task. */
  mapIndex?: number;
}) {
  const { run, taskId, mapIndex } = props;
  const { zone } = useTimeZone();
  const why = useWhy(run.runId, taskId, true, mapIndex);
  if (why.error && !why.data) {
    return <ErrorNotice title="The reason is not known" error={why.error} />;
  }
  const chain = why.data ?? [];
  if (chain.length === 0) {
    return null;
  }
  return (
    <Alert severity="info" icon={false} style={{ marginBottom: 8 }}>
      <strong>Why it is not running</strong>
      <ol style={{ margin: '4px 0 0', paddingLeft: 20 }}>
        {chain.map((link, i) => (
          <li key={i}>
            {whyWords(link.message, zone)}
            {link.since !== undefined && <HowLong since={link.since} />}
            {link.until !== undefined && (
              <>
                , <RelativeTime at={link.until} />
              </>
            )}
            .{' '}
            {link.action && (
              <WhyButton
                pipeline={run.pipeline}
                runId={run.runId}
                action={link.action}
              />
            )}
          </li>
        ))}
      </ol>
    </Alert>
  );
}

/** How long it has been so; of what is yet to come, when. */
function HowLong({ since }: { since: number }) {
  const now = useNow();
  return since > now ? (
    <>
      , <RelativeTime at={since} />
    </>
  ) : (
    <>
      , for <Duration since={since} />
    </>
  );
}
