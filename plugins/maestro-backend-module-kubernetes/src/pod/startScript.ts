/** With its first line an output of this size fits 4,096 bytes. */
export const MAX_OUTPUT_BYTES = 4_000;

/** What the kubelet keeps of the messages of all containers of a pod, bytes. */
const POD_MESSAGE_BYTES = 12 * 1024;

/**
 * First line of the log of a container. A log that does not begin with it has
 * lost its beginning; it is not part of what is stored.
 */
export const LOG_BEGIN = '[maestro] the log begins here\n';

/** Bytes of outputs that the task of a pod with so many containers may have. */
export function outputLimit(containers: number): number {
  const share = Math.floor(POD_MESSAGE_BYTES / Math.max(1, containers));
  return Math.min(MAX_OUTPUT_BYTES, share - (4096 - MAX_OUTPUT_BYTES));
}

/**
 * What the first process of a task's container runs, in any POSIX shell (tried
 * with dash, bash and busybox): it lays out the working directory, runs the
 * command as a child, and hands on how that ended. It stands in the pod itself:
 * a volume for it would be one more that the kubelet mounts for each pod.
 *
 * Why not the command itself: as first process it would ignore TERM and its own
 * `kill -9`, reap nobody, and its exit code 137 could not be told from a
 * signal. With the shell in between, TERM reaches all processes, also those
 * that left their session, and what is left when the command ends dies with
 * the container's first process.
 *
 * - The log begins with a line of its own: see {@link LOG_BEGIN}.
 * - Standard error goes where standard output goes: one log, in its order.
 * - The shell's own words about signals ("Killed") go to a file: the log says
 *   nothing that the task did not say.
 * - Variables whose names are no shell names (`AIRFLOW_CONN_MY-DB`) come as
 *   pairs `MAESTRO_ENV_<n>_NAME`, `_VALUE` and are set by `env`.
 * - What Kubernetes has put into arguments, `MAESTRO_ARGUMENT_<n>`, is taken out
 *   of the environment: the task has it already.
 * - The command starts in the image's own working directory where
 *   MAESTRO_WORK_DIR says so.
 * - The termination message keeps silently only its last 4,096 bytes, so it
 *   begins with a line that says how many bytes follow; see
 *   `readTerminationMessage`.
 */
export const START_SCRIPT = `echo '${LOG_BEGIN.trim()}'
base=\${MAESTRO_BASE:-/maestro}
mkdir -p "$base/work" "$base/tmp" "$base/home" "$MAESTRO_SOURCE"
for entry in "$MAESTRO_SOURCE"/* "$MAESTRO_SOURCE"/.[!.]*; do
  [ ! -e "$entry" ] || ln -s "$entry" "$base/work/\${entry##*/}"
done
[ "\${MAESTRO_WORK_DIR:-}" = image ] || cd "$base/work" || exit 1
odd=\${MAESTRO_ENV_COUNT:-0}
[ "$odd" = 0 ] || set -- x "$@"
while [ "$odd" -gt 0 ]; do
  odd=$((odd - 1))
  shift
  eval "set -- x \\"\\$MAESTRO_ENV_\${odd}_NAME=\\$MAESTRO_ENV_\${odd}_VALUE\\" \\"\\$@\\""
  unset "MAESTRO_ENV_\${odd}_NAME" "MAESTRO_ENV_\${odd}_VALUE"
done
if [ "\${MAESTRO_ENV_COUNT:-0}" != 0 ]; then
  shift
  set -- env "$@"
fi
odd=0
while eval "[ -n \\"\\\${MAESTRO_ARGUMENT_$odd+x}\\" ]"; do
  unset "MAESTRO_ARGUMENT_$odd"
  odd=$((odd + 1))
done
unset MAESTRO_ENV_COUNT MAESTRO_WORK_DIR entry odd
trap 'kill -TERM -1 2>/dev/null' TERM INT HUP
(
  trap : TERM INT HUP
  {
    (exec "$@") 2>&1
    echo $? >"$base/.code"
  } 2>"$base/.signal"
) &
runner=$!
while :; do
  wait "$runner"
  [ ! -s "$base/.code" ] || break
  kill -0 "$runner" 2>/dev/null || break
done
code=137
end=signal
if [ -s "$base/.code" ]; then
  code=$(cat "$base/.code")
  if [ "$code" -le 128 ] || [ ! -s "$base/.signal" ]; then end=exit; fi
fi
out=$MAESTRO_OUTPUT
if [ -L "$out" ] || { [ -e "$out" ] && [ ! -f "$out" ]; }; then
  echo "maestro/1 $end $code nofile 0"
elif [ -s "$out" ]; then
  size=$(($(wc -c <"$out")))
  if [ "$size" -gt "\${MAESTRO_OUTPUT_LIMIT:-${MAX_OUTPUT_BYTES}}" ]; then
    echo "maestro/1 $end $code large $size"
  else
    echo "maestro/1 $end $code json $size"
    cat "$out"
  fi
else
  echo "maestro/1 $end $code none 0"
fi >"\${MAESTRO_MESSAGE:-/dev/termination-log}"
exit "$code"
`;
