/*
 * Checks the configuration of one profile against the schemas of all packages,
 * as the backend would read it:
 *   node packages/bootstrap/src/testing/checkConfig.mjs embedded|production
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { embeddedSeeds } from '../embedded/seeds.mjs';
import { ROOT } from '../paths.mjs';
import { embeddedConfig, renderConfig } from '../portal/embeddedConfig.mjs';

const EXAMPLE = {
  port: 7007,
  dataDir: '/data',
  secrets: {
    encryption: Buffer.alloc(32).toString('base64'),
    cli: 'token',
  },
  python: '/tools/python/bin/python',
  services: [
    { name: 'mlflow', url: 'http://127.0.0.1:5000' },
    { name: 'feast-server', url: 'http://127.0.0.1:6566' },
    { name: 'feast-registry', url: 'http://127.0.0.1:6572' },
  ],
  seeds: embeddedSeeds({ dataDir: '/data', services: [] }),
  catalogFiles: ['/data/pipelines/catalog-info.yaml'],
  pipelineFolders: ['/p/pipelines'],
};

/** What an operator sets for app-config.production.yaml. */
const OPERATOR = {
  MAESTRO_BASE_URL: 'https://maestro.example.com',
  MAESTRO_ENCRYPTION_KEY_ID: 'k1',
  MAESTRO_ENCRYPTION_KEY: EXAMPLE.secrets.encryption,
  MAESTRO_S3_BUCKET: 'maestro-logs',
  MAESTRO_S3_ENDPOINT: 'https://minio.example.com:9000',
  POSTGRES_HOST: 'postgres',
  POSTGRES_PORT: '5432',
  POSTGRES_USER: 'maestro',
  POSTGRES_PASSWORD: 'secret',
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'maestro-config-'));
try {
  const generated = path.join(folder, 'app-config.embedded.yaml');
  fs.writeFileSync(generated, renderConfig(embeddedConfig(EXAMPLE)));
  const second = {
    embedded: generated,
    production: path.join(ROOT, 'app-config.production.yaml'),
  }[process.argv[2]];
  if (!second) throw new Error('Expected: embedded or production.');
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/.bin/backstage-cli'),
      'config:check',
      '--strict',
      '--config',
      path.join(ROOT, 'app-config.yaml'),
      '--config',
      second,
    ],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...OPERATOR } },
  );
  process.exitCode = status ?? 1;
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}
