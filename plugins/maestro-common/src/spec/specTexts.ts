import { z } from 'zod';

/** Texts that several parts of a spec share. */

// ISO 8601 with weeks, days and times; no years or months, whose length
// depends on the calendar and would make a timeout mean different things.
export const duration = z
  .string()
  .regex(
    /^P(?!$)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d{1,3})?S)?)?$/,
    'an ISO 8601 duration such as PT5M, PT1H30M or P1D',
  )
  .describe('ISO 8601 duration without years and months, such as PT5M');

export const name = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/);

export const assetName = z
  .string()
  .regex(
    /^[A-Za-z0-9_./:-]{1,250}$/,
    'letters, digits, "_", ".", "/", ":" and "-", at most 250 characters',
  )
  .describe('Name of an asset; whoever uses the same name means the same one');
