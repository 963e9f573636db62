import { describeExecutorConformance } from '@maestro/plugin-maestro-node/conformance';
import { ClusterFixture } from './testing/clusterFixture';

describeExecutorConformance('kubernetes', {
  setUp: () => ClusterFixture.make(),
  attemptTimeoutMs: 120_000,
  bigLogBytes: 5_000_000,
  maxOutputBytes: 4_000,
  // A kubelet does not shorten the grace it began to stop a container with.
  shortensGrace: false,
});
