import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';

/** Stands between a client and the API server, and can be cut. */
export class CuttableProxy {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #isCut = false;

  /** The same cluster, by way of this proxy. */
  async inFrontOf(config: KubeConfig): Promise<KubeConfig> {
    const cluster = config.getCurrentCluster()!;
    const { hostname, port } = new URL(cluster.server);
    const server = createServer(near => {
      const far = connect(Number(port || 443), hostname);
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      if (this.#isCut) near.destroy();
      near.pipe(far).pipe(near);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    this.#server = server;
    const proxied = new KubeConfig();
    proxied.loadFromClusterAndUser(
      {
        ...cluster,
        server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
        tlsServerName: cluster.tlsServerName ?? hostname,
      },
      config.getCurrentUser()!,
    );
    return proxied;
  }

  /** Ends all connections, and all new ones until `mend`. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.#server?.close(resolve));
  }
}
