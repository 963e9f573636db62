import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { exportsOf } from '@maestro/plugin-maestro-node';
import { type ArtifactStore, isKeyPart } from './ArtifactStore';
import { FileArtifactStore } from './FileArtifactStore';
import type { S3Settings } from './s3Failure';

const NAME = 'maestro.artifactStore.s3';

/** S3 when it is configured, otherwise files below the data directory. */
export async function createArtifactStore(options: {
  dataDir: string;
  s3?: S3Settings;
}): Promise<ArtifactStore> {
  if (!options.s3) {
    return new FileArtifactStore({ directory: options.dataDir });
  }
  // Its client is loaded only where it is used.
  const { S3ArtifactStore } = exportsOf(await import('./S3ArtifactStore'));
  return new S3ArtifactStore(options.s3);
}

/**
 * Reads `maestro.artifactStore.s3`.
 *
 * @returns undefined when there is none: files are used
 * @throws InputError for what cannot be meant
 */
export function readS3Settings(config: Config): S3Settings | undefined {
  const s3 = config.getOptionalConfig(NAME);
  if (!s3) return undefined;
  const bucket = s3.getOptionalString('bucket');
  if (!bucket) {
    throw new InputError(
      `${NAME}.bucket is not set (is the environment variable that it names?); name the bucket, or leave out maestro.artifactStore to keep files in maestro.dataDir`,
    );
  }
  const parts = (s3.getOptionalString('prefix') ?? '')
    .split('/')
    .filter(Boolean);
  const odd = parts.find(part => !isKeyPart(part));
  if (odd !== undefined) {
    throw new InputError(
      `${NAME}.prefix has the part "${odd}"; expected letters, digits, "_", "-" and ".", separated by "/"`,
    );
  }
  const endpoint = s3.getOptionalString('endpoint');
  if (endpoint !== undefined && !isAddress(endpoint)) {
    throw new InputError(
      `${NAME}.endpoint is "${endpoint}"; expected an address such as https://minio.example:9000, without bucket and path`,
    );
  }
  const credentials = s3.getOptionalConfig('credentials');
  return {
    bucket,
    prefix: parts.map(part => `${part}/`).join(''),
    region: s3.getOptionalString('region'),
    endpoint,
    // What is not AWS seldom has a host name for each bucket.
    forcePathStyle:
      s3.getOptionalBoolean('forcePathStyle') ?? endpoint !== undefined,
    credentials: credentials && {
      accessKeyId: credentials.getString('accessKeyId'),
      secretAccessKey: credentials.getString('secretAccessKey'),
      sessionToken: credentials.getOptionalString('sessionToken'),
    },
  };
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    /^https?:$/.test(url.protocol) &&
    url.pathname === '/' &&
    !url.search &&
    !url.username
  );
}
