import { ApiException } from '@kubernetes/client-node';

/**
 * What the API server answered, or that it did not: the one error that leaves
 * this folder.
 */
export class ClusterError extends Error {
  readonly name = 'ClusterError';

  constructor(
    /** HTTP status; undefined when there was no answer. */
    readonly code: number | undefined,
    /** Kubernetes' reason, such as `AlreadyExists`. */
    readonly reason: string | undefined,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** Whether the server is certain to have done nothing. */
  get isRefusal(): boolean {
    // 408, 429 and all of 5xx may pass.
    return (
      this.code !== undefined &&
      this.code >= 400 &&
      this.code < 500 &&
      this.code !== 408 &&
      this.code !== 429
    );
  }
}

/** Says what was tried in front of what the server said. */
export function clusterError(what: string, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  if (error instanceof ApiException) {
    const { reason, message } = statusOf(error.body);
    return new ClusterError(
      error.code,
      reason,
      `${what}: ${message ?? `HTTP ${error.code}`}`,
      { cause: error },
    );
  }
  const { code, cause } = error as { code?: unknown; cause?: Error };
  const text = cause?.message ?? (error as Error)?.message ?? String(error);
  return new ClusterError(
    typeof code === 'number' ? code : undefined,
    undefined,
    `${what}: the API server could not be reached (${text})`,
    { cause: error },
  );
}

function statusOf(body: unknown): { reason?: string; message?: string } {
  let status = body;
  if (typeof body === 'string') {
    try {
      status = JSON.parse(body);
    } catch {
      return { message: body.slice(0, 500) };
    }
  }
  const { reason, message } = (status ?? {}) as Record<string, unknown>;
  return {
    reason: typeof reason === 'string' ? reason : undefined,
    message: typeof message === 'string' ? message : undefined,
  };
}
