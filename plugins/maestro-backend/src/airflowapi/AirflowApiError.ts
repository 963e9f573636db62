/** An answer other than success, as the task SDK of Airflow reads it. */
export class AirflowApiError extends Error {
  readonly name = 'AirflowApiError';

  /**
   * @param reason - one of Airflow's words, such as `not_found`
   * @param more - further fields of `detail`
   */
  constructor(
    readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 422,
    readonly reason: string,
    message: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** Something that is not there. */
export function notFound(message: string): AirflowApiError {
  return new AirflowApiError(404, 'not_found', message);
}

/** The attempt is over, cancelled, or not the one of this path. */
export function notRunning(message: string): AirflowApiError {
  return new AirflowApiError(409, 'not_running', message);
}
