import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';

/**
 * Asks before something that cannot be undone.
 *
 * @param deed - words for what it is
 * @param yes - agreed to on the command line
 * @throws CommandError when nobody can be asked
 */
export async function agreed(
  context: Context,
  yes: boolean | undefined,
  question: string,
  deed: { verb: string; done: string } = { verb: 'delete', done: 'deleted' },
): Promise<boolean> {
  if (yes) return true;
  if (!context.canAsk) {
    throw new CommandError(
      EXIT.usage,
      `Nobody can be asked here: say --yes to ${deed.verb}`,
    );
  }
  if (await context.confirm(question)) return true;
  context.note(`Nothing was ${deed.done}.`);
  context.exitCode = EXIT.failed;
  return false;
}
