import { spawn } from 'node:child_process';

/*
 * Nothing that was started may outlive the one who started it, not even when
 * that one is killed with SIGKILL and can clean up nothing. The guard is a
 * shell of 1 MB in a session of its own: it reads process ids from a pipe, and
 * when the pipe closes without the word `done` before, it ends them. A pipe is
 * closed by the kernel whichever way its owner dies, on Linux and macOS alike.
 */
const SCRIPT = `
ids=
folder=
finish() { [ -z "$folder" ] || rm -rf -- "$folder"; exit 0; }
while read -r word id; do
  case "$word" in
    watch) ids="$ids $id" ;;
    forget) kept=; for one in $ids; do [ "$one" = "$id" ] || kept="$kept $one"; done; ids=$kept ;;
    discard) folder=$id ;;
    done) exit 0 ;;
  esac
done
signal_all() { for one in $ids; do kill -"$1" "-$one" 2>/dev/null || kill -"$1" "$one" 2>/dev/null; done; }
signal_all TERM
waited=0
while [ "$waited" -lt 100 ]; do
  alive=
  for one in $ids; do { kill -0 "-$one" || kill -0 "$one"; } 2>/dev/null && alive=yes; done
  [ -n "$alive" ] || finish
  sleep 0.1
  waited=$((waited + 1))
done
signal_all KILL
finish
`;

/**
 * Starts a guard for this process.
 *
 * @returns `watch(pid)` puts a process (and its process group, if it leads one)
 * under guard, `forget(pid)` releases it, `release()` ends the guard after an
 * orderly stop. `discard(folder)` names one temporary folder to remove with them. Processes still watched when this process dies get TERM and
 * after 10 seconds KILL.
 */
export function startGuard() {
  const shell = spawn('sh', ['-c', SCRIPT], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  shell.stdin.unref?.();
  // The guard may be gone before us (a machine going down): nothing to tell it.
  shell.stdin.on('error', () => undefined);
  const tell = line => {
    if (shell.exitCode === null && shell.stdin.writable)
      shell.stdin.write(`${line}\n`);
  };
  return {
    pid: shell.pid,
    watch: pid => tell(`watch ${pid}`),
    discard: folder => tell(`discard ${folder}`),
    forget: pid => tell(`forget ${pid}`),
    release: () => {
      tell('done');
      shell.stdin.end();
    },
  };
}
