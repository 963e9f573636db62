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
  const paint = () => {
    erase();
    const width = (out.columns ?? 80) - 1;
    shown = [...running]
      .map(([title, at]) => `${title} ${formatDuration(now() - at)}`)
      .join(' · ')
      .slice(0, width);
    out.write(shown);
  };
  const line = text => {
    erase();
    out.write(`${text}\n`);
  };
  const finish = title => {
    running.delete(title);
    if (running.size === 0 && clock) {
      clearInterval(clock);
      clock = undefined;
    }
  };

  return {
    /** A line of its own. */
    say: line,
    /** Milliseconds since this progress was made. */
    elapsed: () => now() - began,
    /** Shows `title` while `work()` runs, then how long it took. */
    async step(title, work) {
      const at = now();
      line(`  … ${title}`);
      running.set(title, at);
      if (out.isTTY && !clock) clock = setInterval(paint, 500);
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
