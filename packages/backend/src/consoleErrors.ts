/**
 * Lets the backend live on when what it says cannot be written, such as into a
 * log file on a full disk. Without a listener that error is an uncaught
 * exception; Backstage logs those, which fails again, and the process turns in
 * that circle and answers nobody until there is space. The lines are lost.
 *
 * @internal
 */
export function surviveConsoleErrors(
  streams: readonly NodeJS.EventEmitter[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) stream.on('error', () => undefined);
}
