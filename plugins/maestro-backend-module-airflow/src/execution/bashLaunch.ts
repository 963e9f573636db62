import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { BASH_CWD } from '@maestro/plugin-maestro-common';
import type { LaunchRequest } from '@maestro/plugin-maestro-node';

/** Exit code where the command itself never ran: no signal has its number. */
const NEVER_RAN = 254;

/** Processes that left their group are found by these, and ended. */
const MARKS = 'MAESTRO_ATTEMPT_ID MAESTRO_RUNNER';

/**
 * Runs `bash -c TEXT` as the SubprocessHook of Airflow does: in the folder that it
 * is started in or in `cwd`, with its standard error in its output, which is read
 * to its end, also when something it started in the background still has it.
 *
 * Arguments: bash, the text, the variables to keep (`*` for all) beside those by
 * which its processes are found, and the folder where one is given. Tools are
 * looked for with `command -p`: PATH is that of the command. Its own variables
 * begin with MAESTRO_, which no command has one of.
 *
 * TERM reaches the whole group, as with Airflow: here it is only survived, so
 * that what the command says at its end is in the log.
 *
 * Where the command did not run, or its code was lost, the code is one that no
 * operator skips itself with: those of signals stay with Python.
 */
const SCRIPT = `trap : TERM INT HUP QUIT
[ -x "$1" ] || { printf '%s: not found\\n' "$1"; exit ${NEVER_RAN}; }
if [ $# -gt 3 ]; then
  [ -e "$4" ] || { printf 'Can not find the cwd: %s\\n' "$4"; exit ${NEVER_RAN}; }
  [ -d "$4" ] || { printf 'The cwd %s must be a directory\\n' "$4"; exit ${NEVER_RAN}; }
  CDPATH= cd -P -- "$4" || exit ${NEVER_RAN}
fi
unset OLDPWD MAESTRO_FILE
case $2 in
*.sh | *.bash)
  MAESTRO_FILE=tmp$MAESTRO_ATTEMPT_ID.sh
  (umask 077; printf %s "$2" >"$MAESTRO_FILE") || exit ${NEVER_RAN}
  ;;
esac
exec 3>&1
MAESTRO_CODE=$({
  trap : TERM INT HUP QUIT
  {
    trap : TERM INT HUP QUIT
    (
      exec 3>&- 4>&-
      if [ "$3" != '*' ]; then
        eval "$(export -p | while IFS= read -r MAESTRO_LINE; do
          MAESTRO_LINE=\${MAESTRO_LINE#export }
          MAESTRO_LINE=\${MAESTRO_LINE#declare -x }
          MAESTRO_LINE=\${MAESTRO_LINE%%=*}
          case $MAESTRO_LINE in '' | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
          case " $3 ${MARKS} " in *" $MAESTRO_LINE "*) ;; *) printf 'unset %s\\n' "$MAESTRO_LINE" ;; esac
        done)"
      fi
      [ -z "$MAESTRO_FILE" ] || exec "$1" "$MAESTRO_FILE"
      exec "$1" -c "$2"
    ) 2>&1
    echo $? >&4
  } 2>/dev/null | {
    trap '' TERM INT HUP QUIT
    command -p cat >&3 4>&-
  }
} 4>&1)
[ -z "$MAESTRO_FILE" ] || command -p rm -f "$MAESTRO_FILE"
exit "\${MAESTRO_CODE:-${NEVER_RAN}}"
`;

/** Variables that Airflow adds to whatever the operator says. */
const CONTEXT = /^AIRFLOW_CTX_/;

/**
 * What is launched for a BashOperator that needs no Python.
 *
 * @param bash - what the engine says of it
 * @param around - the environment of every task, as Airflow's would be
 */
export function bashLaunch(
  bash: NonNullable<LaunchRequest['bash']>,
  { command, env }: Pick<LaunchRequest, 'command' | 'env'>,
  around: Record<string, string>,
): Pick<LaunchRequest, 'command' | 'env' | 'handsOn' | 'sourcesApart'> {
  const { [BASH_CWD]: cwd, ...given } = env;
  const names = bash.names.filter(name => name !== BASH_CWD);
  const kept = [...names, ...Object.keys(given).filter(n => CONTEXT.test(n))];
  return {
    command: [
      '/bin/sh',
      '-c',
      SCRIPT,
      'bash',
      // Of the environment around it, whatever the command gets.
      find('bash', around.PATH),
      command[command.length - 1],
      bash.env === 'only' ? kept.join(' ') : '*',
      ...(cwd === undefined ? [] : [cwd]),
    ],
    env: { ...around, ...given },
    handsOn: bash.handsOn ? { lastLineAs: 'return_value' } : {},
    // A folder beside the DAG file is found as one of Python finds it.
    ...(cwd === undefined || isAbsolute(cwd)
      ? { sourcesApart: true as const }
      : {}),
  };
}

/** The path of a program; its name when there is none. */
function find(name: string, path: string): string {
  const found = path
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(file => {
      try {
        accessSync(file, constants.X_OK);
        return statSync(file).isFile();
      } catch {
        return false;
      }
    });
  return found ?? name;
}
