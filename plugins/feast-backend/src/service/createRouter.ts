import { HttpAuthService } from '@backstage/backend-plugin-api';
import express from 'express';
import Router from 'express-promise-router';
import { FeastReader, FeastService } from './FeastService';

/**
 * Read-only routes; all need a signed-in user or a service:
 * `GET /status`, `/feature-views`, `/feature-services`, `/entities`,
 * `/data-sources`.
 */
export function createRouter(options: {
  service: FeastService;
  httpAuth: HttpAuthService;
}): express.Router {
  const { service, httpAuth } = options;
  const router = Router();
  const serve = (
    path: string,
    read: (reader: FeastReader) => Promise<unknown>,
  ) => {
    router.get(path, async (req, res) => {
      const credentials = await httpAuth.credentials(req, {
        allow: ['user', 'service'],
      });
      res.json(await read({ credentials }));
    });
  };

  serve('/status', reader => service.getStatus(reader));
  serve('/feature-views', reader => service.listFeatureViews(reader));
  serve('/feature-services', reader => service.listFeatureServices(reader));
  serve('/entities', reader => service.listEntities(reader));
  serve('/data-sources', reader => service.listDataSources(reader));
  return router;
}
