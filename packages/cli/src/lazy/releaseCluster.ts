import {
  type Failure,
  findLeftovers,
  type Found,
  type Leftover,
  openCluster,
  othersFinalizers,
  type ReleaseApi,
  removeLeftovers,
} from '@maestro/plugin-maestro-backend-module-kubernetes/release';
import { agreed } from '../commands/agreed';
import type { ReleaseOptions } from '../commands/kubernetes';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';
import { table } from '../output/table';

const DEED = { verb: 'take it away', done: 'taken away' };

/** What one removal came to. */
interface Outcome {
  failures: Failure[];
  /** Was taken away and is still there: its grace, finalizers of others. */
  ending: Leftover[];
  /** Came while the others went: somebody makes more of them. */
  appeared: Leftover[];
}

/** `maestro kubernetes release`. */
export async function releaseCluster(
  context: Context,
  options: ReleaseOptions,
): Promise<void> {
  const { env, cwd } = context.around;
  const api = openCluster({ ...options, env, cwd });
  const namespaces = options.allNamespaces ? undefined : options.namespace;
  const place = `${placeOf(namespaces)} of ${api.cluster.server}${
    api.context ? ` (context ${api.context})` : ''
  }`;
  const found = await asking(() => findLeftovers(api, namespaces));
  const instance = instanceOf(found, options.instance, place);
  const leftovers = found.leftovers.filter(each => each.instance === instance);
  noteSecrets(context, found);
  if (leftovers.length === 0) {
    context.note(
      `There is nothing of ${
        options.instance ? `instance "${options.instance}"` : 'Maestro'
      } in ${place}.`,
    );
    if (context.json) await show(context, instance, [], options);
    return;
  }
  if (options.dryRun) {
    await show(context, instance, leftovers, options);
    noteRunning(context, leftovers);
    return;
  }
  if (!options.yes && context.canAsk) {
    context.note(tableOf(context, leftovers));
  }
  noteRunning(context, leftovers);
  if (!(await isAgreed(context, options, leftovers, instance!, place))) return;
  const outcome = await release(api, namespaces, leftovers, instance!);
  await show(context, instance, leftovers, options, outcome);
  noteOutcome(context, outcome);
}

/** Errors of the cluster with the exit codes of all commands. */
async function asking<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if ((error as Error).name !== 'ClusterError') throw error;
    throw new CommandError(exitCodeOf([error]), (error as Error).message);
  }
}

function exitCodeOf(errors: readonly unknown[]): number {
  const codes = errors.map(error => (error as { code?: number }).code);
  if (codes.every(code => code === 401 || code === 403)) return EXIT.notAllowed;
  if (codes.every(code => code === undefined)) return EXIT.unreachable;
  return EXIT.failed;
}

/** @throws CommandError where it is not clear which installation is meant */
function instanceOf(
  { leftovers }: Found,
  wanted: string | undefined,
  place: string,
): string | undefined {
  const names = [...new Set(leftovers.map(each => each.instance))].sort();
  const lines = names.map(name => {
    const its = leftovers.filter(each => each.instance === name);
    const where = [...new Set(its.map(each => each.namespace))];
    return `  ${name}: ${countText(its)} in ${where.join(', ')}`;
  });
  if (wanted !== undefined) {
    if (names.length === 0 || names.includes(wanted)) return wanted;
    throw new CommandError(
      EXIT.notFound,
      [
        `There is nothing of instance "${wanted}" in ${place}, but of:`,
        ...lines,
      ].join('\n'),
    );
  }
  if (names.length <= 1) return names[0];
  throw new CommandError(
    EXIT.usage,
    [
      `${names.length} installations have something in ${place}: name one with --instance`,
      ...lines,
    ].join('\n'),
  );
}

function noteSecrets(context: Context, { secretsUnlisted }: Found): void {
  if (secretsUnlisted.length === 0) return;
  const where = secretsUnlisted.includes(undefined)
    ? undefined
    : (secretsUnlisted as string[]);
  context.note(
    `The right to list secrets is missing in ${placeOf(
      where,
    )}: the Secrets of the pods below are taken away by their names; those without a pod stay.`,
  );
}

function noteRunning(context: Context, leftovers: readonly Leftover[]): void {
  const running = leftovers.filter(each => each.isRunning);
  if (running.length === 0) return;
  context.note(
    `${running.length} of them ${
      running.length === 1 ? 'is a task that has' : 'are tasks that have'
    } not ended: what they did is lost, and a portal that still runs starts them anew. Stop it first.`,
  );
}

async function isAgreed(
  context: Context,
  { yes }: ReleaseOptions,
  leftovers: readonly Leftover[],
  instance: string,
  place: string,
): Promise<boolean> {
  const question = `Takes away ${countText(
    leftovers,
  )} of instance "${instance}" in ${place}.`;
  const isRunning = leftovers.some(each => each.isRunning);
  if (yes || !isRunning || !context.canAsk) {
    return agreed(context, yes, `${question} Go on?`, DEED);
  }
  const answer = await context.answer(
    `${question} To end tasks that run, type the name of the instance: `,
  );
  if (answer === instance) return true;
  context.note(`Nothing was ${DEED.done}.`);
  context.exitCode = EXIT.failed;
  return false;
}

async function release(
  api: ReleaseApi,
  namespaces: readonly string[] | undefined,
  leftovers: readonly Leftover[],
  instance: string,
): Promise<Outcome> {
  const failures = await removeLeftovers(api.cluster, leftovers);
  const after = await asking(() => findLeftovers(api, namespaces));
  const before = new Set(leftovers.map(keyOf));
  const failed = new Set(failures.map(({ leftover }) => keyOf(leftover)));
  // A Secret that is only supposed to be there says nothing.
  const there = after.leftovers.filter(
    each => each.instance === instance && each.resourceVersion !== undefined,
  );
  return {
    failures,
    ending: there.filter(
      each => before.has(keyOf(each)) && !failed.has(keyOf(each)),
    ),
    appeared: there.filter(each => !before.has(keyOf(each))),
  };
}

function keyOf({ kind, namespace, name }: Leftover): string {
  return `${kind} ${namespace}/${name}`;
}

async function show(
  context: Context,
  instance: string | undefined,
  leftovers: readonly Leftover[],
  { dryRun }: ReleaseOptions,
  outcome?: Outcome,
): Promise<void> {
  const resultOf = resultsOf(outcome);
  const value = {
    instance,
    dryRun: Boolean(dryRun),
    objects: leftovers.map(each => ({
      kind: each.kind,
      namespace: each.namespace,
      name: each.name,
      what: each.what,
      state: each.state,
      running: each.isRunning,
      ...(outcome ? { result: resultOf(each) } : {}),
    })),
    ...(outcome ? { appeared: outcome.appeared.map(keyOf) } : {}),
  };
  await context.result(value, () =>
    outcome
      ? `Took away ${countText(
          leftovers.filter(each => resultOf(each) !== 'failed'),
        )} of instance "${instance}".`
      : tableOf(context, leftovers),
  );
}

/** How it went with each: `removed`, `ending` or `failed`. */
function resultsOf(outcome: Outcome | undefined) {
  const failed = new Set(
    outcome?.failures.map(({ leftover }) => keyOf(leftover)),
  );
  const ending = new Set(outcome?.ending.map(keyOf));
  return (each: Leftover) => {
    if (failed.has(keyOf(each))) return 'failed';
    return ending.has(keyOf(each)) ? 'ending' : 'removed';
  };
}

function noteOutcome(context: Context, outcome: Outcome): void {
  const { failures, ending, appeared } = outcome;
  for (const each of ending) {
    const others = othersFinalizers(each);
    context.note(
      `${keyOf(each)} still ends: ${
        others.length > 0
          ? `it is held by ${others.join(', ')}, which is not Maestro's`
          : 'its node has not let it go yet'
      }.`,
    );
  }
  if (appeared.length > 0) {
    context.note(
      `${countText(
        appeared,
      )} came meanwhile: a portal still runs. Stop it and say the same again.`,
    );
    context.exitCode = EXIT.failed;
  }
  if (failures.length === 0) return;
  throw new CommandError(
    exitCodeOf(failures.map(({ error }) => error)),
    [
      `${failures.length} could not be taken away; the same command goes on where this one ended`,
      ...failures.map(({ error }) => `  ${error.message}`),
    ].join('\n'),
  );
}

function tableOf(context: Context, leftovers: readonly Leftover[]): string {
  return table(
    leftovers,
    [
      { title: 'KIND', text: row => row.kind },
      { title: 'NAMESPACE', text: row => row.namespace },
      { title: 'NAME', text: row => row.name },
      { title: 'WHAT', text: row => row.what },
      {
        title: 'STATE',
        text: row => row.state,
        colour: row => (row.isRunning ? 'yellow' : undefined),
      },
    ],
    context.style,
  );
}

function placeOf(namespaces: readonly string[] | undefined): string {
  if (!namespaces) return 'all namespaces';
  return `${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${[
    ...new Set(namespaces),
  ].join(', ')}`;
}

/** `2 pods, 1 Secret and 1 ConfigMap`. */
function countText(leftovers: readonly Leftover[]): string {
  const parts = (['Pod', 'Secret', 'ConfigMap'] as const).flatMap(kind => {
    const count = leftovers.filter(each => each.kind === kind).length;
    const word = kind === 'Pod' ? 'pod' : kind;
    return count > 0 ? [`${count} ${word}${count === 1 ? '' : 's'}`] : [];
  });
  if (parts.length === 0) return 'nothing';
  return [parts.slice(0, -1).join(', '), parts.at(-1)]
    .filter(Boolean)
    .join(' and ');
}
