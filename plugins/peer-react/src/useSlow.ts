import { useEffect, useState } from 'react';

/**
 * False at first, true after 200 ms: what shows that one waits appears only
 * when there is something to wait for.
 *
 * @public
 */
export function useSlow(): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return slow;
}
