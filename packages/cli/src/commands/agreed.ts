import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';

/**
 * Asks before something that cannot be undone.
 *
 * @param yes - agreed to on the command line
 * @throws CommandError when nobody can be asked
 */
export async function agreed(
  context: Context,
  yes: boolean | undefined,
  question: string,
): Promise<boolean> {
  if (yes) return true;
  if (!context.canAsk) {
    throw new CommandError(
      EXIT.usage,
      'Nobody can be asked here: say --yes to delete',
    );
  }
  if (await context.confirm(question)) return true;
  context.note('Nothing was deleted.');
  context.exitCode = EXIT.failed;
  return false;
}
