import type { ResponseFacts } from '@maestro/plugin-maestro-common';

/** A request with everything filled in. */
export interface OutsideRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** What a look at a file found. */
export interface ObjectFacts {
  /** Bytes. */
  size: number;
  /** Epoch milliseconds. */
  modifiedAt: number;
}

/**
 * The world outside the database as tasks that wait see it. Every call is
 * bounded in time and size; the simulator and the tests give other ones.
 */
export interface OutsideWorld {
  /**
   * @throws Error with a sentence for people when there is no answer; an
   * InputError when it must not be asked
   */
  request(request: OutsideRequest, signal: AbortSignal): Promise<ResponseFacts>;
  /** A file; undefined when there is none. @throws Error when nobody can say */
  object(path: string): Promise<ObjectFacts | undefined>;
}
