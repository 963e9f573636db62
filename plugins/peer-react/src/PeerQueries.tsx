import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ReactNode, useState } from 'react';

/**
 * Gives the pages below it a cache of answers for as long as they are open;
 * what is shown is read again every minute.
 *
 * @public
 */
export function PeerQueries(props: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: {
            // The backend has tried; people see the reason and try again.
            retry: false,
            staleTime: 15_000,
            refetchInterval: 60_000,
          },
        },
      }),
  );
  return (
    <QueryClientProvider client={client}>{props.children}</QueryClientProvider>
  );
}
