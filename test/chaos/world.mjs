import fs from 'node:fs';
import path from 'node:path';

/*
 * What tasks do is written by the tasks themselves, into one file: when each
 * attempt began and ended. While it lives it holds a lock of its task (the
 * kernel gives it back when the last of its processes is dead), so that a
 * second one that lives beside it is seen where it happens, not in rows.
 */

/*
 * $1 the folder of the world, $2 seconds to sleep, $3 exit code of the first
 * try, $4 a file that it waits for to be gone. The numbered lines are its log,
 * which must be stored as it is.
 */
const SCRIPT = `
me="$MAESTRO_PIPELINE $MAESTRO_RUN_KEY $MAESTRO_TASK_ID $MAESTRO_ATTEMPT_ID"
exec 9>>"$1/locks/$MAESTRO_RUN_ID.$MAESTRO_TASK_ID.$MAESTRO_MAP_INDEX"
flock -n 9 || echo "overlap $me" >>"$1/world"
echo "start $me $(date +%s%3N)" >>"$1/world"
i=0; while [ $i -lt 20 ]; do echo "line $i of $MAESTRO_ATTEMPT_ID"; i=$((i+1)); done
sleep "$2"
while [ -n "$4" ] && [ -e "$4" ]; do sleep 0.1; done
code=0
[ "$MAESTRO_TRY_NUMBER" -gt 1 ] || code=$3
echo "end $me $(date +%s%3N) $code" >>"$1/world"
exit $code
`;

/** What a whole log of an attempt is. */
export function logOf(attemptId) {
  let text = '';
  for (let i = 0; i < 20; i += 1) text += `line ${i} of ${attemptId}\n`;
  return text;
}

/**
 * A task that sleeps so many seconds, and writes down that it lived.
 *
 * @param more.whileThere - a file: it lives on as long as that is there
 * @param more.firstExit - exit code of the first try
 */
export function worldTask(world, id, seconds, more = {}) {
  const { firstExit = 0, whileThere, ...rest } = more;
  return {
    id,
    run: {
      command: [
        ...['sh', '-c', SCRIPT, 'task', world],
        ...[String(seconds), String(firstExit)],
        ...(whileThere ? [whileThere] : []),
      ],
    },
    ...rest,
  };
}

/** Makes the folder of the world. */
export function makeWorld(root) {
  const world = path.join(root, 'world');
  fs.mkdirSync(path.join(world, 'locks'), { recursive: true });
  fs.writeFileSync(path.join(world, 'world'), '');
  return world;
}

/**
 * Everything that was written, in its order:
 * `{ what, pipeline, runKey, task, attempt, at, code }`.
 */
export function readWorld(world) {
  return fs
    .readFileSync(path.join(world, 'world'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [what, pipeline, runKey, task, attempt, at, code] = line.split(' ');
      return {
        what,
        pipeline,
        runKey,
        task,
        attempt,
        at: Number(at),
        code: Number(code),
      };
    });
}
