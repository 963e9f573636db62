import { startBackend } from './backend.mjs';

/*
 * A backend that dies (killed, out of memory) is started again: the work it
 * did is in the database and with the process runner, so nothing is lost by it.
 */

const MOST_RESTARTS = 5;
const WITHIN_MS = 10 * 60_000;

/**
 * When to start a backend again that has just ended.
 *
 * @param endings - times of its endings so far, the last one being now
 * @returns milliseconds to wait, or undefined to give up
 */
export function restartDelay(endings, now) {
  const recent = endings.filter(at => now - at < WITHIN_MS).length;
  return recent > MOST_RESTARTS ? undefined : 500 * 2 ** (recent - 1);
}

/**
 * Starts the backend and keeps it up.
 *
 * @returns `ready()`, `stop()`, `logFile` and `gaveUp`: a promise of the
 * sentence that says why it is not started again
 */
export function superviseBackend({
  progress,
  options,
  start = startBackend,
  now = Date.now,
}) {
  const endings = [];
  let stopping = false;
  let reachedReady = false;
  let current = start(options);
  let giveUp;
  const gaveUp = new Promise(resolve => {
    giveUp = resolve;
  });

  const watch = async () => {
    const how = await current.exited;
    // Before it was ready the first time, ready() reports it.
    if (stopping || !reachedReady) return;
    endings.push(now());
    const delay = restartDelay(endings, now());
    const ended = `The portal's backend ended (${how.signal ?? how.code})`;
    if (delay === undefined) {
      giveUp(
        `${ended} ${endings.length} times in ten minutes; see ${current.logFile}.`,
      );
      return;
    }
    progress.say(`${ended}; starting it again.`);
    await new Promise(resolve => {
      setTimeout(resolve, delay);
    });
    if (stopping) return;
    current = start(options);
    watch();
    current.ready().then(
      () => progress.say('The portal is back.'),
      error => {
        if (!stopping) progress.say(error.message);
      },
    );
  };
  watch();

  return {
    logFile: current.logFile,
    gaveUp,
    async ready() {
      await current.ready();
      reachedReady = true;
    },
    async stop() {
      stopping = true;
      await current.stop();
    },
  };
}
