import { actorWords } from '@maestro/plugin-maestro-common';
import type { Command } from 'commander';
import type { Context } from '../Context';
import { CommandError, EXIT } from '../outcome';
import { time } from '../output/format';

/** `maestro variables …`. */
export function registerVariables(program: Command, context: Context): void {
  const variables = program
    .command('variables')
    .description('values that pipelines read');

  variables
    .command('list')
    .description('every variable; secret values are never shown')
    .action(async () => {
      const { items } = await context.client.listVariables();
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'KEY', text: row => row.key },
          {
            title: 'VALUE',
            text: row => (row.secret ? '***' : row.value),
            shrinks: true,
          },
          { title: 'CHANGED', text: row => time(row.updatedAt, now) },
          {
            title: 'BY',
            text: row => actorWords(row.updatedBy),
            shrinks: true,
          },
          {
            title: 'USED BY',
            text: row => row.usedBy.join(', '),
            shrinks: true,
          },
          {
            title: 'DESCRIPTION',
            text: row => row.description,
            shrinks: true,
          },
        ],
        'No variables.',
      );
    });

  variables
    .command('get <key>')
    .description('the value alone')
    .action(async (key: string) => {
      const variable = await context.client.getVariable(key);
      if (variable.secret && !context.json) {
        throw new CommandError(
          EXIT.notAllowed,
          `Variable "${key}" is secret: its value can be replaced, not read`,
        );
      }
      await context.result(variable, () => variable.value ?? '');
    });

  variables
    .command('set <key> [value]')
    .description(
      'makes or replaces a variable; without a value it is read from stdin, so that a secret is in no history',
    )
    .option('--secret', 'the value is never shown again')
    .option('--no-secret', 'the value may be shown')
    .option('--description <text>', 'what it is for')
    .action(async (key: string, value: string | undefined, options) => {
      if (value === undefined && context.streams.stdin.isTTY) {
        throw new CommandError(
          EXIT.usage,
          `Which value? "maestro variables set ${key} VALUE", or the value on stdin`,
        );
      }
      const text = value ?? (await context.readStdin()).replace(/\r?\n$/, '');
      const variable = await context.client.setVariable(key, {
        value: text,
        secret: options.secret,
        description: options.description,
      });
      await context.result(
        variable,
        () =>
          `Variable ${key} ${variable.revision > 1 ? 'changed' : 'created'}.`,
      );
    });

  variables
    .command('delete <key>')
    .description('removes a variable')
    .action(async (key: string) => {
      await context.client.deleteVariable(key);
      await context.result(
        { key, deleted: true },
        () => `Variable ${key} deleted.`,
      );
    });
}
