import type { S3Access } from '../engine/waits/OutsideWorld';
import type { ResolvedConnection } from './ConnectionStore';
import { targetOf } from './connectionTest';

/**
 * Address, region and keys of a connection of type `aws`, with the names that
 * Airflow gives them. The keys are those of the connection and no others: what
 * the scheduler itself may do is not for every pipeline.
 *
 * @throws Error that says what the connection lacks
 */
export function s3AccessOf(connection: ResolvedConnection): S3Access {
  if (connection.connType.toLowerCase() !== 'aws') {
    throw new Error(
      `it is of type "${connection.connType}", and S3 needs one of type aws`,
    );
  }
  const { login, password, host, extra } = connection;
  const accessKeyId = login || text(extra?.aws_access_key_id);
  const secretAccessKey = password || text(extra?.aws_secret_access_key);
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(
      'it has no keys; give the access key as login and the secret key as password',
    );
  }
  const sessionToken =
    text(extra?.aws_session_token) ?? text(extra?.session_token);
  return {
    // The address that its test tries.
    endpoint: targetOf(connection).url!.toString().replace(/\/+$/, ''),
    region: text(extra?.region_name) ?? 'us-east-1',
    // What is not AWS seldom has a host name for each bucket.
    forcePathStyle: text(extra?.endpoint_url) !== undefined || Boolean(host),
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken && { sessionToken }),
    },
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
