import { InputError } from '@backstage/errors';
import { maskText } from './maskText';

/**
 * Does what may quote a value in what it throws, which people then read.
 *
 * @throws InputError with the same message and no secret in it, instead of an
 * error that holds one; any other error as it is
 */
export function maskErrors<T>(secrets: readonly string[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { message } = error as Error;
    const shown = maskText(message, secrets);
    throw shown === message ? error : new InputError(shown);
  }
}
