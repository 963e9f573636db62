import { useEffect, useState } from 'react';
import Skeleton from '@material-ui/lab/Skeleton';

/**
 * Holds the place of rows that are being loaded; drawn only when that takes
 * longer than 200 ms, so that a quick answer does not flash.
 */
export function DelayedSkeleton(props: {
  rows: number;
  /** Height of a row in pixels. */
  height: number;
}) {
  const { rows, height } = props;
  const [shown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div
      role="status"
      aria-label="Loading"
      style={{ minHeight: rows * height }}
    >
      {shown &&
        Array.from({ length: rows }, (_, i) => (
          <div
            key={i}
            style={{ height, display: 'flex', alignItems: 'center' }}
          >
            <Skeleton
              variant="rect"
              height={Math.min(20, height - 8)}
              width="100%"
              style={{ borderRadius: 4 }}
            />
          </div>
        ))}
    </div>
  );
}
