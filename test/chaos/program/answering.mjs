/*
 * What a program of a scheduler does beside scheduling: it writes its log,
 * answers its parent (see ../schedulers.mjs), and ends in order on TERM, or when
 * the parent is gone.
 */

const write = level => (message, meta) =>
  process.stderr.write(
    `${new Date().toISOString()} ${level} ${message}${
      meta ? ` ${JSON.stringify(meta)}` : ''
    }\n`,
  );

/** Writes to stderr, which the parent keeps. */
export const logger = {
  error: write('error'),
  warn: write('warn'),
  info: write('info'),
  debug: () => {},
  child: () => logger,
};

/**
 * Tells the parent that the scheduler is there and does what it asks for.
 *
 * @param operations - by name; each gets the arguments as one object
 */
export function answerParent(scheduler, operations) {
  process.on('message', async ({ id, op, args }) => {
    let answer;
    try {
      answer = { id, ok: (await operations[op](args)) ?? null };
    } catch (error) {
      answer = { id, error: error.message };
    }
    // Who asked may be gone, which ends us anyway.
    if (process.connected) process.send(answer);
  });
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    try {
      await scheduler.stop();
      process.exit(0);
    } catch (error) {
      logger.error(`It did not stop in order: ${error.stack}`);
      process.exit(1);
    }
  };
  process.on('SIGTERM', stop);
  process.on('disconnect', stop);
  process.send({ ready: scheduler.name });
}
