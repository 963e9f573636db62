import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { embeddedSeeds } from '../embedded/seeds.mjs';
import { embeddedConfig, renderConfig } from './embeddedConfig.mjs';

const given = {
  port: 7100,
  dataDir: '/data',
  secrets: { encryption: 'E', cli: 'C' },
  python: '/tools/python/bin/python',
  services: [
    { name: 'mlflow', url: 'http://127.0.0.1:1' },
    { name: 'feast-server', url: 'http://127.0.0.1:2' },
    { name: 'feast-registry', url: 'http://127.0.0.1:3' },
  ],
  seeds: {
    connections: { x_default: { type: 'http', host: 'h', port: 1 } },
    variables: { threshold: '0.80' },
  },
  catalogFiles: ['/p/catalog-info.yaml'],
  pipelineFolders: ['/p/pipelines'],
};

test('everything is on 127.0.0.1 and on the asked port', () => {
  const { app, backend } = embeddedConfig(given);
  assert.equal(app.baseUrl, 'http://127.0.0.1:7100');
  assert.equal(backend.baseUrl, app.baseUrl);
  assert.deepEqual(backend.listen, { host: '127.0.0.1', port: 7100 });
});

test('the data directory, the secrets and the seeds are where plugins look', () => {
  const { backend, maestro } = embeddedConfig(given);
  assert.equal(backend.database.connection.directory, '/data/db');
  assert.deepEqual(backend.auth.externalAccess[0].options, {
    token: 'C',
    subject: 'maestro-cli',
  });
  assert.deepEqual(maestro.encryption.keys, [{ id: 'k1', secret: 'E' }]);
  assert.deepEqual(maestro.executors.local, {
    python: '/tools/python/bin',
  });
  assert.equal(maestro.dataDir, '/data');
  assert.deepEqual(maestro.seeds, {
    connections: [
      { connId: 'x_default', connType: 'http', host: 'h', port: 1 },
    ],
    variables: [{ key: 'threshold', value: '0.80' }],
  });
  assert.equal(maestro.embedded, true);
});

test('a guest enters as the user that the catalog has', () => {
  const { guest } = embeddedConfig(given).auth.providers;
  const catalog = readFileSync(
    new URL('../../../../pipelines/catalog-info.yaml', import.meta.url),
    'utf8',
  );
  const [, name] = /^kind: User\nmetadata:\n {2}name: (\S+)$/m.exec(catalog);
  // Otherwise Backstage signs in one of the namespace "development", who owns
  // nothing and has no page.
  assert.equal(guest.userEntityRef, `user:default/${name}`);
});

test('a seed that nothing reads yet says so on its page', () => {
  const seeds = embeddedSeeds({ dataDir: '/data', services: [] });
  const { connections, variables } = embeddedConfig({ ...given, seeds }).maestro
    .seeds;
  const silent = [...connections, ...variables]
    .filter(({ description }) => /^Nothing reads it yet: /.test(description))
    .map(({ connId, key }) => connId ?? key);
  assert.deepEqual(silent, ['alert_email', 'slack_webhook_url']);
  assert.equal('description' in variables[0], false);
});

test('services that run are named', () => {
  const { mlflow, feast } = embeddedConfig(given);
  assert.deepEqual(mlflow, { baseUrl: 'http://127.0.0.1:1' });
  assert.deepEqual(feast, {
    serverUrl: 'http://127.0.0.1:2',
    registryUrl: 'http://127.0.0.1:3',
  });
});

test('what is not there leaves no trace', () => {
  const config = embeddedConfig({ ...given, services: [], python: undefined });
  assert.equal('mlflow' in config, false);
  assert.equal('feast' in config, false);
  assert.equal('python' in config.maestro.executors.local, false);
});

test('the file is JSON under a comment, whatever the values hold', () => {
  const nasty = 'a: "b" #\n- c \u2028 ${HOME}';
  const text = renderConfig({ value: nasty });
  assert.match(text, /^# Written by npm start/);
  assert.equal(JSON.parse(text.slice(text.indexOf('\n'))).value, nasty);
});
