/*
 * What somebody sees while something takes long: a line when it starts, a line
 * with its time when it ends, and on a terminal a clock in between.
 */

/** 950 → "0.9 s", 65 000 → "1 m 05 s". */
export function formatDuration(milliseconds) {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(
    2,
    '0',
  )} s`;
}

/**
 * @param out - where lines go, e.g. process.stdout
 * @param now - clock in epoch milliseconds
 */
export function createProgress({ out = process.stdout, now = Date.now } = {}) {
  const began = now();
  const running = new Map();
  let clock;
  let shown = '';

  const erase = () => {
    if (shown) out.write(`\r${' '.repeat(shown.length)}\r`);
    shown = '';
  };
  const clocks = () =>
    [...running]
      .map(([title, at]) => `${title} ${formatDuration(now() - at)}`)
      .join(' · ');
  const paint = () => {
    erase();
    const width = (out.columns ?? 80) - 1;
    shown = clocks().slice(0, width);
    out.write(shown);
  };
  const line = text => {
    erase();
    out.write(`${text}\n`);
  };
  const stillRunning = () => line(`    still running: ${clocks()}`);
  const begin = (title, at) => {
    running.set(title, at);
    clock ??= out.isTTY
      ? setInterval(paint, 500)
      : setInterval(stillRunning, 60_000);
  };
  const finish = title => {
    running.delete(title);
    erase();
    if (running.size === 0) {
      clearInterval(clock);
      clock = undefined;
    }
  };

  return {
    /** Shows a clock for `title` while `work()` runs, and no lines. */
    async track(title, work) {
      begin(title, now());
      try {
        return await work();
      } finally {
        finish(title);
      }
    },
    /** A line of its own. */
    say: line,
    /** Milliseconds since this progress was made. */
    elapsed: () => now() - began,
    /** Shows `title` while `work()` runs, then how long it took. */
    async step(title, work) {
      const at = now();
      line(`  … ${title}`);
      begin(title, at);
      try {
        const result = await work();
        finish(title);
        line(`  ✓ ${title} (${formatDuration(now() - at)})`);
        return result;
      } catch (error) {
        finish(title);
        line(`  ✗ ${title} (${formatDuration(now() - at)})`);
        throw error;
      }
    },
  };
}
