import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { requestS3, startMinio } from '../cluster/minio.mjs';
import {
  registered,
  withoutFirstRuns,
  writePipeline,
} from '../portal/pipelines.mjs';
import { startPortal } from '../portal/portal.mjs';

/*
 * The portal as a person starts it, with `maestro.artifactStore.s3`: a run
 * whose log, report and large output are in the bucket, nowhere else, and are
 * read through the HTTP API.
 */

const BUCKET = 'portal';
const PREFIX = 'maestro/test';
const REPORT = '# Trees\n\nTwo hundred of them.\n';
const LARGE = 'x'.repeat(400_000);

const WORK = `
const send = async (path, body, type) => {
  const answer = await fetch(process.env.MAESTRO_TASK_API_URL + path, {
    method: 'PUT',
    body,
    headers: {
      authorization: 'Bearer ' + process.env.MAESTRO_TASK_TOKEN,
      'content-type': type,
    },
  });
  if (!answer.ok) throw new Error(path + ': ' + answer.status + ' ' + (await answer.text()));
};
await send('/v1/reports/trees', ${JSON.stringify(REPORT)}, 'text/markdown');
await send('/v1/outputs/large', JSON.stringify('x'.repeat(400_000)), 'application/json');
console.log('all is sent, ümlaut too');
`;

let minio;
let portal;
before(async () => {
  minio = await startMinio({ buckets: [BUCKET] });
  portal = await startPortal({
    config: {
      maestro: {
        artifactStore: {
          s3: {
            bucket: BUCKET,
            prefix: PREFIX,
            region: minio.region,
            endpoint: minio.endpoint,
            credentials: {
              accessKeyId: minio.accessKey,
              secretAccessKey: minio.secretKey,
            },
          },
        },
      },
    },
  });
  await withoutFirstRuns(portal);
  writePipeline(
    portal,
    'stores',
    {
      tasks: [{ id: 'work', run: { command: [process.execPath, 'work.mjs'] } }],
    },
    { 'work.mjs': WORK },
  );
  await registered(portal, ['stores']);
});
after(async () => {
  try {
    await portal?.stop();
  } finally {
    await minio?.stop();
  }
});

const objectsOf = async below => {
  const answer = await requestS3(minio, { path: `/${BUCKET}` });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  return [...text.matchAll(/<Key>([^<]+)<\/Key>/g)]
    .map(([, key]) => key)
    .filter(key => key.startsWith(`${PREFIX}/${below}`));
};

const bytesOf = async key => {
  const answer = await requestS3(minio, { path: `/${BUCKET}/${key}` });
  assert.equal(answer.status, 200, key);
  return Buffer.from(await answer.arrayBuffer());
};

/** Folders of the data directory in which such objects would be. */
const onDisk = () =>
  ['logs', 'artifacts', 'outputs'].filter(name => {
    const folder = path.join(portal.dataDir, name);
    return (
      fs.existsSync(folder) &&
      fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .some(entry => entry.isFile())
    );
  });

test('log, report and large output of a run are in the bucket, and read through the API', async () => {
  const { api } = portal;
  const { runId } = await api.trigger('stores');
  const run = await api.finished(runId);
  assert.equal(run.state, 'success', JSON.stringify(run));

  const { attempt, bytes, end } = await api.wholeLog(runId, 'work');
  assert.equal(end, 'true');
  assert.equal(bytes.toString(), 'all is sent, ümlaut too\n');
  const page = await api.get(`/attempts/${attempt.attemptId}/log`);
  assert.equal(page.text, bytes.toString());
  const [log] = (await objectsOf('logs/')).filter(key =>
    key.includes(attempt.attemptId),
  );
  assert.equal(gunzipSync(await bytesOf(log)).toString(), bytes.toString());

  const report = await api.raw(
    `/api/maestro/runs/${runId}/reports/trees?taskId=work`,
  );
  assert.equal(report.status, 200);
  assert.match(report.headers.get('content-type'), /^text\/markdown/);
  assert.equal(await report.text(), REPORT);
  const [artifact, ...others] = await objectsOf(`artifacts/${runId}/`);
  assert.deepEqual(others, []);
  assert.equal((await bytesOf(artifact)).toString(), REPORT);

  const [output] = await objectsOf(`outputs/${runId}/`);
  assert.equal((await bytesOf(output)).toString(), JSON.stringify(LARGE));

  assert.deepEqual(onDisk(), []);
});

test('a store that is away is said so by the API, and the portal lives on', async () => {
  const { api } = portal;
  const { runId } = await api.trigger('stores');
  await api.finished(runId);
  await api.wholeLog(runId, 'work');
  const { pid } = minio;
  process.kill(pid, 'SIGSTOP');
  try {
    // Requests that hang are given up after 20 s, three times.
    const answer = await api.raw(
      `/api/maestro/runs/${runId}/reports/trees?taskId=work`,
      { signal: AbortSignal.timeout(180_000) },
    );
    const text = await answer.text();
    assert.ok(answer.status >= 500, text);
    assert.match(text, new RegExp(`s3://${BUCKET}/${PREFIX}/ at `));
    assert.equal((await api.run(runId)).state, 'success');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  const again = await api.raw(
    `/api/maestro/runs/${runId}/reports/trees?taskId=work`,
  );
  assert.equal(await again.text(), REPORT);
});
