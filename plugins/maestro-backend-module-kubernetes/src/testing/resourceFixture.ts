import type { ResourceDefinition } from '@maestro/plugin-maestro-common';
import type { LaunchRequest } from '@maestro/plugin-maestro-node';
import { Harness } from '@maestro/plugin-maestro-node/conformance';
import type { KubeConfig } from '@kubernetes/client-node';
import { ClusterApi } from '../cluster/ClusterApi';
import { ResourceExecutor } from '../resource/ResourceExecutor';
import { ClusterFixture } from './clusterFixture';
import { PrinterController } from './PrinterController';

/** A namespace with printers, and executors that make such. */
export class ResourceFixture {
  readonly printers: PrinterController;
  /** Of the executors that the harness starts next. */
  config: KubeConfig;
  readonly harness: Harness;

  private constructor(readonly cluster: ClusterFixture) {
    this.config = cluster.config;
    this.printers = new PrinterController(cluster.config, cluster.namespace);
    this.harness = new Harness(
      {
        makeExecutor: () => this.makeExecutor(),
        leftovers: () => cluster.leftovers(),
        tearDown: async () => {
          await this.printers.stop();
          await cluster.tearDown();
        },
      },
      120_000,
    );
  }

  static async make(): Promise<ResourceFixture> {
    return new ResourceFixture(await ClusterFixture.make());
  }

  makeExecutor(config: KubeConfig = this.config): ResourceExecutor {
    const { instance, namespace, spoolDir } = this.cluster;
    return new ResourceExecutor({
      api: new ClusterApi(config),
      instance,
      namespaces: { default: namespace, pipelines: {}, owners: {} },
      maxParallel: 100,
      startTimeoutMs: 60_000,
      spoolDir,
    });
  }

  /** Asks for a printer that prints. */
  print(
    spec: Record<string, unknown> = {},
    changes: Partial<ResourceDefinition> = {},
  ): LaunchRequest {
    return this.printing(this.harness.request([]), spec, changes);
  }

  /** The same attempt as one of a printer. */
  printing(
    request: LaunchRequest,
    spec: Record<string, unknown> = {},
    changes: Partial<ResourceDefinition> = {},
  ): LaunchRequest {
    return {
      ...request,
      command: [],
      resource: {
        manifest: {
          apiVersion: this.printers.apiVersion,
          kind: 'Printer',
          spec: { words: 'x', ...spec },
        },
        success: 'status.state == "Done"',
        failure: 'status.state == "Jammed"',
        logs: { pods: 'printer=${{ object.metadata.name }}' },
        keep: 'never',
        ...changes,
      },
    };
  }
}
