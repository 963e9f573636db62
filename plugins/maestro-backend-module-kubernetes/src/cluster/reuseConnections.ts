import { isDeepStrictEqual } from 'node:util';
import type { KubeConfig } from '@kubernetes/client-node';

type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

/** What the client makes for each request, and does not publish. */
interface MakesDispatchers {
  createDispatcher(
    ...of: Parameters<KubeConfig['createDispatcherOptions']>
  ): unknown;
}

const reusing = new WeakSet<KubeConfig>();

/**
 * Lets requests of a configuration share connections. By itself the client
 * makes a new pool for each request, which is a TLS handshake with a client
 * certificate each time and a pool that stays in memory until it times out.
 *
 * HTTP/1.1, so that a stream has its connection for itself: a log that is read
 * slowly, or a connection that died in silence, holds up nobody else. A
 * connection without a request is closed after 4 s.
 *
 * @returns the same object
 */
export function reuseConnections(config: KubeConfig): KubeConfig {
  if (reusing.has(config)) return config;
  reusing.add(config);
  const makes = config as unknown as MakesDispatchers;
  const create = makes.createDispatcher.bind(config);
  const optionsOf = config.createDispatcherOptions.bind(config);
  config.createDispatcherOptions = (...of) =>
    withoutMultiplexing(optionsOf(of[0], of[1]));
  let kept: { options: DispatcherOptions; dispatcher: unknown } | undefined;
  makes.createDispatcher = (...of) => {
    const options = config.createDispatcherOptions(...of);
    // Certificates are renewed: then the former connections run out.
    if (!kept || !isDeepStrictEqual(kept.options, options)) {
      kept = { options, dispatcher: create(...of) };
    }
    return kept.dispatcher;
  };
  return config;
}

function withoutMultiplexing(options: DispatcherOptions): DispatcherOptions {
  if (options.type !== 'agent') return options;
  const connect = { ...options.connect, allowH2: false };
  return { ...options, connect };
}
