import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { commandOf } from '../processes/identity.mjs';

export const DEFAULT_PORT = 7007;

/**
 * The port the portal is asked to listen on.
 *
 * @throws when MAESTRO_PORT is no port
 */
export function wantedPort(env) {
  if (!env.MAESTRO_PORT) return DEFAULT_PORT;
  const port = Number(env.MAESTRO_PORT);
  if (!/^\d+$/.test(env.MAESTRO_PORT) || port < 1 || port > 65_535)
    throw new Error(
      `MAESTRO_PORT is ${JSON.stringify(
        env.MAESTRO_PORT,
      )}; expected a port number from 1 to 65535.`,
    );
  return port;
}

/** Whether nobody listens on this port of 127.0.0.1. */
export function isPortFree(port) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', error => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else if (error.code === 'EACCES')
        reject(new Error(`Port ${port} may not be used by this user.`));
      else reject(error);
    });
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Inodes of the sockets that listen on a port, from /proc/net/tcp text. */
export function listeningInodes(table, port) {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return table
    .split('\n')
    .slice(1)
    .map(line => line.trim().split(/\s+/))
    .filter(
      fields =>
        fields.length > 9 &&
        fields[1].endsWith(`:${wanted}`) &&
        fields[3] === '0A',
    )
    .map(fields => fields[9]);
}

function ownerOnLinux(port) {
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(file =>
    fs.existsSync(file)
      ? listeningInodes(fs.readFileSync(file, 'utf8'), port)
      : [],
  );
  const sockets = new Set(inodes.map(inode => `socket:[${inode}]`));
  for (const pid of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name)))
    try {
      for (const handle of fs.readdirSync(`/proc/${pid}/fd`))
        if (sockets.has(fs.readlinkSync(`/proc/${pid}/fd/${handle}`)))
          return Number(pid);
    } catch {
      // Another user's process, or one that ended meanwhile: not to be seen.
    }
  return undefined;
}

/** Who listens on a port, in words; undefined when it cannot be seen. */
export function describePortOwner(port) {
  let pid;
  if (fs.existsSync('/proc/net/tcp')) pid = ownerOnLinux(port);
  else
    try {
      pid = Number(
        execFileSync('lsof', ['-nP', '-t', `-iTCP:${port}`, '-sTCP:LISTEN'], {
          stdio: 'pipe',
        })
          .toString()
          .split('\n')[0],
      );
    } catch {
      // No lsof, or not allowed to see: then it has no name.
    }
  return pid ? `process ${pid} (${commandOf(pid) ?? 'unnamed'})` : undefined;
}
