import type { LaunchRequest } from '@maestro/plugin-maestro-node';

/** What {@link podArguments} makes of a command. */
export interface PodArguments {
  /** For the pod: nothing secret is in them. */
  args: string[];
  /** For its Secret: what Kubernetes puts into them. */
  env: Record<string, string>;
}

/**
 * The command of an attempt for its pod. More people may read a pod than a
 * Secret, so an argument that holds a secret stands in the Secret and the
 * kubelet puts it in when it starts the container.
 */
export function podArguments({
  command,
  secretArguments = [],
}: Pick<LaunchRequest, 'command' | 'secretArguments'>): PodArguments {
  const args = command.map(literal);
  const env: Record<string, string> = {};
  secretArguments.forEach((index, n) => {
    // Without a gap: the start script takes them away one after the other.
    const name = `MAESTRO_ARGUMENT_${n}`;
    env[name] = command[index];
    args[index] = `$(${name})`;
  });
  return { args, env };
}

/**
 * Kubernetes puts variables in for `$(NAME)` and one `$` for two; arguments
 * come as they are.
 */
export function literal(argument: string): string {
  return argument.replaceAll('$', () => '$$');
}
