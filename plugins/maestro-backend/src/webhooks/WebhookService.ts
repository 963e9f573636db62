import { createHash, randomBytes } from 'node:crypto';
import {
  AuthenticationError,
  InputError,
  NotFoundError,
} from '@backstage/errors';
import {
  webhookParams,
  type Webhook,
  type WebhookDefinition,
  type WebhookSecret,
} from '@maestro/plugin-maestro-common';
import type { SecretKeyRing } from '../connections/encryption';
import { num, optionalNum } from '../database/conversion';
import type { MaestroDatabase } from '../database/MaestroDatabase';
import type { WebhookRow } from '../database/tables';
import { readShownDefinition } from '../pipelines/storedDefinition';
import type { RunControl } from '../service/types';
import { type Credentials, knowsSecret } from './verify';

/** A request to a webhook, before anybody believes it. */
export interface Delivery extends Credentials {
  pipeline: string;
  webhookId: string;
  body: Buffer;
  /** The same id again is the same run. */
  deliveryId?: string;
}

/** Stands in for the secret of a webhook that is not there. */
const NOBODYS = randomBytes(32).toString('base64url');

/**
 * Webhooks: their secrets, and what a request with the right one starts. Which
 * webhooks there are stands in the current version of a pipeline.
 */
export class WebhookService {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      keys: SecretKeyRing;
      runControl: Pick<RunControl, 'triggerRun'>;
    },
  ) {}

  /** @throws NotFoundError */
  async list(pipeline: string): Promise<Webhook[]> {
    const { db } = this.options;
    const webhooks = await this.webhooksOf(pipeline);
    if (!webhooks) throw unknownPipeline(pipeline);
    const rows = await db.table(db.knex, 'webhooks').whereIn(
      'address',
      webhooks.map(({ id }) => addressOf(pipeline, id)),
    );
    return webhooks.map(({ id, params }) => {
      const row = rows.find(
        ({ address }) => address === addressOf(pipeline, id),
      );
      return {
        id,
        path: pathOf(pipeline, id),
        hasSecret: row !== undefined,
        rotatedAt: optionalNum(row?.rotated_at),
        rotatedBy: row?.rotated_by,
        deliveredAt: optionalNum(row?.delivered_at),
        params: params ?? {},
      };
    });
  }

  /**
   * Makes a secret; the one before is refused from then on. It is told to
   * nobody again.
   *
   * @throws NotFoundError
   */
  async rotate(
    pipeline: string,
    webhookId: string,
    actor: string,
  ): Promise<WebhookSecret> {
    const { db, keys } = this.options;
    const webhooks = await this.webhooksOf(pipeline);
    if (!webhooks) throw unknownPipeline(pipeline);
    if (!webhooks.some(({ id }) => id === webhookId)) {
      const ids = webhooks.map(({ id }) => id).join(', ');
      throw new NotFoundError(
        `Pipeline "${pipeline}" has no webhook "${webhookId}"; ${
          ids ? `it has: ${ids}` : 'add one to spec.webhooks'
        }`,
      );
    }
    const secret = randomBytes(32).toString('base64url');
    const address = addressOf(pipeline, webhookId);
    await db
      .table(db.knex, 'webhooks')
      .insert({
        address,
        secret: keys.encrypt(secret, placeOf(address)),
        rotated_at: await db.now(),
        rotated_by: actor,
      } as never)
      .onConflict('address')
      .merge(['secret', 'rotated_at', 'rotated_by']);
    return { id: webhookId, path: pathOf(pipeline, webhookId), secret };
  }

  /**
   * Starts the run that a request asks for.
   *
   * @param webhook - as {@link WebhookService.authenticate} gave it
   * @throws InputError for a body that is no JSON, or params that do not fit
   */
  async receive(
    webhook: WebhookDefinition,
    delivery: Delivery,
  ): Promise<{ runId: string; created: boolean }> {
    const { db, runControl } = this.options;
    const { pipeline } = delivery;
    await db
      .table(db.knex, 'webhooks')
      .where({ address: addressOf(pipeline, webhook.id) })
      .update({ delivered_at: await db.now() });
    return runControl.triggerRun({
      pipeline,
      trigger: 'api',
      params: webhookParams(webhook, parse(delivery.body)),
      runKey: delivery.deliveryId && runKeyOf(webhook.id, delivery.deliveryId),
      actor: `webhook:${webhook.id}`,
    });
  }

  /**
   * The webhook whose secret a request knows.
   *
   * @throws AuthenticationError, the same whatever is wrong
   */
  async authenticate(delivery: Delivery): Promise<WebhookDefinition> {
    const { db, keys } = this.options;
    const { pipeline, webhookId, body } = delivery;
    const address = addressOf(pipeline, webhookId);
    const webhook = (await this.webhooksOf(pipeline))?.find(
      ({ id }) => id === webhookId,
    );
    const row = (await db
      .table(db.knex, 'webhooks')
      .where({ address })
      .first()) as WebhookRow | undefined;
    const secret = row ? keys.decrypt(row.secret, placeOf(address)) : NOBODYS;
    const isRight = knowsSecret(secret, body, delivery);
    if (!webhook || !row || !isRight) {
      throw new AuthenticationError(
        'There is no such webhook, or the request does not know its secret; send X-Hub-Signature-256 over the raw body, or the secret as a bearer token',
      );
    }
    return webhook;
  }

  /** Undefined without such a pipeline, or when it was removed. */
  private async webhooksOf(
    pipeline: string,
  ): Promise<WebhookDefinition[] | undefined> {
    const { db } = this.options;
    const row = await db
      .table(db.knex, 'pipelines')
      .where({ name: pipeline })
      .whereNull('removed_at')
      .first('current_version_id');
    if (!row || row.current_version_id === null) return undefined;
    const version = await db
      .table(db.knex, 'pipeline_versions')
      .where({ id: num(row.current_version_id) })
      .first('definition');
    return readShownDefinition(version!.definition).webhooks ?? [];
  }
}

function addressOf(pipeline: string, webhookId: string): string {
  return `${pipeline}/${webhookId}`;
}

function pathOf(pipeline: string, webhookId: string): string {
  return `/webhooks/${encodeURIComponent(pipeline)}/${encodeURIComponent(
    webhookId,
  )}`;
}

function placeOf(address: string) {
  return { table: 'webhooks', id: address, field: 'secret' };
}

/** An id of any kind, as part of a run key that people can read. */
function runKeyOf(webhookId: string, deliveryId: string): string {
  const id = /^[A-Za-z0-9._:-]{1,100}$/.test(deliveryId)
    ? deliveryId
    : `sha256-${createHash('sha256').update(deliveryId).digest('hex')}`;
  return `webhook__${webhookId}__${id}`;
}

/** The text is not quoted: it may hold whatever somebody sent. */
function parse(body: Buffer): unknown {
  if (body.length === 0) return {};
  const text = body.toString('utf8');
  // PostgreSQL stores no NUL, and no environment variable can hold one.
  if (/\0|\\u0000/.test(text)) {
    throw new InputError('The body of the request holds a NUL character');
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError(
      'The body of the request is not valid JSON; let the sender use the content type application/json',
    );
  }
}

function unknownPipeline(name: string): NotFoundError {
  return new NotFoundError(
    `Pipeline "${name}" does not exist, or has no valid version; "maestro pipelines list" shows those there are`,
  );
}
