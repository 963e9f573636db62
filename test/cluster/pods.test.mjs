import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../portal/until.mjs';
import { endOf, shellPod } from './pods.mjs';
import { givenKubeconfig, startTestCluster } from './testCluster.mjs';

/*
 * What pods do on the cluster of the tests, which executors are tested on. Also
 * on one that MAESTRO_TEST_KUBECONFIG names, but for what looks at our own.
 */

const say = text => process.stdout.write(`  ${text}\n`);
const NAMESPACE = `maestro-test-${process.pid}`;
const ownOnly = {
  skip: givenKubeconfig() && 'it is about the cluster of test/cluster',
};

let cluster;
before(async () => {
  const began = Date.now();
  cluster = await startTestCluster({ name: `pods-${process.pid}` });
  say(`up after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  await until('the namespace has its service account', () =>
    cluster
      .kubectl(['get', 'serviceaccount', 'default', `-n${NAMESPACE}`])
      .catch(() => false),
  );
});
after(async () => {
  if (givenKubeconfig())
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
  await cluster?.stop();
});

const run = async (name, options) => {
  await cluster.apply(shellPod(NAMESPACE, name, options));
  return endOf(cluster, NAMESPACE, name);
};

const eventsOf = async (name, reason) => {
  const { items } = await cluster.json(
    'get',
    'events',
    `--namespace=${NAMESPACE}`,
    `--field-selector=involvedObject.name=${name},reason=${reason}`,
  );
  return items.map(event => event.message);
};

test('exit 0 is Succeeded, with its log', async () => {
  const end = await run('succeeds', { script: 'echo one; echo two' });
  assert.equal(end.phase, 'Succeeded');
  assert.equal(end.exitCode, 0);
  assert.equal(end.log, 'one\ntwo\n');
});

test('exit 3 is Failed, with its termination message', async () => {
  const end = await run('fails', {
    script: 'echo because >/dev/termination-log; exit 3',
  });
  assert.equal(end.phase, 'Failed');
  assert.equal(end.exitCode, 3);
  assert.equal(end.message, 'because\n');
});

test('too much memory is OOMKilled, 137', async () => {
  const end = await run('takes-memory', {
    script: 'exec tail /dev/zero',
    limits: { memory: '32Mi' },
  });
  assert.equal(end.phase, 'Failed');
  assert.equal(end.why, 'OOMKilled');
  assert.equal(end.exitCode, 137);
});

test('too long is DeadlineExceeded', async () => {
  const end = await run('takes-long', {
    script: 'sleep 600',
    spec: { activeDeadlineSeconds: 3 },
  });
  assert.equal(end.phase, 'Failed');
  assert.equal(end.reason, 'DeadlineExceeded');
});

test('an image that does not exist says so while the pod waits', async () => {
  await cluster.apply(
    shellPod(NAMESPACE, 'no-image', { image: 'registry.invalid/nothing:1' }),
  );
  const waiting = await until(
    'the image cannot be pulled',
    async () => {
      const pod = await cluster.json(
        'get',
        'pod',
        'no-image',
        `-n${NAMESPACE}`,
      );
      const reason = pod.status.containerStatuses?.[0]?.state.waiting?.reason;
      return /ErrImagePull|ImagePullBackOff/.test(reason) && pod;
    },
    { timeoutMs: 180_000 },
  );
  assert.equal(waiting.status.phase, 'Pending');
  await cluster.kubectl(['delete', 'pod', 'no-image', `-n${NAMESPACE}`]);
});

test('what no node has is FailedScheduling, with what is lacking', async () => {
  await cluster.apply(
    shellPod(NAMESPACE, 'too-large', { spec: { requests: { cpu: '5000' } } }),
  );
  const [message] = await until(
    'the scheduler says why',
    async () => {
      const messages = await eventsOf('too-large', 'FailedScheduling');
      return messages.length && messages;
    },
    { timeoutMs: 180_000 },
  );
  assert.match(message, /Insufficient cpu/);
  await cluster.kubectl(['delete', 'pod', 'too-large', `-n${NAMESPACE}`]);
});

test('a pod over the quota of its namespace is refused with the numbers', async () => {
  const namespace = `${NAMESPACE}-quota`;
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'none', namespace },
      spec: { hard: { pods: '0' } },
    },
  );
  // Its service account first: without one the pod is refused for that.
  await until('the service account is there', () =>
    cluster
      .kubectl(['get', 'serviceaccount', 'default', `-n${namespace}`])
      .catch(() => false),
  );
  // The API server knows of quotas from a watch, and of what is used later still.
  await until('the quota is in force', () =>
    cluster
      .kubectl(['create', '--dry-run=server', '--filename=-'], {
        input: JSON.stringify(shellPod(namespace, 'refused')),
      })
      .then(
        () => false,
        error => error.message.includes('exceeded quota'),
      ),
  );
  await assert.rejects(
    cluster.apply(shellPod(namespace, 'refused')),
    /exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0/,
  );
  await cluster.kubectl(['delete', 'namespace', namespace, '--wait=false']);
});

test('names of services resolve in pods, in their namespace and from others', async () => {
  await cluster.apply(
    shellPod(NAMESPACE, 'web', {
      labels: { app: 'web' },
      script: 'echo hello >/tmp/index.html; exec httpd -f -p 8080 -h /tmp',
    }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: NAMESPACE },
      spec: {
        selector: { app: 'web' },
        ports: [{ port: 80, targetPort: 8080 }],
      },
    },
  );
  await cluster.kubectl([
    'wait',
    '--for=condition=Ready',
    'pod/web',
    `-n${NAMESPACE}`,
    '--timeout=180s',
  ]);
  // Rules for a new service take a moment to reach the node. By timeout, since
  // Debian 12's busybox crashes on wget -T.
  const ask = host =>
    `for i in $(seq 30); do timeout 10 wget -q -O- http://${host}/ && exit 0; sleep 1; done; exit 1`;
  assert.equal((await run('asks-near', { script: ask('web') })).log, 'hello\n');
  await cluster.apply(
    shellPod('default', 'asks-far', {
      script: ask(`web.${NAMESPACE}.svc.cluster.local`),
    }),
  );
  const far = await endOf(cluster, 'default', 'asks-far');
  assert.equal(far.log, 'hello\n');
  await cluster.kubectl(['delete', 'pod', 'asks-far', '-ndefault']);
  await cluster.kubectl(['delete', 'pod', 'web', `-n${NAMESPACE}`]);
});

test(
  'pods reach what runs beside them by name, and nothing outside',
  ownOnly,
  async () => {
    const { settings } = cluster;
    const beside = cluster.execute([
      'timeout',
      '300',
      'busybox',
      'nc',
      // Again and again: an answer that comes late is asked for once more.
      '-ll',
      '-p',
      '7000',
      '-e',
      'echo',
      'from beside',
    ]);
    beside.catch(() => undefined);
    await cluster.apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'beside', namespace: NAMESPACE },
        spec: { clusterIP: 'None', ports: [{ port: 7000 }] },
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'beside',
          namespace: NAMESPACE,
          labels: { 'kubernetes.io/service-name': 'beside' },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: [settings.address] }],
        ports: [{ port: 7000, protocol: 'TCP' }],
      },
    );
    const end = await run('looks-around', {
      script: [
        'for i in $(seq 30); do nc -w 5 beside 7000 && break; sleep 1; done',
        'nslookup example.com >/dev/null 2>&1 || echo no such name',
        'nc -w 5 192.0.2.1 80 </dev/null 2>&1 || echo no way out',
      ].join('\n'),
    });
    assert.match(end.log, /^from beside\nno such name\n/);
    assert.match(end.log, /no way out\n$/);
  },
);

test('Python runs by the names of the real images', async () => {
  const end = await run('python', {
    image: 'python:3.11-slim',
    script: `python -c 'import json, sqlite3, ssl, sys; print("Python", sys.version_info[:2])'`,
  });
  assert.equal(end.log, 'Python (3, 11)\n');
});

test('the metrics API says what a pod takes', ownOnly, async () => {
  await cluster.apply(
    shellPod(NAMESPACE, 'busy', { script: 'while :; do :; done' }),
  );
  const usage = await until(
    'metrics of the pod',
    async () => {
      const metrics = await cluster
        .kubectl([
          'get',
          '--raw',
          `/apis/metrics.k8s.io/v1beta1/namespaces/${NAMESPACE}/pods/busy`,
        ])
        .catch(() => undefined);
      return metrics && JSON.parse(metrics).containers[0]?.usage;
    },
    { timeoutMs: 240_000, everyMs: 1_000 },
  );
  assert.match(usage.cpu, /^[1-9]\d*[num]?$/);
  assert.match(usage.memory, /^[1-9]\d*Ki$/);
  await cluster.kubectl(['delete', 'pod', 'busy', `-n${NAMESPACE}`]);
});
