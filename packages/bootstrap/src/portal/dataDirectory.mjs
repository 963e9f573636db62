import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivate(file, content) {
  const temporary = `${file}.${process.pid}`;
  fs.writeFileSync(temporary, content, { mode: 0o600 });
  fs.renameSync(temporary, file);
}

/** Makes the data directory (mode 0700) and the folders we put files in. */
export function makeDataDirectory(dataDir) {
  fs.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  fs.chmodSync(dataDir, 0o700);
  for (const folder of ['db', 'console', 'pipelines'])
    fs.mkdirSync(path.join(dataDir, folder), { recursive: true, mode: 0o700 });
}

function secretFile(dataDir, name, length) {
  const file = path.join(dataDir, name);
  try {
    const secret = fs.readFileSync(file, 'utf8').trim();
    if (Buffer.from(secret, 'base64').length !== length)
      throw new Error(
        `${file} should hold ${length} bytes in base64 and does not. It is needed to read what is stored encrypted: put the right file back, or start with an empty data directory.`,
      );
    return secret;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const secret = randomBytes(length).toString('base64');
  writePrivate(file, `${secret}\n`);
  return secret;
}

/**
 * The secrets of this installation, made once:
 * `encryption` (connections and variables are stored with it) and `cli` (what
 * the maestro command shows).
 */
export function ensureSecrets(dataDir) {
  const cliFile = path.join(dataDir, 'cli.json');
  let cli;
  try {
    cli = JSON.parse(fs.readFileSync(cliFile, 'utf8')).token;
  } catch (error) {
    // Missing or cut short by a full disk: nothing is lost with a new one.
    if (error.code !== 'ENOENT' && !(error instanceof SyntaxError)) throw error;
  }
  return {
    encryption: secretFile(dataDir, 'secret.key', 32),
    cli: typeof cli === 'string' ? cli : randomBytes(24).toString('base64url'),
  };
}

/** Address and token for the maestro command. */
export function writeCliFile(dataDir, { url, token }) {
  writePrivate(
    path.join(dataDir, 'cli.json'),
    `${JSON.stringify({ url, token }, undefined, 2)}\n`,
  );
}
