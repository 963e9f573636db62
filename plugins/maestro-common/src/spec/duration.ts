import { InputError } from '@backstage/errors';

const PATTERN =
  /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;

const UNITS = [604_800_000, 86_400_000, 3_600_000, 60_000, 1_000];

/**
 * Milliseconds of an ISO 8601 duration without years and months (`PT5M`,
 * `P1DT12H`). A day has 24 hours.
 *
 * @throws InputError when the text is not such a duration
 * @public
 */
export function durationMs(text: string): number {
  const ms = looseDurationMs(text);
  if (ms === undefined) {
    throw new InputError(
      `"${text}" is not a duration, expected ISO 8601 such as PT5M, PT1H30M or P1D`,
    );
  }
  return ms;
}

/** Undefined for what is no duration, of which the schema speaks. @internal */
export function looseDurationMs(text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  return Math.round(
    UNITS.reduce((sum, unit, i) => sum + Number(match[i + 1] ?? 0) * unit, 0),
  );
}
