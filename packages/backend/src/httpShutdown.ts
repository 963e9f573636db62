import { rootHttpRouterServiceFactory } from '@backstage/backend-defaults/rootHttpRouter';

/** How long a request that is under way may take when the process ends. */
const GRACE_MS = 1_000;

/**
 * The root HTTP router, but one that lets the process end: the server waits for
 * open requests, and the event bus always has some that stay open for a minute.
 * So after a moment for the others all connections are closed.
 */
export const rootHttpRouter = rootHttpRouterServiceFactory({
  configure({ applyDefaults, lifecycle, server }) {
    applyDefaults();
    lifecycle.addShutdownHook(() => {
      setTimeout(() => server.closeAllConnections(), GRACE_MS).unref();
    });
  },
});
