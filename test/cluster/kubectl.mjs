import { inNetwork } from './commands.mjs';

/** The command line of kubectl for a cluster. */
export function kubectlCommand(settings, binary, args) {
  return inNetwork(settings, [
    binary,
    'kubectl',
    '--kubeconfig',
    settings.kubeconfig,
    ...args,
  ]);
}
