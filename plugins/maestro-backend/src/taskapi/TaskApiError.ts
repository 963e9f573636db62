/** An answer other than success, with its HTTP status. */
export class TaskApiError extends Error {
  readonly name = 'TaskApiError';

  constructor(
    readonly status: 400 | 401 | 404 | 405 | 408 | 413 | 415 | 422 | 429 | 503,
    message: string,
  ) {
    super(message);
  }
}
