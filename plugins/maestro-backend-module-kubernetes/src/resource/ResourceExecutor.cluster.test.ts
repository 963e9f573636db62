import { describeExecutorConformance } from '@maestro/plugin-maestro-node/conformance';
import { attemptObjectName } from '../pod/names';
import { podGate } from '../testing/podGate';
import { ResourceFixture } from '../testing/resourceFixture';

/** In front of what each container says. */
const HEADER = /^--- pod \S+, container \S+\n/gm;

/*
 * A printer runs the command of a test in a pod that its own controller makes,
 * and writes the exit code into its status.
 */
describeExecutorConformance('kubernetes.resource', {
  setUp: async () => {
    const fixture = await ResourceFixture.make();
    await fixture.printers.start();
    const { cluster, printers } = fixture;
    return {
      makeExecutor: () => fixture.makeExecutor(),
      ask: request =>
        fixture.printing(request, {
          words: '',
          // Two streams of a container have no order among them: its runtime
          // reads each by a pipe of its own, and nothing of ours joins them.
          command: [
            ...['sh', '-c', 'exec "$@" 2>&1', 'sh'],
            ...['env', 'MAESTRO_OUTPUT=/dev/null'],
            ...request.command,
          ],
        }),
      textOf: log =>
        // Byte by byte: what is no UTF-8 stays as it is.
        Buffer.from(log.toString('latin1').replace(HEADER, ''), 'latin1'),
      gate: podGate({
        config: cluster.config,
        namespace: cluster.namespace,
        container: 'print',
        podOf: attemptId => `${attemptObjectName(attemptId)}-pod`,
      }),
      leftovers: () => cluster.leftovers(),
      tearDown: async () => {
        await printers.stop();
        await cluster.tearDown();
      },
    };
  },
  attemptTimeoutMs: 120_000,
  without: {
    exitCodes: 'its end is a condition on a status that others write',
    outputFile: 'its outputs are expressions over that status',
    environment: 'what runs in its pods is what the manifest says',
    grace: 'its pods are given the time to end that they ask for themselves',
    exactText: 'in front of what a container says stands which one it is',
  },
});
