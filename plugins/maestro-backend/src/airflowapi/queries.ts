import { AirflowApiError } from './AirflowApiError';
import type { AirflowCall } from './AirflowCall';

/**
 * Instants of a query, epoch milliseconds; undefined when it names none.
 *
 * @throws AirflowApiError 422
 */
export function instants(
  { url }: AirflowCall,
  name: string,
): number[] | undefined {
  const texts = url.searchParams.getAll(name);
  if (texts.length === 0) return undefined;
  return texts.map(text => {
    // A plus sign that nobody has encoded.
    const at = Date.parse(text.replace(' ', '+'));
    if (Number.isNaN(at)) {
      throw new AirflowApiError(
        422,
        'invalid_query',
        `${name}: ${text.slice(0, 50)} is no instant`,
      );
    }
    return at;
  });
}
