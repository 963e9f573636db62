import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';

/** A request on its way to the API server. */
export interface Forwarded {
  method: string;
  url: string;
}

type Hook = (request: Forwarded) => boolean | Promise<boolean>;

/**
 * Hands requests on to the real API server, with its own credentials, so that a
 * test sees each of them and can have something happen around it.
 */
export class ForwardingServer {
  /** Before it is sent on; false: it never arrives, and its connection breaks. */
  before: Hook = () => true;
  /** When the API server has answered; false: nobody hears of it. */
  after: Hook = () => true;
  /** What the watches were answered that `makeOld` has begun anew. */
  readonly oldAnswers: string[] = [];
  readonly #watches = new Set<ServerResponse>();
  #server: Server | undefined;
  #isOld = false;

  constructor(private readonly config: KubeConfig) {}

  /** The same cluster, by way of this server. */
  async start(): Promise<KubeConfig> {
    this.#server = createServer((near, answer) => {
      this.#forward(near, answer).catch(error => answer.destroy(error));
    });
    await new Promise<void>(resolve =>
      this.#server!.listen(0, '127.0.0.1', resolve),
    );
    const { port } = this.#server.address() as AddressInfo;
    const forwarded = new KubeConfig();
    forwarded.loadFromClusterAndUser(
      {
        name: 'forwarded',
        server: `http://127.0.0.1:${port}`,
        // The client refuses HTTP otherwise.
        skipTLSVerify: true,
      },
      { name: 'nobody' },
    );
    return forwarded;
  }

  /**
   * Breaks all watches off; those that begin next go on from a version of which
   * the API server knows nothing any more.
   */
  makeOld(): void {
    this.#isOld = true;
    this.#watches.forEach(watch => watch.destroy());
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise(resolve => this.#server?.close(resolve));
  }

  async #forward(near: IncomingMessage, answer: ServerResponse) {
    const { method = 'GET', headers } = near;
    const body = await buffer(near);
    const isWatch = /[?&]watch=(true|1)/.test(near.url!);
    const isOld = isWatch && this.#isOld;
    if (isOld) this.#isOld = false;
    const url = isOld
      ? near.url!.replace(/resourceVersion=[^&]*/, 'resourceVersion=1')
      : near.url!;
    const forwarded = { method, url };
    if (!(await this.before(forwarded))) {
      answer.destroy();
      return;
    }
    const server = new URL(this.config.getCurrentCluster()!.server);
    const options: RequestOptions = {
      method,
      headers: { ...headers, host: server.host },
    };
    await this.config.applyToHTTPSOptions(options);
    const far = requestHttps(new URL(url, server), options, async response => {
      if (!(await this.after(forwarded))) {
        answer.destroy();
        return;
      }
      answer.writeHead(response.statusCode!, response.headers);
      // A watch that has nothing to tell yet has begun all the same.
      answer.flushHeaders();
      if (isWatch) this.#watches.add(answer);
      if (isOld) {
        response.on('data', piece => this.oldAnswers.push(String(piece)));
      }
      response.pipe(answer);
    });
    far.on('error', error => answer.destroy(error));
    answer.on('close', () => {
      this.#watches.delete(answer);
      far.destroy();
    });
    far.end(body);
  }
}
