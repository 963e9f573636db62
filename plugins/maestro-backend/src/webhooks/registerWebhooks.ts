import type {
  AuditorService,
  HttpRouterService,
} from '@backstage/backend-plugin-api';
import type { WebhookDefinition } from '@maestro/plugin-maestro-common';
import express, {
  type ErrorRequestHandler,
  type Request,
  type Response,
} from 'express';
import createPromiseRouter from 'express-promise-router';
import { RateLimit } from './RateLimit';
import type { Delivery, WebhookService } from './WebhookService';

/** Largest body of a delivery. */
export const MAX_DELIVERY_BYTES = 256 * 1024;
/** Requests a minute to one webhook that know its secret. */
const DELIVERIES = 120;
/** Requests a minute from one address to one webhook that do not. */
const GUESSES = 20;
/** Those to any webhook. */
const GUESSES_ANYWHERE = 200;

const TOO_MANY =
  'Too many requests to this webhook; send the next one in a minute';

const tooLarge: ErrorRequestHandler = (error, _req, res, next) => {
  if (error?.type !== 'entity.too.large') {
    next(error);
    return;
  }
  tell(
    res,
    413,
    'PayloadTooLargeError',
    `The body is larger than ${
      MAX_DELIVERY_BYTES / 1024
    } KiB, the most that a webhook takes; send an address instead of the data`,
  );
};

/**
 * The one route that anybody may reach: `POST /webhooks/{pipeline}/{id}`. Who
 * asks shows it by the secret of the webhook. Nothing else may ever lie below
 * `/webhooks`, because Backstage opens by the beginning of a path.
 */
export function registerWebhooks(
  http: HttpRouterService,
  options: {
    webhooks: Pick<WebhookService, 'authenticate' | 'receive'>;
    auditor: AuditorService;
  },
): void {
  http.addAuthPolicy({ path: '/webhooks', allow: 'unauthenticated' });
  const deliveries = new RateLimit(DELIVERIES);
  const guesses = new RateLimit(GUESSES);
  const guessesAnywhere = new RateLimit(GUESSES_ANYWHERE);

  const receive = async (req: Request, res: Response): Promise<void> => {
    const { pipeline, id } = req.params;
    const address = `${pipeline}/${id}`;
    const from = req.ip ?? 'unknown';
    const refuse = () =>
      tell(res.set('Retry-After', '60'), 429, 'TooManyRequestsError', TOO_MANY);
    if (deliveries.isSpent(address)) {
      refuse();
      return;
    }
    // Without the request: what it calls a bearer token is no token of ours.
    const begin = () =>
      options.auditor.createEvent({
        eventId: 'webhook-receive',
        severityLevel: 'medium',
        meta: { pipeline, webhook: id, from },
      });
    const delivery: Delivery = {
      pipeline,
      webhookId: id,
      body: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
      signature: req.get('x-hub-signature-256'),
      authorization: req.get('authorization'),
      deliveryId: req.get('x-github-delivery') ?? req.get('idempotency-key'),
    };
    let webhook: WebhookDefinition;
    try {
      webhook = await options.webhooks.authenticate(delivery);
    } catch (error) {
      if ((error as Error).name === 'AuthenticationError') {
        // Behind a proxy everybody may have one address: who knows the secret
        // is let in before anybody counts the guesses of others.
        if (
          guesses.isSpent(`${from} ${address}`) ||
          guessesAnywhere.isSpent(from)
        ) {
          refuse();
          return;
        }
        guesses.count(`${from} ${address}`);
        guessesAnywhere.count(from);
      }
      await (await begin()).fail({ error: error as Error });
      throw error;
    }
    deliveries.count(address);
    const event = await begin();
    try {
      const { runId, created } = await options.webhooks.receive(
        webhook,
        delivery,
      );
      await event.success({ meta: { runId, created } });
      res.status(created ? 201 : 200).json({ runId, created });
    } catch (error) {
      await event.fail({ error: error as Error });
      throw error;
    }
  };

  const router = createPromiseRouter();
  router.post(
    '/webhooks/:pipeline/:id',
    // The signature is over these very bytes.
    express.raw({ type: () => true, limit: MAX_DELIVERY_BYTES }),
    receive,
  );
  router.use('/webhooks', tooLarge);
  http.use(router);
}

function tell(res: Response, status: number, name: string, message: string) {
  res.status(status).json({
    error: { name, message },
    response: { statusCode: status },
  });
}
