import { useEffect, useMemo, useRef, useState } from 'react';
import Typography from '@material-ui/core/Typography';
import { makeStyles, useTheme } from '@material-ui/core/styles';
import Alert from '@material-ui/lab/Alert';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { ErrorNotice } from '../layout/ErrorNotice';
import { drawVegaLite, readVegaLite, vegaLiteConfig } from './vegaLite';

/** Different things a chart complains about that are shown. */
const TOLD = 5;

const useStyles = makeStyles({
  scroll: { overflow: 'auto', maxHeight: '70vh' },
  chart: { margin: 0, minWidth: 320 },
});

/** A chart in Vega-Lite, drawn in the colours of the page. */
export function VegaLiteView(props: { title: string; text: string }) {
  const { title, text } = props;
  const classes = useStyles();
  const theme = useTheme();
  const frame = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<{ drawn: boolean; error?: unknown }>();
  const [told, setTold] = useState<string[]>([]);
  const config = useMemo(() => vegaLiteConfig(theme), [theme]);

  useEffect(() => {
    let current = true;
    setState(undefined);
    setTold([]);
    const drawn = (async () =>
      drawVegaLite({
        spec: readVegaLite(text),
        config,
        into: frame.current!,
        tell: message =>
          current &&
          setTold(all =>
            all.includes(message) || all.length >= TOLD
              ? all
              : [...all, message],
          ),
      }))();
    drawn.then(
      () => current && setState({ drawn: true }),
      error => current && setState({ drawn: false, error }),
    );
    return () => {
      current = false;
      drawn.then(
        view => view.finalize(),
        // Said above, when somebody still looked.
        () => undefined,
      );
    };
  }, [text, config]);

  return (
    <>
      {state?.drawn === false && (
        <ErrorNotice title="The chart cannot be drawn" error={state.error} />
      )}
      {!state && <DelayedSkeleton rows={8} height={40} />}
      <div className={classes.scroll}>
        <figure aria-label={title} className={classes.chart}>
          {/* Vega takes this element for itself, its role included. */}
          <div ref={frame} style={{ width: '100%' }} />
        </figure>
      </div>
      {told.length > 0 && (
        <Alert severity="warning" variant="outlined">
          {told.map(message => (
            <Typography key={message} variant="body2">
              {message}
            </Typography>
          ))}
        </Alert>
      )}
      {state?.drawn === false && <pre className={classes.scroll}>{text}</pre>}
    </>
  );
}
