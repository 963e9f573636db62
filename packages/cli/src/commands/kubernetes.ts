import type { Command } from 'commander';
import { collectText } from '../argumentValues';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What `maestro kubernetes release` was asked for. */
export interface ReleaseOptions {
  namespace?: string[];
  allNamespaces?: boolean;
  instance?: string;
  context?: string;
  kubeconfig?: string;
  dryRun?: boolean;
  yes?: boolean;
}

/** The client of Kubernetes is large: loaded when it is wanted. */
const loadRelease = () => import('../lazy/releaseCluster');

/** `maestro kubernetes …`. Needs no portal. */
export function registerKubernetes(
  program: Command,
  context: Context,
  load = loadRelease,
): void {
  const kubernetes = program
    .command('kubernetes')
    .description('what Maestro has in a cluster, without a portal');

  kubernetes
    .command('release')
    .description(
      'takes away what an installation left in a cluster: pods with their finalizer, Secrets, ConfigMaps',
    )
    .addHelpText(
      'after',
      `
For an uninstall, or a namespace that does not go because of finalizers. Stop the
portal first: one that runs starts its tasks anew. It shows what it found and asks.

Rights: pods list, get, patch, delete; secrets list, delete; configmaps list, delete.
Without the right to list Secrets only those of pods that are there are taken away.`,
    )
    .option('-n, --namespace <name>', 'where to look (repeatable)', collectText)
    .option('-A, --all-namespaces', 'looks everywhere')
    .option(
      '--instance <name>',
      'only of this one: maestro.executors.kubernetes.instance, "maestro" by default; needed where there are several',
    )
    .option('--context <name>', 'of the kubeconfig; default its current one')
    .option(
      '--kubeconfig <file>',
      'default those of KUBECONFIG, else ~/.kube/config',
    )
    .option('--dry-run', 'only tells what it would take away')
    .option('-y, --yes', 'does not ask, also while pods run')
    .action(async (options: ReleaseOptions) => {
      if (Boolean(options.namespace) === Boolean(options.allNamespaces)) {
        throw new CommandError(
          EXIT.usage,
          'Say where to look: --namespace NAME, once or more often, or --all-namespaces',
        );
      }
      const odd = options.namespace?.find(name => !NAMESPACE.test(name));
      if (odd !== undefined) {
        throw new CommandError(
          EXIT.usage,
          `${JSON.stringify(odd)} is no name of a namespace`,
        );
      }
      const { releaseCluster } = await load();
      await releaseCluster(context, options);
    });
}
