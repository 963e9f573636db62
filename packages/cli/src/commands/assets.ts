import type { Command } from 'commander';
import {
  actorWords,
  type Asset,
  type AssetEvent,
} from '@maestro/plugin-maestro-common';
import { jsonValue, keyOfPartition, wholeNumber } from '../argumentValues';
import type { Context } from '../Context';
import { time } from '../output/format';

/** `maestro assets …`. */
export function registerAssets(program: Command, context: Context): void {
  const assets = program
    .command('assets')
    .description('what pipelines make, and who waits for it');

  assets
    .command('list')
    .description('every asset with who produces and who awaits it')
    .action(async () => {
      const { items } = await context.client.listAssets();
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'ASSET', text: row => row.name },
          {
            title: 'PRODUCED BY',
            text: row => row.producers.map(producerText).join(', '),
            shrinks: true,
          },
          {
            title: 'AWAITED BY',
            text: awaitedText,
            shrinks: true,
          },
          { title: 'LAST EVENT', text: row => time(row.lastEvent?.at, now) },
          {
            title: 'WAITS',
            text: waitText,
            colour: () => 'yellow',
            shrinks: true,
          },
        ],
        'No assets. A task names what it makes under "produces".',
      );
    });

  assets
    .command('events [asset]')
    .description(
      'what happened to assets, or through an @alias, and what became of it',
    )
    .option(
      '--limit <count>',
      'how many, newest first',
      wholeNumber(1, 500),
      20,
    )
    .action(async (asset: string | undefined, { limit }: { limit: number }) => {
      const { items } = await context.client.listAssetEvents({ asset, limit });
      const now = Date.now();
      await context.list(
        items,
        [
          { title: 'AT', text: row => time(row.at, now) },
          { title: 'ASSET', text: assetText },
          { title: 'FROM', text: sourceText, shrinks: true },
          {
            title: 'OUTCOME',
            text: row => row.outcomes.map(outcomeText).join('; '),
            shrinks: true,
          },
        ],
        'No events.',
      );
    });

  assets
    .command('emit <asset>')
    .description('tells an event of an asset: who awaits it starts')
    .option('--extra <json>', 'any JSON, at most 2 KiB; the run sees it')
    .option(
      '--partition-key <key>',
      'the partition of the asset; only schedules of partitions take it',
      keyOfPartition,
    )
    .option('--key <key>', 'the same key again is the same event')
    .action(
      async (
        asset: string,
        {
          extra,
          key,
          partitionKey,
        }: { extra?: string; key?: string; partitionKey?: string },
      ) => {
        const event = await context.client.emitAssetEvent({
          asset,
          partitionKey,
          ...(extra === undefined
            ? {}
            : { extra: jsonValue(extra, '--extra') }),
          eventKey: key,
        });
        await context.result(event, () =>
          event.created
            ? `Event ${event.id} of ${asset} told; "maestro assets events ${asset}" shows what became of it.`
            : `Event ${event.id} of ${asset} was told before with this key.`,
        );
      },
    );
}

function assetText({ asset, aliases = [], partitionKey }: AssetEvent): string {
  return [
    asset,
    ...aliases.map(name => `@${name}`),
    ...(partitionKey === undefined ? [] : [`[${partitionKey}]`]),
  ].join(' ');
}

function producerText({ pipeline, taskId, alert }: Asset['producers'][number]) {
  return `${pipeline}/${taskId}${alert ? ` (alert ${alert})` : ''}`;
}

function awaitedText({ consumers, waiters }: Asset): string {
  return [
    ...consumers.map(({ pipeline }) => pipeline),
    ...waiters.map(({ pipeline, taskId }) => `${pipeline}/${taskId}`),
  ].join(', ');
}

function waitText({ consumers }: Asset): string {
  return consumers
    .flatMap(({ pipeline, missing, cooldownUntil }) => [
      ...(missing ? [`${pipeline} for ${missing.join(', ')}`] : []),
      ...(cooldownUntil
        ? [`${pipeline} until ${new Date(cooldownUntil).toISOString()}`]
        : []),
    ])
    .join('; ');
}

function sourceText({ pipeline, taskId, runId, actor, source }: AssetEvent) {
  if (pipeline) return `${pipeline}/${taskId} in run ${runId}`;
  return source === 'manual' ? actorWords(actor) : 'a run that was deleted';
}

function outcomeText(outcome: AssetEvent['outcomes'][number]): string {
  const { pipeline, reason, runId } = outcome;
  switch (outcome.outcome) {
    case 'run':
      return runId
        ? `${pipeline}: run ${runId}`
        : `${pipeline}: a run that was deleted`;
    case 'waiting':
      return `${pipeline}: ${reason ?? 'waits'}`;
    default:
      return `${pipeline}: skipped, ${reason}`;
  }
}
