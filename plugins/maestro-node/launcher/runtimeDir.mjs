import { lstatSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';

/** What fits into sun_path, without its final NUL. */
const MAX_SOCKET_PATH = 107;

/**
 * A short folder of this user only, for sockets: a data directory may lie
 * deeper than a socket's path may be long. Where it is stands in runner.json,
 * so nobody else has to find it by name.
 */
export function runtimeDir(configured) {
  const uid = process.getuid();
  const wanted = configured || `/tmp/maestro-${uid}`;
  mkdirSync(wanted, { recursive: true, mode: 0o700 });
  const stat = lstatSync(wanted);
  if (stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0) {
    return wanted;
  }
  if (configured) {
    throw new Error(
      `Runtime directory ${configured} must be a folder of this user that nobody else may enter (mode 0700)`,
    );
  }
  // Somebody else took the name in the shared /tmp: any other will do.
  return mkdtempSync(`/tmp/maestro-${uid}-`);
}

export function socketPath(dir, name) {
  const path = join(dir, `${name}.sock`);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new Error(
      `Socket path ${path} is longer than the ${MAX_SOCKET_PATH} bytes that the system allows: choose a shorter runtime directory (MAESTRO_RUNTIME_DIR)`,
    );
  }
  return path;
}
