import type { PermissionCriteria } from '@backstage/plugin-permission-common';
import type {
  ApiOperations,
  OperationId,
  PipelineDetail,
  PipelineVersion,
  RunDetail,
} from '@maestro/plugin-maestro-common';
import type { Response } from 'express';
import type { RunFilter } from '../permissions/runResource';

type Parameters<Op extends OperationId> = ApiOperations[Op]['parameters'];

type RequestBody<Op extends OperationId> = ApiOperations[Op] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : undefined;

/** Where the API's own types say more than the document can. */
interface RefinedBodies {
  getPipeline: PipelineDetail;
  getPipelineVersion: PipelineVersion;
  getRun: RunDetail;
}

type JsonOf<Answer> = Answer extends {
  content: { 'application/json': infer Body };
}
  ? Body
  : never;

type SuccessBody<Op extends OperationId> = Op extends keyof RefinedBodies
  ? RefinedBodies[Op]
  : ApiOperations[Op]['responses'] extends infer Answers
  ? {
      [Status in keyof Answers]: Status extends 200 | 201
        ? JsonOf<Answers[Status]>
        : never;
    }[keyof Answers]
  : never;

/** A request that was validated, authenticated and allowed. */
export interface OperationRequest<Op extends OperationId> {
  path: NonNullable<Parameters<Op>['path']>;
  /** Defaults of the document are applied. */
  query: NonNullable<Parameters<Op>['query']>;
  body: RequestBody<Op>;
  /** For lists of runs: what the answer is narrowed to. */
  runFilter: PermissionCriteria<RunFilter> | undefined;
  /** Who asks: the reference of a user, or `service:<subject>`. */
  actor: string;
  /** What the user who asks is or belongs to; empty for a program. */
  ownership(): Promise<readonly string[]>;
  /** Whether a person asks, not a program. */
  isUser: boolean;
}

/** What an operation answers. */
export type OperationAnswer<Body> =
  | { status: 200 | 201; body: Body }
  | { status: 204 }
  /** Writes the answer itself; rejects before the first byte, or not at all. */
  | { write(res: Response): Promise<void> };

/** One operation. */
export type OperationHandler<Op extends OperationId> = (
  request: OperationRequest<Op>,
) => Promise<OperationAnswer<SuccessBody<Op>>>;

/** All operations; a missing one does not compile. */
export type OperationHandlers = {
  [Op in OperationId]: OperationHandler<Op>;
};

/** Answers with status 200. */
export function ok<Body>(body: Body): { status: 200; body: Body } {
  return { status: 200, body };
}
