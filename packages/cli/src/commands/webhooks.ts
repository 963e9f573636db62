import type { Command } from 'commander';
import type { Context } from '../Context';
import { findInstallation } from '../installation';
import { time } from '../output/format';
import { agreed } from './agreed';

/** `maestro webhooks …`. */
export function registerWebhooks(program: Command, context: Context): void {
  const webhooks = program
    .command('webhooks')
    .description('requests from outside that start runs');

  webhooks
    .command('list <pipeline>')
    .description('the webhooks of a pipeline; secrets are never shown')
    .action(async (pipeline: string) => {
      const { items } = await context.client.listWebhooks(pipeline);
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'ID', text: row => row.id },
          { title: 'ADDRESS', text: row => addressOf(context, row.path) },
          {
            title: 'SECRET',
            text: row =>
              row.hasSecret ? `since ${time(row.rotatedAt, now)}` : 'none yet',
            colour: row => (row.hasSecret ? undefined : 'yellow'),
          },
          {
            title: 'LAST DELIVERY',
            text: row => time(row.deliveredAt, now),
          },
          {
            title: 'PARAMS',
            text: row => Object.keys(row.params).join(', '),
          },
        ],
        `Pipeline ${pipeline} has no webhooks; add one to spec.webhooks.`,
      );
    });

  webhooks
    .command('rotate <pipeline> <id>')
    .description('makes its secret, or a new one; told this once')
    .option('-y, --yes', 'replaces a secret without asking')
    .action(
      async (pipeline: string, id: string, { yes }: { yes?: boolean }) => {
        const { client } = context;
        const { items } = await client.listWebhooks(pipeline);
        const isReplaced = items.some(hook => hook.id === id && hook.hasSecret);
        const go =
          !isReplaced ||
          (await agreed(
            context,
            yes,
            `Requests to ${pipeline}/${id} with the present secret are refused from then on. Go on?`,
            { verb: 'replace the secret', done: 'replaced' },
          ));
        if (!go) return;
        const { secret, path } = await client.rotateWebhook(pipeline, id);
        await context.result({ id, path, secret }, () =>
          [
            `Address  ${addressOf(context, path)}`,
            `Secret   ${secret}`,
            'It is not shown again: keep it where the sender has it.',
          ].join('\n'),
        );
      },
    );
}

function addressOf(context: Context, path: string): string {
  return `${findInstallation(context.around).url}/api/maestro${path}`;
}
