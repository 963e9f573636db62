import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { ClusterError } from '../cluster/ClusterError';
import { Namespaces } from '../Namespaces';
import { buildPod } from './buildPod';
import { labelValue } from './names';
import { buildSecret } from './secret';
import { podArguments } from './secretArguments';
import { buildSources } from './sources';
import { START_SCRIPT } from './startScript';

const place = { namespace: 'ml', instance: 'maestro' };
const defaults = { runAsUser: 1000, imagePullSecrets: ['registry'] };

function request(changes: Partial<LaunchRequest> = {}): LaunchRequest {
  return {
    attemptId: '0198c000-0000-7000-8000-000000000000',
    command: ['echo', '$HOME $(id) $$'],
    env: { TOKEN: 'hidden' },
    image: 'ml:1',
    sources: { versionHash: 'v', files: [] },
    labels: { pipeline: 'p', runId: 'r', taskId: 't', mapIndex: -1 },
    logLimitBytes: 10,
    ...changes,
  };
}

const build = (asked: LaunchRequest) =>
  buildPod({
    request: asked,
    sources: buildSources(asked.sources, place),
    defaults,
    ...place,
  });

it('is restricted unless the task asks for more', () => {
  const { spec } = build(request());
  expect(spec).toMatchObject({
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    imagePullSecrets: [{ name: 'registry' }],
    containers: [
      {
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
      },
    ],
  });
  expect(JSON.stringify(spec)).not.toContain('hidden');
});

it('gives arguments as they are', () => {
  // Kubernetes makes one `$` of two, and puts variables in for `$(NAME)`.
  expect(build(request()).spec?.containers[0].args).toEqual([
    'echo',
    '$$HOME $$(id) $$$$',
  ]);
});

it('keeps arguments that hold a secret in its Secret, as they are', () => {
  const asked = request({
    command: ['sh', '-c', 'login --password "top$(x)$$word"', 'top$(x)$$word'],
    secretArguments: [2, 3],
  });
  const { spec } = build(asked);
  expect(spec?.containers[0].args).toEqual([
    'sh',
    '-c',
    '$(MAESTRO_ARGUMENT_0)',
    '$(MAESTRO_ARGUMENT_1)',
  ]);
  expect(JSON.stringify(spec)).not.toContain('word');
  expect(podArguments(asked).env).toEqual({
    MAESTRO_ARGUMENT_0: 'login --password "top$(x)$$word"',
    MAESTRO_ARGUMENT_1: 'top$(x)$$word',
  });
});

it('the shell gets its script as it is, whatever Kubernetes puts in', () => {
  const [shell, option, script, name] = build(request()).spec!.containers[0]
    .command!;
  expect([shell, option, name]).toEqual(['/bin/sh', '-c', 'maestro']);
  // As Kubernetes reads it: two are one, and one before `(` a variable.
  expect(script.replaceAll('$$', '')).not.toContain('$');
  expect(script.replaceAll('$$', '$')).toBe(START_SCRIPT);
});

it('has no volume that it does not need, since the kubelet mounts each', () => {
  const volumesOf = (files: { path: string; content: Uint8Array }[]) => {
    const { spec, metadata } = build(
      request({ sources: { versionHash: 'v', files } }),
    );
    return {
      volumes: spec!.volumes!.map(({ name }) => name),
      mounts: spec!.containers[0].volumeMounts!.map(one => one.mountPath),
      label: metadata!.labels!['maestro.dev/sources'],
    };
  };
  expect(volumesOf([])).toEqual({
    volumes: ['maestro-work'],
    mounts: ['/maestro'],
    label: undefined,
  });
  expect(volumesOf([{ path: 'a', content: Buffer.from('x') }])).toEqual({
    volumes: ['maestro-work', 'maestro-sources'],
    mounts: ['/maestro', '/maestro/source'],
    label: expect.stringMatching(/^maestro-sources-[0-9a-f]{32}$/),
  });
});

it('starts in the working directory of the image where that is asked for', () => {
  const container = (workDir?: 'image') =>
    build(request({ kubernetes: { workDir } })).spec!.containers[0];
  const variable = { name: 'MAESTRO_WORK_DIR', value: 'image' };
  expect(container('image').workingDir).toBeUndefined();
  expect(container('image').env).toContainEqual(variable);
  expect(container().workingDir).toBe('/maestro');
  expect(container().env).not.toContainEqual(variable);
});

it.each<[string, Partial<LaunchRequest>, string]>([
  ['no image', { image: undefined }, 'names no image'],
  [
    'a template that fights',
    { kubernetes: { podSpec: { restartPolicy: 'Always' } } },
    'restartPolicy',
  ],
  [
    'a label of Maestro',
    { kubernetes: { labels: { 'maestro.dev/attempt': 'x' } } },
    'set by Maestro',
  ],
])('refuses %s', (_, changes, said) => {
  expect(() => build(request(changes))).toThrow(said);
});

it('has names of any length as labels, different ones staying different', () => {
  const long = 'a'.repeat(70);
  expect(labelValue(long)).toHaveLength(59);
  expect(labelValue(`${long}b`)).not.toBe(labelValue(`${long}c`));
  expect(labelValue('my/pipeline')).toMatch(/^my-pipeline-[0-9a-f]{8}$/);
  expect(labelValue('äöü')).toMatch(/^[0-9a-f]{8}$/);
  expect(labelValue('model_training_pipeline')).toBe('model_training_pipeline');
  const { metadata } = build(
    request({
      labels: { pipeline: long, runId: 'r', taskId: 't/x', mapIndex: 3 },
    }),
  );
  expect(metadata?.annotations).toMatchObject({
    'maestro.dev/pipeline': long,
    'maestro.dev/task': 't/x',
  });
});

describe('sources', () => {
  const file = (path: string, size = 1) => ({
    path,
    content: Buffer.alloc(size, 'x'),
  });

  it.each([
    ['too much', [file('a', 500_000), file('b', 300_000)], '800000 bytes'],
    ['a file where a folder is', [file('a'), file('a/b')], 'name is taken'],
    ['the same twice', [file('a'), file('a')], 'name is taken'],
    ["Kubernetes' own folder", [file('..data')], 'not a relative path'],
  ])('refuse %s', (_, files, said) => {
    expect(() => buildSources({ versionHash: 'v', files }, place)).toThrow(
      said,
    );
  });

  it('have one name for one content', () => {
    const of = (...files: ReturnType<typeof file>[]) =>
      buildSources({ versionHash: 'v', files }, place)!.name;
    expect(of(file('a'))).toBe(of(file('a')));
    expect(of(file('a'))).not.toBe(of(file('a', 2)));
    expect(of(file('a'))).not.toBe(
      of({ ...file('a'), executable: true } as never),
    );
  });
});

describe('environment', () => {
  const secret = (env: Record<string, string>) =>
    buildSecret({ attemptId: 'a', env, ...place });

  it('takes names that no shell takes by a detour', () => {
    expect(
      Object.keys(secret({ 'AIRFLOW_CONN_MY-DB': 'x', A: 'y' }).data!),
    ).toEqual([
      'MAESTRO_ENV_0_NAME',
      'MAESTRO_ENV_0_VALUE',
      'A',
      'MAESTRO_ENV_COUNT',
    ]);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a long value', { A: 'x'.repeat(131_070) }, 'A has 131072 bytes'],
    ['NUL', { A: 'a\0b' }, 'NUL'],
    ['"=" in a name', { 'A=B': 'x' }, '"A=B"'],
    [
      'too much of all',
      Object.fromEntries(
        Array.from({ length: 9 }, (_, i) => [`A${i}`, 'x'.repeat(120_000)]),
      ),
      'The environment has',
    ],
  ])('refuses %s', (_, env, said) => {
    expect(() => secret(env)).toThrow(said);
  });
});

describe('namespaces', () => {
  const rules = {
    default: 'all',
    pipelines: { train: 'gpu' },
    owners: { 'group:default/ml': 'ml' },
  };
  const of = (pipeline: string, owner?: string, changed = {}) =>
    new Namespaces({ ...rules, ...changed }).of({
      pipeline,
      owner,
      runId: 'r',
      taskId: 't',
      mapIndex: -1,
    });

  it.each([
    ['train', 'group:default/ml', 'gpu'],
    ['other', 'group:default/ml', 'ml'],
    ['other', 'group:default/x', 'all'],
    ['constructor', 'toString', 'all'],
    ['other', undefined, 'all'],
  ])('pipeline %s of %s is in %s', (pipeline, owner, namespace) => {
    expect(of(pipeline, owner)).toBe(namespace);
  });

  it.each(['ml', 'group:ml', 'default/ml', 'Group:Default/ML'])(
    'names the owner in the configuration as %s too',
    key => {
      const owners = { [key]: 'theirs' };
      expect(of('other', 'group:default/ml', { owners })).toBe('theirs');
      expect(of('other', 'user:default/ml', { owners })).toBe('all');
    },
  );

  it('refuses two namespaces of one owner, however they are written', () => {
    const owners = { ml: 'a', 'Group:default/ml': 'b' };
    expect(() => of('other', 'x', { owners })).toThrow(
      'owners names group:default/ml twice, with "a" and, as "Group:default/ml", with "b"',
    );
    expect(of('other', 'ml', { owners: { ml: 'a', 'group:ml': 'a' } })).toBe(
      'a',
    );
  });

  it('looks after former ones that are wanted, until the right to them is gone', async () => {
    const namespaces = new Namespaces(rules);
    const all = ['all', 'gpu', 'ml'];
    const adopt = (...names: string[]) =>
      namespaces.adoptWanted(
        names.map(name => ({
          attemptId: '1',
          object: `pod ${name}/maestro-1`,
        })),
      );
    const denied = (name: string) =>
      namespaces.listed(name, async () => {
        throw new ClusterError(403, 'Forbidden', 'cannot list');
      });
    adopt('ml', 'old', 'old', '..', 'A');
    expect(namespaces.all).toEqual([...all, 'old']);
    // No pod is made there.
    expect(namespaces.configured).toEqual(all);
    await expect(denied('ml')).rejects.toThrow('cannot list');
    expect(await denied('old')).toBeUndefined();
    adopt('old');
    expect(namespaces.all).toEqual(all);
  });

  it('without a rule there is none', () => {
    expect(() => of('other', 'x', { default: undefined })).toThrow(
      'No namespace for pipeline "other" of x',
    );
    expect(() => new Namespaces({ pipelines: {}, owners: {} })).toThrow(
      'needs a `namespace`',
    );
    expect(() => of('a', 'b', { default: 'A_B' })).toThrow('"A_B" is no name');
  });
});
