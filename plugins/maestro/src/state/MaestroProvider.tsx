import { useEffect } from 'react';
import { useApi, useApiHolder } from '@backstage/frontend-plugin-api';
import { signalApiRef } from '@backstage/plugin-signals-react';
import {
  QueryClient,
  QueryClientProvider,
  useQueryClient,
} from '@tanstack/react-query';
import { maestroApiRef, type MaestroApi } from '../api/maestroApi';
import { liveRuns, RUNS_CHANNEL, type RunSignal } from './liveRuns';

/*
 * One cache per API object, so that page, tab and card share their answers
 * although each extension is rendered in a tree of its own.
 */
const clients = new WeakMap<MaestroApi, QueryClient>();

function clientFor(api: MaestroApi): QueryClient {
  let client = clients.get(api);
  if (!client) {
    client = new QueryClient({
      defaultOptions: {
        queries: {
          // What the backend refused it refuses again; what did not arrive is
          // asked again by the interval, and the banner says so meanwhile.
          retry: false,
          staleTime: 500,
          refetchOnWindowFocus: 'always',
          refetchOnReconnect: 'always',
          // The browser's idea of being online is about the internet, and the
          // backend may well be on this machine.
          networkMode: 'always',
        },
        mutations: { networkMode: 'always' },
      },
    });
    clients.set(api, client);
  }
  return client;
}

/**
 * What every page, tab and card of Maestro stands in: the shared cache, kept
 * fresh by signals.
 */
export function MaestroProvider(props: { children: React.ReactNode }) {
  const client = clientFor(useApi(maestroApiRef));
  return (
    <QueryClientProvider client={client}>
      <LiveUpdates />
      {props.children}
    </QueryClientProvider>
  );
}

// The hook `useSignal` keeps the last message only: of two in one batch it
// loses one. So this subscribes by itself.
function LiveUpdates() {
  const client = useQueryClient();
  const signals = useApiHolder().get(signalApiRef);
  useEffect(() => {
    if (!signals) {
      return undefined;
    }
    const live = liveRuns(client);
    const { unsubscribe } = signals.subscribe<RunSignal>(
      RUNS_CHANNEL,
      live.onSignal,
    );
    return () => {
      unsubscribe();
      live.stop();
    };
  }, [client, signals]);
  return null;
}
