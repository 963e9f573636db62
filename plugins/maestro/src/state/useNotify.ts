import { useMemo } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { toastApiRef } from '@backstage/frontend-plugin-api';
import { nameActors } from '@maestro/plugin-maestro-common';

/** How long a toast stays, in milliseconds. */
const STAY = 6_000;

/** Tells what an action did, with a link to what it did it to. */
export function useNotify() {
  const toasts = useApi(toastApiRef);
  return useMemo(
    () => ({
      done: (title: string, link?: { label: string; href: string }) =>
        toasts.post({
          title,
          status: 'success',
          timeout: STAY,
          links: link ? [link] : undefined,
        }),
      // What failed stays until it was read.
      failed: (title: string, error: unknown) =>
        toasts.post({
          title,
          description: nameActors((error as Error).message),
          status: 'danger',
        }),
    }),
    [toasts],
  );
}
