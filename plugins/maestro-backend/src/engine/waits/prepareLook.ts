import { InputError } from '@backstage/errors';
import {
  expressionReferences,
  type ExpressionReferences,
  type HttpRequestDefinition,
  parseS3Address,
  renderTemplate,
  renderValue,
  type S3Address,
  templateReferences,
  templatesIn,
} from '@maestro/plugin-maestro-common';
import type { WaitRow } from '../../database/tables';
import { expressionContext } from '../expressionContext';
import { maskErrors } from '../maskErrors';
import { maskText } from '../maskText';
import type { RunDraft } from '../RunDraft';
import { waitKey } from './dropWaits';
import type { OutsideRequest } from './OutsideWorld';
import {
  LONGEST_LOOK_MS,
  LOOK_LEASE_MS,
  type PendingLook,
} from './PendingLook';

/**
 * Fills in what is looked at outside, in the transaction: credentials as they
 * are now, outputs of the tasks before it.
 *
 * @throws InputError for a missing connection, an ExpressionError
 */
export async function prepareLook(
  draft: RunDraft,
  no: number,
  wait: WaitRow,
): Promise<PendingLook> {
  const task = draft.task(no);
  const request = task.http ?? task.wait?.http;
  const texts = request
    ? templatesIn([request.url, request.headers ?? {}, request.body ?? null])
    : templatesIn((task.wait?.object ?? task.wait?.s3)?.path);
  const judges = [
    task.http?.expect,
    ...Object.values(task.http?.outputs ?? {}),
    task.wait?.http?.until,
  ].filter(source => source !== undefined);
  const named: ExpressionReferences[] = [
    ...texts.map(text => templateReferences(text)),
    ...judges.map(source => expressionReferences(source)),
  ];
  const { context, hidden } = await expressionContext(draft, named);
  const look = {
    ...waitKey(draft, no),
    waitId: wait.wait_id!,
    beginBefore: draft.openedAt + LOOK_LEASE_MS - LONGEST_LOOK_MS,
    context,
  };
  const s3 = task.wait?.s3;
  if (s3) {
    const { access, secrets: own } = await draft.ctx.inputs.forS3(
      draft.tx,
      s3.connection,
    );
    const secrets = [...hidden, ...own];
    const path = maskErrors(secrets, () => renderTemplate(s3.path, context));
    const object = { ...s3Address(path, secrets), access };
    return { ...look, secrets, ask: { kind: 's3', object } };
  }
  if (!request) {
    const path = maskErrors(hidden, () =>
      renderTemplate(task.wait!.object!.path, context),
    );
    return { ...look, secrets: hidden, ask: { kind: 'object', path } };
  }
  const base =
    request.connection === undefined
      ? undefined
      : await draft.ctx.inputs.forRequest(draft.tx, request.connection);
  const secrets = [...hidden, ...(base?.secrets ?? [])];
  const filled = maskErrors(secrets, () => ({
    ...bodyOf(request, context),
    url: address(renderTemplate(request.url, context), base?.url, secrets),
    headers: {
      ...(base?.authorization && { authorization: base.authorization }),
      ...contentType(request),
      ...(task.http && { 'idempotency-key': wait.wait_id! }),
      ...lowerCase(
        renderValue(request.headers ?? {}, context) as Record<string, unknown>,
      ),
    },
  }));
  return {
    ...look,
    secrets,
    ask: { kind: task.http ? 'call' : 'http', request: filled },
  };
}

function s3Address(path: string, secrets: readonly string[]): S3Address {
  const found = parseS3Address(path);
  if (found) return found;
  const shown = JSON.stringify(maskText(path, secrets).slice(0, 200));
  throw new InputError(
    `${shown} names no object of S3; expected s3://bucket/key`,
  );
}

/**
 * An absolute address, or a path on the host of the connection. What is said
 * of a wrong one is masked before it is cut, and quotes the text that was
 * written: a parsed address may spell a secret in another way.
 */
function address(
  url: string,
  base: string | undefined,
  secrets: readonly string[],
): string {
  const shown = JSON.stringify(maskText(url, secrets).slice(0, 200));
  const isPath = url.startsWith('/');
  if (isPath && base === undefined) {
    throw new InputError(`${shown} names no host, and no connection gives one`);
  }
  let found: URL;
  try {
    found = isPath
      ? new URL(`${base!.replace(/\/+$/, '')}${url}`)
      : new URL(url);
  } catch {
    throw new InputError(`${shown} is no address`);
  }
  if (found.protocol !== 'http:' && found.protocol !== 'https:') {
    throw new InputError(`${shown} is neither http nor https`);
  }
  if (!isPath && base !== undefined && new URL(base).origin !== found.origin) {
    throw new InputError(
      `${shown} is not on the host of the connection, whose credentials belong to ${
        new URL(base).origin
      }; write a path such as /ready`,
    );
  }
  return found.toString();
}

function bodyOf(
  request: HttpRequestDefinition,
  context: Parameters<typeof renderValue>[1],
): Pick<OutsideRequest, 'method' | 'body'> {
  const { method, body } = request;
  if (body === undefined) return { method };
  return {
    method,
    body:
      typeof body === 'string'
        ? renderTemplate(body, context)
        : JSON.stringify(renderValue(body, context)),
  };
}

function contentType({ body }: HttpRequestDefinition): Record<string, string> {
  return body === undefined || typeof body === 'string'
    ? {}
    : { 'content-type': 'application/json' };
}

function lowerCase(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]),
  );
}
