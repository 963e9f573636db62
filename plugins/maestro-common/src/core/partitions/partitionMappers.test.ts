import type { PipelineDefinition } from '../pipeline/definition';
import { targetPartition } from '../schedule/assets';
import {
  gatheredPartitions,
  mapperOf,
  type AssetPartitions,
  type PartitionMapper,
} from './partitionMappers';
import { askedPartition, partitionOfRun } from '../schedule/partitions';

// What single mappers do is compared with Airflow's own: compilePartitions.test.ts.
const day = (timezone = 'UTC') =>
  ({
    map: 'time',
    start: 'day',
    timezone,
    input: '%Y-%m-%dT%H',
    output: '%Y-%m-%d',
  } as const);
const NOON = Date.UTC(2025, 0, 1, 12);
const MIDNIGHT = Date.UTC(2025, 0, 1);
const partitions: AssetPartitions = {
  mapper: { map: 'identity' },
  mappers: {
    utc: day(),
    also: day(),
    berlin: day('Europe/Berlin'),
    all: { map: 'fixed', key: '2025-01-01' },
  },
};

it('an asset has its own mapper, or that of all others', () => {
  expect(mapperOf(partitions, 'all')).toMatchObject({ map: 'fixed' });
  expect(mapperOf(partitions, 'x')).toStrictEqual({ map: 'identity' });
  // A name is a name, whatever objects have by it.
  expect(mapperOf(partitions, 'constructor')).toStrictEqual({
    map: 'identity',
  });
});

it.each([
  ['no partitions, none told', undefined, undefined, {}],
  ['no partitions, one told', undefined, 'us', { refused: 'has_partition' }],
  ['partitions, none told', partitions, undefined, { refused: 'no_partition' }],
  ['partitions, one told', partitions, '2025-01-01T09', { key: '2025-01-01' }],
  [
    'one that cannot be mapped',
    partitions,
    'us',
    { refused: 'unmapped: the key "us" is no date in the format %Y-%m-%dT%H' },
  ],
  [
    'one that is mapped to none',
    { mapper: { map: 'fixed', key: 'a\0b' } } satisfies AssetPartitions,
    'us',
    {
      refused: 'unmapped: The key of a partition cannot hold the character NUL',
    },
  ],
])('for which run an event is: %s', (_what, of, partitionKey, expected) => {
  expect(
    targetPartition({ partitions: of }, { asset: 'utc', partitionKey }),
  ).toStrictEqual(expected);
});

it.each<[string, Array<{ asset: string; date?: number }>, number | undefined]>([
  ['of dates that agree', [{ asset: 'utc' }, { asset: 'also' }], MIDNIGHT],
  ['of dates that do not', [{ asset: 'utc' }, { asset: 'berlin' }], undefined],
  ['that of the event', [{ asset: 'x', date: NOON }, { asset: 'y' }], NOON],
  [
    'of events that do not agree',
    [
      { asset: 'x', date: 1 },
      { asset: 'x', date: 2 },
    ],
    undefined,
  ],
  [
    'the key knows it better',
    [{ asset: 'x', date: NOON }, { asset: 'utc' }],
    MIDNIGHT,
  ],
  ['of a fixed key', [{ asset: 'all', date: NOON }], undefined],
])('when the partition of a run begins: %s', (_what, events, date) => {
  expect(partitionOfRun(partitions, '2025-01-01', events)).toStrictEqual({
    key: '2025-01-01',
    ...(date === undefined ? {} : { date }),
  });
});

const region = (least?: number) => ({
  map: 'rollup' as const,
  of: { map: 'fixed' as const, key: 'all' },
  window: { keys: ['us', 'eu', 'apac'] },
  least,
});

it.each<[string, PartitionMapper, string[], boolean]>([
  ['one of one', { map: 'identity' }, ['us'], true],
  ['none of one', { map: 'identity' }, [], false],
  ['all', region(), ['us', 'eu', 'apac'], true],
  ['all but one', region(), ['us', 'apac', 'mars'], false],
  ['at least two', region(2), ['us', 'eu'], true],
  ['fewer', region(2), ['us', 'mars'], false],
  ['one may be missing', region(-1), ['us', 'eu'], true],
  ['two are missing', region(-1), ['us'], false],
  ['all may be missing', region(-9), ['mars'], true],
  ['without any event', region(-9), [], false],
  ['more than there are', region(4), ['us', 'eu', 'apac'], false],
])(
  'whether an asset is there for a run: %s',
  (_what, mapper, keys, isThere) => {
    expect(gatheredPartitions(mapper, 'all', new Set(keys)).isThere).toBe(
      isThere,
    );
  },
);

it('a key that no mapper of dates has written has no date', () => {
  expect(partitionOfRun(partitions, 'us', [{ asset: 'utc' }])).toStrictEqual({
    key: 'us',
  });
});

// Its key is a path, which Python itself cannot read: that has `%Y` twice.
const path = (start: 'day' | 'week') => ({
  ...day(),
  start,
  output: '%Y/%Y-%m-%d',
});

it.each(['day', 'week'] as const)(
  'a key that cannot be read back has no date and no window: of a %s',
  start => {
    const of = { mapper: path(start) };
    const { key } = targetPartition(
      { partitions: of },
      { asset: 'x', partitionKey: '2026-11-02T09' },
    ) as { key: string };
    expect(key).toBe('2026/2026-11-02');
    expect(partitionOfRun(of, key, [{ asset: 'x' }])).toStrictEqual({ key });
    expect(asked(['x'], key, of)).toMatchObject({ reason: 'invalid_key' });
  },
);

it('whatever goes wrong in a mapper is told of the event, and never thrown', () => {
  const of = { mapper: day('Mars/Olympus\0') };
  expect(
    targetPartition(
      { partitions: of },
      { asset: 'x', partitionKey: '2026-11-02T09' },
    ),
  ).toStrictEqual({
    refused:
      'unmapped: Unknown time zone "Mars/Olympus", expected an IANA name such as Europe/Berlin',
  });
  expect(partitionOfRun(of, '2026-11-02', [{ asset: 'x' }])).toStrictEqual({
    key: '2026-11-02',
  });
});

it.each([
  [
    ['utc', 'also', '@alias'],
    '2025-01-01',
    { key: '2025-01-01', date: MIDNIGHT },
  ],
  [['utc', 'berlin'], '2025-01-01', { key: '2025-01-01' }],
  [['x'], 'anything', { key: 'anything' }],
])('a key by hand for a run of %s: %s', (names, key, partition) => {
  expect(asked(names, key)).toStrictEqual({ partition });
});

it('a key by hand that the mapper of an asset could not have written', () => {
  expect(asked(['x', 'utc'], 'us')).toStrictEqual({
    reason: 'invalid_key',
    problem:
      'No run of asset "utc" has this partition: the key "us" is no date in the format %Y-%m-%d',
  });
});

function asked(names: string[], key: string, of = partitions) {
  return askedPartition(
    {
      name: 'p',
      partitioned: true,
      schedules: [
        {
          id: 's',
          timezone: 'UTC',
          catchup: false,
          assets: { mode: 'all', names, partitions: of },
        },
      ],
    } as unknown as PipelineDefinition,
    key,
  );
}
