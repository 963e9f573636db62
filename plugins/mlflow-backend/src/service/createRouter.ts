import { HttpAuthService } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import express from 'express';
import Router from 'express-promise-router';
import { z } from 'zod';
import { MlflowService } from './MlflowService';

const name = z.string().min(1).max(500);
const pageToken = z.string().min(1).max(4_000).optional();
const listQuery = z.object({
  filter: z.string().max(200).optional(),
  pageToken,
});
const detailQuery = z.object({ pageToken });

/**
 * Read-only routes; all need a signed-in user or a service:
 *
 * - `GET /status`
 * - `GET /models?filter&pageToken`, `GET /models/:name?pageToken`
 * - `GET /experiments?filter&pageToken`, `GET /experiments/:id/runs?pageToken`
 */
export function createRouter(options: {
  service: MlflowService;
  httpAuth: HttpAuthService;
}): express.Router {
  const { service, httpAuth } = options;
  const router = Router();
  const readerOf = async (req: express.Request) => ({
    credentials: await httpAuth.credentials(req, {
      allow: ['user', 'service'],
    }),
  });

  router.get('/status', async (req, res) => {
    res.json(await service.getStatus(await readerOf(req)));
  });
  router.get('/models', async (req, res) => {
    const reader = await readerOf(req);
    const query = parse(listQuery, req.query);
    res.json(await service.listModels(query, reader));
  });
  router.get('/models/:name', async (req, res) => {
    const reader = await readerOf(req);
    const query = parse(detailQuery.extend({ name }), {
      ...req.query,
      name: req.params.name,
    });
    res.json(await service.getModel(query, reader));
  });
  router.get('/experiments', async (req, res) => {
    const reader = await readerOf(req);
    const query = parse(listQuery, req.query);
    res.json(await service.listExperiments(query, reader));
  });
  router.get('/experiments/:experimentId/runs', async (req, res) => {
    const reader = await readerOf(req);
    const query = parse(detailQuery.extend({ experimentId: name }), {
      ...req.query,
      experimentId: req.params.experimentId,
    });
    res.json(await service.listRuns(query, reader));
  });
  return router;
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const [issue] = parsed.error.issues;
  throw new InputError(`${issue.path.join('.')}: ${issue.message}`);
}
