import type { ApiErrorBody, ApiProblem } from './types';

/**
 * The server refused or failed. `name` and `message` are the server's
 * (`NotFoundError`, `InputError`, `NotAllowedError`, …), so that
 * `error.name === 'NotFoundError'` works as with Backstage's own errors.
 *
 * @public
 */
export class MaestroResponseError extends Error {
  /** HTTP status. */
  readonly statusCode: number;
  /** What is wrong with the request, place by place; empty when not known. */
  readonly problems: readonly ApiProblem[];

  constructor(options: {
    name: string;
    message: string;
    statusCode: number;
    problems?: readonly ApiProblem[];
  }) {
    super(options.message);
    this.name = options.name;
    this.statusCode = options.statusCode;
    this.problems = options.problems ?? [];
  }

  /**
   * The error that an answer carries. An answer that is not the API's own
   * (a proxy's HTML page, an empty body) is named by status and address.
   */
  static async fromResponse(
    response: Response,
    body?: unknown,
  ): Promise<MaestroResponseError> {
    const parsed = isErrorBody(body)
      ? body
      : await response
          .json()
          .then(value => (isErrorBody(value) ? value : undefined))
          // Not JSON, or read already: the status is all there is to say.
          .catch(() => undefined);
    if (parsed) {
      return new MaestroResponseError({
        name: parsed.error.name,
        message: parsed.error.message,
        statusCode: response.status,
        problems: parsed.problems,
      });
    }
    return new MaestroResponseError({
      name: 'ResponseError',
      message: `${response.url || 'Maestro'} answered ${[
        response.status,
        response.statusText,
      ]
        .filter(Boolean)
        .join(' ')} and no explanation; is there a proxy in between?`,
      statusCode: response.status,
    });
  }
}

/**
 * No answer at all: the backend is away or cannot be reached.
 *
 * @public
 */
export class MaestroUnreachableError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'MaestroUnreachableError';
  }
}

function isErrorBody(body: unknown): body is ApiErrorBody {
  const error = (body as Partial<ApiErrorBody> | undefined | null)?.error;
  return typeof error?.name === 'string' && typeof error?.message === 'string';
}
