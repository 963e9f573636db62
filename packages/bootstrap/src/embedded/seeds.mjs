import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where Feast keeps things in a data directory; set-up writes the same. */
export function feastPaths(dataDir) {
  const folder = path.join(dataDir, 'feast');
  return {
    registry: `sqlite:///${path.join(folder, 'registry.db')}`,
    onlineStore: path.join(folder, 'online_store.db'),
    offlineStore: path.join(folder, 'offline'),
  };
}

function http(services, name, extra) {
  const service = services.find(one => one.name === name);
  // Without the service the connection is there all the same, at its usual
  // place: its page says then that nobody answers.
  const url = new URL(service?.url ?? 'http://127.0.0.1:80');
  return {
    type: 'http',
    host: url.hostname,
    port: Number(url.port || 80),
    ...(extra ? { extra } : {}),
  };
}

/**
 * Connections and variables that exist from the first start on, with the values
 * of this machine. They have the names people already use.
 *
 * @param options.services - `services` of startServices()
 * @returns `connections` by id, `variables` by key, and `descriptions` of some
 * of them: what their page says
 */
export function embeddedSeeds({ dataDir, services }) {
  const { registry, onlineStore, offlineStore } = feastPaths(dataDir);
  return {
    connections: {
      mlflow_default: http(services, 'mlflow'),
      feast_default: http(services, 'feast-server', {
        registry,
        online_store: onlineStore,
      }),
      aws_default: {
        type: 'aws',
        login: 'admin',
        password: 'minioadmin',
        extra: {
          endpoint_url: 'http://minio.storage.svc.cluster.local:9000',
        },
      },
    },
    variables: {
      model_accuracy_threshold: '0.85',
      model_f1_threshold: '0.80',
      feature_materialization_days: '7',
      feature_offline_store: pathToFileURL(offlineStore).href,
      alert_email: 'ml-team@example.com',
      slack_webhook_url: 'https://hooks.slack.com/...',
    },
    descriptions: {
      aws_default:
        'Address and keys of S3, when feature_offline_store is s3://…',
      alert_email: 'Nothing reads it yet: messages by e-mail come later',
      slack_webhook_url: 'Nothing reads it yet: messages to Slack come later',
    },
  };
}
