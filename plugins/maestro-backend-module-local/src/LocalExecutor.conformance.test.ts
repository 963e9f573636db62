import { describeExecutorConformance } from '@maestro/plugin-maestro-node/conformance';
import { LocalFixture } from './testing/localFixture';

describeExecutorConformance('local', {
  setUp: async () => new LocalFixture(),
});
