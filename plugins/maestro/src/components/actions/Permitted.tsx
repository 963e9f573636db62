import Tooltip from '@material-ui/core/Tooltip';
import { useMay, type Deed } from '../../state/useMay';

/** @internal */
export interface PermittedProps {
  /** The operation that the control starts. */
  to: Deed;
  /** The run it is about. */
  runId?: string;
  children: (disabled: boolean) => React.ReactElement;
}

/**
 * A control for those who may use it; for others it is disabled and says why,
 * to the pointer, the keyboard and the ear.
 */
export function Permitted(props: PermittedProps) {
  const { to, runId, children } = props;
  const { why } = useMay(to, runId);
  if (why === undefined) {
    return children(false);
  }
  return (
    <Tooltip title={why}>
      {/* A disabled button has no events; what stands around it has. */}
      <span
        role="note"
        aria-label={why}
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
        style={{ display: 'inline-flex' }}
      >
        {children(true)}
      </span>
    </Tooltip>
  );
}
