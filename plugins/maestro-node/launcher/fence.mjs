import { spawn } from 'node:child_process';
import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RUNNER_MARK } from './processes.mjs';

/*
 * With several schedulers on several hosts, the work of a host that nobody
 * heard of is given to others when its time is over. So what runs here must be
 * dead by then: a scheduler that could write its heartbeat renews the fence,
 * and where nobody did for half that time, the launcher ends what it runs.
 *
 * A launcher that was killed or stopped ends nothing: a shell of 1 MB stands
 * behind it, which reads the deadline from a file and kills whatever carries
 * the mark of this data directory when it is over by a quarter. Both go by the
 * time since boot, which also passes while the host is suspended.
 */

/** What the launcher says of attempts that it ended for this. */
export const UNRENEWED = {
  failure: 'lost',
  message:
    'No scheduler of this host reached the database for half of the time after which others take over: what ran here was ended',
};

/*
 * $1 the file, $2 the mark, $3 whose guard it is. The file holds
 * `<generation> <guard's deadline> <launcher's deadline> <length> <boot id>`,
 * seconds since that boot. Gone, or of another launcher: there is nothing to
 * guard.
 */
const GUARD = `
while sleep 1; do
  read -r generation until rest <"$1" || exit 0
  [ "$generation" = "$3" ] || exit 0
  read -r now rest </proc/uptime
  [ "\${now%.*}" -lt "$until" ] && continue
  found=$(grep -lF -e "$2" /proc/[0-9]*/environ 2>/dev/null)
  [ -n "$found" ] || exit 0
  for file in $found; do
    pid=\${file#/proc/}
    kill -KILL "\${pid%/environ}" 2>/dev/null
  done
done
`;

/** Seconds since boot, the time of a suspended host included. */
function secondsSinceBoot() {
  return Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
}

/** Until when what runs here may run on. */
export class Fence {
  #path;
  #mark;
  #generation;
  #boot;
  #now;
  #deadline;
  #lengthS = 0;
  #guard;
  #suspended = 0;

  constructor({
    runnerDir,
    runnerId,
    generation,
    boot,
    now = secondsSinceBoot,
  }) {
    this.#path = join(runnerDir, 'fence');
    this.#mark = `${RUNNER_MARK}=${runnerId}`;
    this.#generation = generation;
    this.#boot = boot;
    this.#now = now;
    this.#takeOver();
  }

  /**
   * A launcher before this one may have been killed: its deadline counts, but
   * not when the host was booted since. What it ran is dead then, and its
   * seconds are of another count: no renewal would come up to them.
   */
  #takeOver() {
    let text;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (error.code === 'ENOENT') {
        return;
      }
      throw error;
    }
    const [, , until, forS, boot] = text.trim().split(' ');
    const deadline = Number(until);
    const length = Number(forS);
    // An earlier build wrote no boot; no deadline is further away than it is
    // long, which also leaves out what is no number.
    const isOfThisBoot = boot === undefined || boot === this.#boot;
    if (isOfThisBoot && deadline <= this.#now() + length) {
      this.#deadline = deadline;
      this.#lengthS = length;
    }
  }

  /** What runs may run on for so long from now, or longer if that was said. */
  renew(forMs) {
    const deadline = this.#now() + forMs / 1000;
    if (forMs <= 0 || deadline < (this.#deadline ?? 0)) {
      return;
    }
    this.#lengthS = forMs / 1000;
    this.#deadline = deadline;
    this.#write();
    if (!this.#guard) {
      this.#startGuard();
    }
  }

  /**
   * A scheduler that renews nothing is connected (an earlier build, or one
   * that is alone): as long as it is, nothing is ended, which is what it is
   * used to. Call what is returned when it has gone.
   */
  suspend() {
    this.#suspended += 1;
    let done = false;
    return () => {
      if (done) {
        return;
      }
      done = true;
      this.#suspended -= 1;
      if (this.#suspended === 0 && this.#deadline !== undefined) {
        this.renew(this.#lengthS * 1000);
      }
    };
  }

  /** Whether the time is over; false as long as nobody ever renewed. */
  get isOver() {
    if (this.#deadline === undefined) {
      return false;
    }
    if (this.#suspended > 0) {
      // Written on, or the guard would see it end.
      if (this.#now() + this.#lengthS / 2 > this.#deadline) {
        this.renew(this.#lengthS * 1000);
      }
      return false;
    }
    return this.#now() > this.#deadline;
  }

  /** Nothing runs any more, or another launcher goes on without a fence. */
  remove() {
    this.#deadline = undefined;
    try {
      unlinkSync(this.#path);
    } catch (error) {
      if (error.code !== 'ENOENT') {
        throw error;
      }
    }
  }

  #write() {
    const guardUntil = Math.ceil(this.#deadline + this.#lengthS / 4);
    const temporary = `${this.#path}.tmp`;
    writeFileSync(
      temporary,
      `${this.#generation} ${guardUntil} ${this.#deadline} ${this.#lengthS} ${
        this.#boot
      }\n`,
      { mode: 0o600 },
    );
    renameSync(temporary, this.#path);
  }

  #startGuard() {
    const guard = spawn(
      '/bin/sh',
      ['-c', GUARD, 'maestro-fence', this.#path, this.#mark, this.#generation],
      {
        cwd: '/',
        // Without the mark: it must not end itself.
        env: { PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin' },
        detached: true,
        stdio: 'ignore',
      },
    );
    guard.unref();
    this.#guard = guard;
    const gone = () => {
      this.#guard = undefined;
    };
    guard.once('exit', gone);
    guard.once('error', gone);
  }
}
