import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/**
 * A part of the page's state that stands in its address, so that a link or
 * the back button leads to it. Empty text takes it out.
 *
 * @public
 */
export function useAddressParam(
  name: string,
  options: { replace?: boolean } = {},
): [string, (value: string) => void] {
  const { replace } = options;
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      setParams(
        current => {
          const next = new URLSearchParams(current);
          if (value) {
            next.set(name, value);
          } else {
            next.delete(name);
          }
          return next;
        },
        { replace },
      ),
    [name, replace, setParams],
  );
  return [params.get(name) ?? '', set];
}
