import type { Command } from 'commander';
import {
  actorWords,
  type Connection,
  type ConnectionTest,
  type ConnectionWrite,
} from '@maestro/plugin-maestro-common';
import { jsonObject, wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { EXIT } from '../outcome';
import { duration, time } from '../output/format';
import { facts, table } from '../output/table';

/** Airflow's names, because people have them in their scripts. */
interface ConnectionFlags {
  connType?: string;
  connHost?: string;
  connPort?: number;
  connLogin?: string;
  connPassword?: string;
  connSchema?: string;
  connExtra?: string;
  connDescription?: string;
}

const testColumn = {
  text: ({ lastTest }: Connection) =>
    lastTest && (lastTest.ok ? 'ok' : 'failed'),
  colour: ({ lastTest }: Connection) =>
    lastTest?.ok ? ('green' as const) : ('red' as const),
};

/** `maestro connections …`. */
export function registerConnections(program: Command, context: Context): void {
  const connections = program
    .command('connections')
    .description('how pipelines reach other systems');

  connections
    .command('list')
    .description('every connection; secrets are never shown')
    .action(async () => {
      const { items } = await context.client.listConnections();
      await context.list(
        items,
        [
          { title: 'ID', text: row => row.connId },
          { title: 'TYPE', text: row => row.connType },
          { title: 'HOST', text: row => row.host, shrinks: true },
          { title: 'PORT', text: row => row.port, align: 'right' },
          { title: 'LOGIN', text: row => row.login },
          { title: 'PASSWORD', text: row => (row.hasPassword ? '***' : '') },
          { title: 'SCHEMA', text: row => row.schema },
          { title: 'EXTRA', text: row => row.extraKeys.join(', ') },
          { title: 'TEST', ...testColumn },
          {
            title: 'USED BY',
            text: row => row.usedBy.join(', '),
            shrinks: true,
          },
        ],
        'No connections.',
      );
    });

  connections
    .command('get <id>')
    .description('one connection, without its secrets')
    .action(async (id: string) => {
      const connection = await context.client.getConnection(id);
      await context.result(connection, () =>
        connectionText(context, connection),
      );
    });

  withFlags(
    connections.command('add <id>').description('makes a connection'),
    true,
  ).action(async (id: string, flags: ConnectionFlags) => {
    const connection = await context.client.createConnection(
      writeOf({ connId: id, connType: flags.connType! }, flags),
    );
    await context.result(connection, () => `Connection ${id} added.`);
  });

  withFlags(
    connections
      .command('update <id>')
      .description(
        'changes what is given and leaves the rest; an empty text removes',
      ),
    false,
  ).action(async (id: string, flags: ConnectionFlags) => {
    const { client } = context;
    const { connType, host, port, login, schema, description } =
      await client.getConnection(id);
    const connection = await client.updateConnection(
      writeOf(
        { connId: id, connType, host, port, login, schema, description },
        flags,
      ),
    );
    await context.result(connection, () => `Connection ${id} changed.`);
  });

  connections
    .command('delete <id>')
    .description('removes a connection')
    .action(async (id: string) => {
      await context.client.deleteConnection(id);
      await context.result(
        { connId: id, deleted: true },
        () => `Connection ${id} deleted.`,
      );
    });

  connections
    .command('test <id>')
    .description('resolve, connect, authenticate, answer: how far it gets')
    .action(async (id: string) => {
      const test = await context.client.testConnection(id);
      await context.result(test, () => testText(context, id, test));
      if (!test.ok) context.exitCode = EXIT.failed;
    });
}

function withFlags(command: Command, isNew: boolean): Command {
  const type = 'what it is, such as http, postgres or aws';
  return (
    isNew
      ? command.requiredOption('--conn-type <type>', type)
      : command.option('--conn-type <type>', type)
  )
    .option('--conn-host <host>', 'name or address of the host')
    .option('--conn-port <port>', 'port', wholeNumber(1, 65535))
    .option('--conn-login <login>', 'user name')
    .option('--conn-password <password>', 'password; stored encrypted')
    .option('--conn-schema <schema>', 'schema or database')
    .option('--conn-extra <json>', 'a JSON object; stored encrypted')
    .option('--conn-description <text>', 'what it is for');
}

function writeOf(
  before: ConnectionWrite,
  flags: ConnectionFlags,
): ConnectionWrite {
  const given = Object.entries({
    connType: flags.connType,
    host: flags.connHost,
    port: flags.connPort,
    login: flags.connLogin,
    password: flags.connPassword,
    schema: flags.connSchema,
    description: flags.connDescription,
  }).filter(([, value]) => value !== undefined);
  const extra =
    flags.connExtra === undefined
      ? {}
      : { extra: jsonObject(flags.connExtra || '{}', '--conn-extra') };
  return { ...before, ...Object.fromEntries(given), ...extra };
}

function connectionText(context: Context, connection: Connection): string {
  const now = Date.now();
  const { lastTest } = connection;
  return facts(
    [
      ['Connection', connection.connId],
      ['Type', connection.connType],
      ['Host', connection.host],
      ['Port', connection.port],
      ['Login', connection.login],
      ['Password', connection.hasPassword ? '***' : ''],
      ['Schema', connection.schema],
      ['Extra', connection.extraKeys.map(key => `${key}=***`).join(', ')],
      ['Description', connection.description],
      ['Used by', connection.usedBy.join(', ')],
      [
        'Changed',
        `${time(connection.updatedAt, now)} by ${actorWords(
          connection.updatedBy,
        )}`,
      ],
      [
        'Last test',
        lastTest &&
          `${lastTest.ok ? 'ok' : 'failed'}, ${time(lastTest.at, now)}`,
      ],
    ],
    context.style,
  );
}

function testText(context: Context, id: string, test: ConnectionTest): string {
  const steps = table(
    test.steps,
    [
      { title: 'STEP', text: step => step.step },
      {
        title: 'RESULT',
        text: step => (step.ok ? 'ok' : 'failed'),
        colour: step => (step.ok ? 'green' : 'red'),
      },
      {
        title: 'TOOK',
        text: step => duration(step.durationMs),
        align: 'right',
      },
      { title: 'MESSAGE', text: step => step.message },
    ],
    context.style,
  );
  return `${steps}\n\nConnection ${id} ${test.ok ? 'works' : 'does not work'}.`;
}
