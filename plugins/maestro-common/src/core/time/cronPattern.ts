/**
 * Cron expressions as Airflow reads them: five fields, names of days and
 * months, `L` and `#`, steps, and the usual presets. When both day fields are
 * restricted, a day that matches either is due (Vixie cron).
 *
 * @packageDocumentation
 */
import { InputError } from '@backstage/errors';
import { Cron } from 'croner';

/**
 * Names that stand for a cron expression.
 *
 * @public
 */
export const CRON_PRESETS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * A parsed expression that walks over wall times (see `WallClock`).
 *
 * @internal
 */
export class CronPattern {
  private static readonly known = new Map<string, CronPattern>();

  /** @throws InputError naming the expression and what is wrong with it */
  static of(expression: string): CronPattern {
    let pattern = CronPattern.known.get(expression);
    if (!pattern) {
      pattern = new CronPattern(expression);
      // Expressions are few; this only bounds what a hostile client can fill.
      if (CronPattern.known.size >= 10_000) {
        CronPattern.known.clear();
      }
      CronPattern.known.set(expression, pattern);
    }
    return pattern;
  }

  /** The five fields, presets replaced. */
  readonly fields: readonly string[];
  /** Whether it is due in every hour of a day on which it is due at all. */
  readonly everyHour: boolean;
  private readonly cron: Cron;

  private constructor(expression: string) {
    const trimmed = expression.trim();
    const text = CRON_PRESETS[trimmed.toLowerCase()] ?? trimmed;
    if (text.startsWith('@')) {
      throw new InputError(
        `Unknown cron preset "${trimmed}", expected one of ${Object.keys(
          CRON_PRESETS,
        ).join(', ')}`,
      );
    }
    this.fields = text.split(/\s+/);
    if (text === '' || this.fields.length !== 5) {
      throw new InputError(
        `Cron expression "${trimmed}" has ${
          text === '' ? 0 : this.fields.length
        } fields, expected five: minute hour day-of-month month day-of-week`,
      );
    }
    // Both mean something else in the library: "?" the current time, which
    // would make the answer depend on the clock, and "+" a day that matches
    // both day fields.
    const foreign = /[?+]/.exec(text);
    if (foreign) {
      throw new InputError(
        `Cron expression "${trimmed}" contains "${foreign[0]}", use "*" instead`,
      );
    }
    try {
      this.cron = new Cron(this.fields.join(' '), {
        mode: '5-part',
        utcOffset: 0,
        paused: true,
        sloppyRanges: true,
      });
    } catch (error) {
      const why = (error as Error).message.replace(/^CronPattern: /, '');
      throw new InputError(`Cron expression "${trimmed}" is not valid: ${why}`);
    }
    this.everyHour = allowsEveryHour(this.fields[1]);
  }

  /** The first wall time after the given one, `undefined` if there is none. */
  next(wall: number): number | undefined {
    return this.cron.nextRun(new Date(wall))?.getTime();
  }

  /** The last wall time before the given one, `undefined` if there is none. */
  previous(wall: number): number | undefined {
    // The library drops milliseconds before it looks back.
    const second = Math.ceil(wall / 1000) * 1000;
    return this.cron.previousRuns(1, new Date(second))[0]?.getTime();
  }
}

function allowsEveryHour(field: string): boolean {
  const hours = new Set<number>();
  for (const part of field.split(',')) {
    const [range, step] = part.split('/');
    const [low, high] = range === '*' ? [0, 23] : range.split('-').map(Number);
    const last = high ?? (step === undefined ? low : 23);
    for (let hour = low; hour <= last; hour += Number(step ?? 1)) {
      hours.add(hour);
    }
  }
  return hours.size === 24;
}
