import { kubernetesProblem } from './kubernetesProblem';
import type { KubernetesSettings } from './kubernetesSettings';

it.each<[string, KubernetesSettings, string]>([
  ['restart', { podSpec: { restartPolicy: 'Always' } }, 'retries'],
  ['containers', { podSpec: { containers: [] } }, 'run.command'],
  [
    'an account past policy',
    { podSpec: { serviceAccountName: 'x' } },
    'kubernetes.serviceAccount',
  ],
  ['a node past policy', { podSpec: { nodeName: 'n' } }, 'nodeSelector'],
  ['the host', { podSpec: { hostPID: true } }, 'hostPID'],
  [
    'the network of the host',
    { podSpec: { hostNetwork: true } },
    'hostNetwork',
  ],
  [
    'a label of Maestro',
    { labels: { 'maestro.dev/attempt': 'x' } },
    'maestro.dev/attempt',
  ],
  [
    'an annotation of Maestro',
    { annotations: { 'maestro.dev/end': '{}' } },
    'maestro.dev/end',
  ],
  [
    'a queue past `queue`',
    { labels: { 'kueue.x-k8s.io/queue-name': 'q' } },
    'kueue',
  ],
  [
    'a mount over Maestro',
    { volumes: [{ mountPath: '/maestro/bin', claim: 'c' }] },
    '/maestro',
  ],
  [
    'the same with slashes',
    { volumes: [{ mountPath: '//maestro/', claim: 'c' }] },
    '/maestro',
  ],
  ['a mount over all', { volumes: [{ mountPath: '/', claim: 'c' }] }, '"/"'],
  ['a way up', { volumes: [{ mountPath: '/a/../maestro', claim: 'c' }] }, '..'],
  [
    'two at one place',
    {
      volumes: [
        { mountPath: '/a', claim: 'c' },
        { mountPath: '/a/', secret: 's' },
      ],
    },
    'Two volumes',
  ],
  [
    'the Secret of an attempt',
    { volumes: [{ mountPath: '/a', secret: 'maestro-0197' }] },
    'holds what Maestro gives to a task',
  ],
  [
    'sources of a version',
    { volumes: [{ mountPath: '/a', configMap: 'maestro-src' }] },
    'holds what Maestro gives to a task',
  ],
  [
    'the name of the task',
    { sidecars: [{ name: 'task', image: 'i' }] },
    'own container',
  ],
  [
    'one name twice',
    {
      sidecars: [{ name: 'a', image: 'i' }],
      initContainers: [{ name: 'a', image: 'i' }],
    },
    'Two containers',
  ],
])('refuses %s', (_, settings, said) => {
  expect(kubernetesProblem(settings)?.message).toContain(said);
});

it('takes what does not fight', () => {
  expect(
    kubernetesProblem({
      podSpec: { hostAliases: [], runtimeClassName: 'gvisor' },
      labels: { team: 'ml' },
      volumes: [{ mountPath: '/maestro-data', claim: 'c' }],
      sidecars: [{ name: 'proxy', image: 'p' }],
    }),
  ).toBeUndefined();
});
