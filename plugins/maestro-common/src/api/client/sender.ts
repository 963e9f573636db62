import createClient, { type Client } from 'openapi-fetch';
import { MaestroResponseError, MaestroUnreachableError } from '../errors';
import type { paths } from '../generated/schema.generated';

/** Options of {@link createMaestroClient}. @public */
export interface MaestroClientOptions {
  /**
   * Address of the API, such as `http://127.0.0.1:7007/api/maestro`; a
   * function is asked before each request (`() => discovery.getBaseUrl('maestro')`).
   */
  baseUrl: string | (() => string | Promise<string>);
  /** Adds credentials. Default: the global one. */
  fetch?: typeof fetch;
}

/** Options of every call. @public */
export interface RequestOptions {
  /** Ends the request; it then rejects with an `AbortError`. */
  signal?: AbortSignal;
}

/** A page of something and how to ask for the next one. @public */
export interface Page<T> {
  items: T[];
  nextCursor?: string;
}

/** What openapi-fetch makes of a response. */
export interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** Sends one request; rejects as {@link MaestroClient} says. */
export interface Sender {
  /** The body, and the response that carried it. */
  ask<T>(
    call: (client: Client<paths>) => Promise<Answer<T>>,
  ): Promise<{ data: T; response: Response }>;
  /** The body alone, under the name that `types.ts` gives it. */
  body<T>(
    call: (client: Client<paths>) => Promise<Answer<unknown>>,
  ): Promise<T>;
}

/** The way of every call to the server and back. */
export function createSender(options: MaestroClientOptions): Sender {
  const send = options.fetch ?? globalThis.fetch;

  const ask: Sender['ask'] = async <T>(
    call: (client: Client<paths>) => Promise<Answer<T>>,
  ) => {
    const baseUrl =
      typeof options.baseUrl === 'function'
        ? await options.baseUrl()
        : options.baseUrl;
    const client = createClient<paths>({
      baseUrl,
      // The global fetch refuses to be called as somebody's method.
      fetch: request => send(request),
    });
    let answer: Answer<T>;
    try {
      answer = await call(client);
    } catch (error) {
      if ((error as Error)?.name === 'AbortError') throw error;
      throw new MaestroUnreachableError(
        `Maestro does not answer at ${baseUrl}: ${
          (error as Error)?.message ?? error
        }`,
        { cause: error },
      );
    }
    if (!answer.response.ok) {
      throw await MaestroResponseError.fromResponse(
        answer.response,
        answer.error,
      );
    }
    return { data: answer.data as T, response: answer.response };
  };

  return {
    ask,
    body: async <T>(
      call: (client: Client<paths>) => Promise<Answer<unknown>>,
    ) => (await ask(call)).data as T,
  };
}
