import type {
  AuditorService,
  AuditorServiceEventSeverityLevel,
} from '@backstage/backend-plugin-api';
import type { JsonObject } from '@backstage/types';
import type { Request } from 'express';

/** What the audit log says about a request. */
export interface AuditOptions {
  /** A group such as `run-mutate`; the variant is `meta.queryType`. */
  eventId: string;
  severityLevel: AuditorServiceEventSeverityLevel;
  request: Request;
  /** Names of objects only: no bodies, no query strings, no secrets. */
  meta: JsonObject;
}

/** Runs `fn` and records that it was tried and how it ended. */
export async function withAudit<T>(
  auditor: AuditorService,
  options: AuditOptions,
  fn: () => Promise<T>,
): Promise<T> {
  const event = await auditor.createEvent(options);
  let result: T;
  try {
    result = await fn();
  } catch (error) {
    await event.fail({ error: error as Error });
    throw error;
  }
  await event.success();
  return result;
}
