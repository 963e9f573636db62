import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { everyCommand } from '../__testUtils__/everyCommand';
import {
  startFakeCluster,
  type FakeCluster,
} from '../__testUtils__/fakeCluster';
import type { RunOptions } from '../__testUtils__/runMaestro';
import type { Context } from '../Context';
import { releaseCluster } from '../lazy/releaseCluster';
import { errorText, explain } from '../outcome';
import { registerKubernetes } from './kubernetes';

// The client of Kubernetes is large, and the machine may be busy.
jest.setTimeout(180_000);

const { fake, maestro: runArgs } = everyCommand();
let cluster: FakeCluster;
let folder: string;

beforeEach(async () => {
  cluster = await startFakeCluster();
  folder = mkdtempSync(join(tmpdir(), 'maestro-release-'));
  writeFileSync(join(folder, 'config'), cluster.kubeconfig);
});
afterEach(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

/** As `runCommand`, with the half that a test cannot load later. */
async function run(context: Context, args: string[]): Promise<number> {
  const program = new Command('maestro')
    .option('-o, --output <format>')
    .exitOverride()
    .hook('preAction', () => {
      context.json = program.opts().output === 'json';
    });
  registerKubernetes(program, context, async () => ({ releaseCluster }));
  try {
    await program.parseAsync(args, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    const failure = explain(error);
    context.note(errorText(failure));
    return failure.exitCode;
  }
}

const release = (line: string, options?: RunOptions) =>
  runArgs(['kubernetes', 'release', ...line.split(' ')], {
    env: { KUBECONFIG: join(folder, 'config'), NO_COLOR: '1' },
    run,
    ...options,
  });

function labels(instance: string, more: Record<string, string>) {
  return {
    'app.kubernetes.io/managed-by': 'maestro',
    'maestro.dev/instance': instance,
    ...more,
  };
}

/** A pod that Maestro holds, and its Secret. */
function addAttempt(
  id: string,
  { instance = 'maestro', namespace = 'ml', phase = 'Succeeded' } = {},
): void {
  const metadata = {
    namespace,
    name: `maestro-${id}`,
    labels: labels(instance, { 'maestro.dev/attempt': id }),
  };
  cluster.add('pods', {
    metadata: { ...metadata, finalizers: ['maestro.dev/outcome'] },
    status: { phase },
  });
  cluster.add('secrets', { metadata });
}

function addSources(name: string, instance = 'maestro'): void {
  cluster.add('configmaps', {
    metadata: {
      namespace: 'ml',
      name,
      labels: labels(instance, { 'maestro.dev/sources': name }),
    },
  });
}

function addLedger(id: string, data: Record<string, string>): void {
  cluster.add('configmaps', {
    metadata: {
      namespace: 'ml',
      name: `maestro-${id}`,
      labels: labels('maestro', {
        'maestro.dev/attempt': id,
        'maestro.dev/resource': 'true',
      }),
    },
    data: {
      kind: JSON.stringify({ name: 'batch/v1/Job' }),
      asked: '{}',
      ...data,
    },
  });
}

const left = () => [...cluster.objects.keys()].sort();

describe('kubernetes release', () => {
  it('takes pods off their finalizer, and all else, without a portal', async () => {
    for (const id of ['a', 'b', 'c']) addAttempt(id);
    addSources('maestro-sources-1');
    addLedger('d', { settled: '{"outcome":{"result":"success"}}' });
    const { code, stdout } = await release('-n ml --yes');
    expect(stdout).toBe(
      'Took away 3 pods, 3 Secrets and 2 ConfigMaps of instance "maestro".\n',
    );
    expect(code).toBe(0);
    expect(left()).toEqual([]);
    // Deleted first, a pod would be gone for whoever waits for its outcome.
    expect(cluster.changes.indexOf('patch pods/maestro-a')).toBeLessThan(
      cluster.changes.indexOf('delete pods/maestro-a'),
    );
    expect(fake.requests).toEqual([]);
    const again = await release('-n ml --yes');
    expect(again).toMatchObject({ code: 0, stdout: '' });
    expect(again.stderr).toContain('There is nothing of Maestro');
  });

  it('shows the exact list and asks; a no takes nothing', async () => {
    addAttempt('a');
    const no = await release('-n ml', { tty: true, stdin: 'n\n' });
    expect(no.code).toBe(1);
    expect(no.stderr.replace(/ +/g, ' ')).toMatch(
      /Pod ml maestro-a task ended, held by maestro\.dev\/outcome\nSecret ml maestro-a environment/,
    );
    expect(no.stderr).toMatch(
      /Takes away 1 pod and 1 Secret of instance "maestro" in namespace ml of http:\S+ \(context here\)\. Go on\?/,
    );
    expect(cluster.changes).toEqual([]);
    const yes = await release('-n ml', { tty: true, stdin: 'y\n' });
    expect(yes.code).toBe(0);
    expect(left()).toEqual([]);
  });

  it('asks for the name of the instance while something runs', async () => {
    addAttempt('a', { phase: 'Running' });
    const y = await release('-n ml', { tty: true, stdin: 'y\n' });
    expect(y.code).toBe(1);
    expect(y.stderr).toContain('a task that has not ended');
    expect(cluster.changes).toEqual([]);
    const name = await release('-n ml', { tty: true, stdin: 'maestro\n' });
    expect(name.code).toBe(0);
    expect(left()).toEqual([]);
  });

  it('counts a resource that has not ended as running', async () => {
    addLedger('d', {});
    const { stdout, stderr } = await release('-n ml --dry-run');
    expect(stdout).toContain('NOT ENDED, batch/v1/Job goes with it');
    expect(stderr).toContain('a task that has not ended');
  });

  it('does nothing in a script without --yes, nor with --dry-run', async () => {
    addAttempt('a');
    const script = await release('-n ml');
    expect(script).toMatchObject({ code: 2, stdout: '' });
    expect(script.stderr).toContain('--yes');
    const dry = await release('-n ml --dry-run -o json');
    expect(JSON.parse(dry.stdout)).toMatchObject({
      instance: 'maestro',
      dryRun: true,
      objects: [
        { kind: 'Pod', namespace: 'ml', name: 'maestro-a', running: false },
        { kind: 'Secret', name: 'maestro-a' },
      ],
    });
    expect(cluster.changes).toEqual([]);
  });

  it('refuses where several are and none is named, and then takes only that', async () => {
    addAttempt('a');
    addAttempt('b', { instance: 'other', namespace: 'risk' });
    addSources('maestro-sources-2', 'other');
    const none = await release('-A --yes');
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toContain('maestro: 1 pod and 1 Secret in ml');
    expect(none.stderr).toMatch(
      /other: 1 pod, 1 Secret and 1 ConfigMap in (risk, ml|ml, risk)/,
    );
    const typo = await release('-A --yes --instance othr');
    expect(typo.code).toBe(3);
    expect(typo.stderr).toContain('other: 1 pod');
    expect(cluster.changes).toEqual([]);
    const named = await release('-A --yes --instance maestro -o json');
    expect(named.code).toBe(0);
    expect(JSON.parse(named.stdout)).toMatchObject({
      objects: [{ result: 'removed' }, { result: 'removed' }],
      appeared: [],
    });
    expect(left()).toEqual([
      'configmaps/ml/maestro-sources-2',
      'pods/risk/maestro-b',
      'secrets/risk/maestro-b',
    ]);
  });

  it('without the right to list Secrets takes those of pods, and says so', async () => {
    addAttempt('a');
    addAttempt('b');
    cluster.objects.delete('pods/ml/maestro-b');
    cluster.forbidden.add('list secrets');
    const { code, stderr } = await release('-n ml --yes');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'right to list secrets is missing in namespace ml',
    );
    expect(left()).toEqual(['secrets/ml/maestro-b']);
  });

  it('names a right that is missing, goes on with the rest, and ends with 5', async () => {
    addAttempt('a');
    addSources('maestro-sources-1');
    cluster.forbidden.add('patch pods');
    const { code, stdout, stderr } = await release('-n ml --yes -o json');
    expect(code).toBe(5);
    expect(stderr).toContain('cannot patch resource "pods"');
    expect(JSON.parse(stdout).objects).toMatchObject([
      { kind: 'Pod', result: 'failed' },
      { kind: 'Secret', result: 'removed' },
      { kind: 'ConfigMap', result: 'removed' },
    ]);
    expect(left()).toEqual(['pods/ml/maestro-a']);
    cluster.forbidden.add('list pods');
    const blind = await release('-A --yes');
    expect(blind).toMatchObject({ code: 5, stdout: '' });
    expect(blind.stderr).toContain('Pods of all namespaces cannot be listed');
  });

  it('leaves what only has the labels, what others hold, and says who', async () => {
    addAttempt('a');
    cluster.objects.get('pods/ml/maestro-a')!.metadata.finalizers!.push('x/y');
    cluster.add('secrets', {
      metadata: {
        namespace: 'ml',
        name: 'mine',
        labels: labels('maestro', { 'maestro.dev/attempt': 'a' }),
      },
    });
    const { code, stderr } = await release('-n ml --yes');
    expect(code).toBe(0);
    expect(stderr).toContain('Pod ml/maestro-a still ends: it is held by x/y');
    expect(left()).toEqual(['pods/ml/maestro-a', 'secrets/ml/mine']);
    expect(
      cluster.objects.get('pods/ml/maestro-a')!.metadata.finalizers,
    ).toEqual(['x/y']);
  });

  it('fails when a portal that runs makes more meanwhile', async () => {
    addAttempt('a');
    cluster.before = right => {
      if (right === 'delete pods') addAttempt('new', { phase: 'Pending' });
    };
    const { code, stderr } = await release('-n ml --yes');
    expect(code).toBe(1);
    expect(stderr).toContain('1 pod and 1 Secret came meanwhile: a portal');
  });

  it.each([
    [2, '--yes', 'Say where to look'],
    [2, '-A -n ml --yes', 'Say where to look'],
    [2, '-n ../kube-system --yes', 'no name of a namespace'],
    [2, '-A --context nobody', 'no context "nobody", but here, away'],
    [2, '-A --kubeconfig gone', 'There is no kubeconfig'],
    [4, '-A --context away', 'could not be reached'],
  ])('ends with %i for %s', async (code, line, said) => {
    const result = await release(line);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(said);
  });

  it('without a kubeconfig says how to name one', async () => {
    const { code, stderr } = await release('-A', { env: { HOME: folder } });
    expect(code).toBe(2);
    expect(stderr).toMatch(/\.kube\/config: name one with --kubeconfig/);
  });
});
