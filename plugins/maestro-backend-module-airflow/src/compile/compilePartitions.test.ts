import {
  gatheredPartitions,
  mappedDate,
  mapPartition,
  PartitionMapError,
} from '@maestro/plugin-maestro-common';
import {
  asset,
  compile,
  compiled,
  timetable,
} from './__testUtils__/describedDag';
import golden from './partitionMappers.golden.json';
import type { Encoded } from './serialized';

const identity = mapper('identity.IdentityMapper');

function mapper(name: string, value: object = {}): Encoded {
  return {
    __type: `airflow.partition_mappers.${name}`,
    __var: value as Record<string, unknown>,
  };
}

const onPartitions = (more: object = {}) =>
  timetable('PartitionedAssetTimetable', {
    asset_condition: {
      __type: 'asset_all',
      objects: [asset('x'), { __type: 'asset_ref', name: 'y' }],
    },
    partition_mapper_config: [],
    default_partition_mapper: identity,
    ...more,
  });

const madeOf = ({ mapper: encoded }: { mapper: Encoded }) =>
  compiled({
    timetable: onPartitions({ default_partition_mapper: encoded }),
  }).schedules[0].assets!.partitions!.mapper;

// The tables are Airflow's own: test/airflow/partitionKeys.py.
it.each(golden.filter(({ mapped }) => mapped !== null))(
  '$python maps $key to $mapped',
  of => {
    const made = madeOf(of);
    expect(mapPartition(made, of.key)).toBe(of.mapped);
    let date: number | null = null;
    try {
      date = mappedDate(made, of.mapped!) ?? null;
    } catch (error) {
      // Of what it has written itself it cannot tell: Airflow neither.
      if (!(error instanceof PartitionMapError)) throw error;
    }
    expect(date).toBe(of.date);
  },
);

it.each(golden.filter(({ mapped }) => mapped === null))(
  '$python does not map $key',
  of => {
    expect(() => mapPartition(madeOf(of), of.key)).toThrow(PartitionMapError);
  },
);

it.each(golden.filter(({ upstream }) => upstream))(
  '$python makes the run of $mapped of what Airflow does',
  of => {
    const { missing } = gatheredPartitions(madeOf(of), of.mapped!, new Set());
    expect(missing.sort()).toStrictEqual(of.upstream);
  },
);

const rollup = (more: object) =>
  mapper('base.RollupMapper', {
    upstream_mapper: identity,
    window: mapper('window.SegmentWindow', { segments: ['us', 'eu'] }),
    wait_policy: mapper('wait_policy.WaitForAll'),
    ...more,
  });

it('a run of many partitions waits for all of them, or for some', () => {
  const waiting = (policy: Encoded) =>
    madeOf({ mapper: rollup({ wait_policy: policy }) });
  const all = {
    map: 'rollup',
    of: { map: 'identity' },
    window: { keys: ['us', 'eu'] },
  };
  expect(waiting(mapper('wait_policy.WaitForAll'))).toStrictEqual(all);
  expect(waiting(mapper('wait_policy.MinimumCount', { n: -1 }))).toStrictEqual({
    ...all,
    least: -1,
  });
});

it('partitions of assets make runs of partitions, each asset by its mapper', () => {
  const { definition, problems } = compile({
    timetable: onPartitions({
      partition_mapper_config: [
        [
          { __type: 'asset_ref', name: 'y' },
          mapper('fixed_key.FixedKeyMapper', { downstream_key: 'all' }),
        ],
      ],
    }),
  });
  expect(problems).toEqual([]);
  expect(definition).toMatchObject({
    partitioned: true,
    schedules: [
      {
        id: 'default',
        catchup: false,
        assets: {
          mode: 'all',
          names: ['x', 'y'],
          partitions: {
            mapper: { map: 'identity' },
            mappers: { y: { map: 'fixed', key: 'all' } },
          },
        },
      },
    ],
  });
});

it.each<[string, object]>([
  ['for all', { default_partition_mapper: rollup({}) }],
  ['for one', { partition_mapper_config: [[asset('x'), rollup({})]] }],
])('an alias has no window: with a RollupMapper %s', (_what, more) => {
  const withAlias = (of: object) =>
    compile({
      timetable: onPartitions({
        asset_condition: {
          __type: 'asset_all',
          objects: [asset('x'), { __type: 'asset_alias', name: 'new' }],
        },
        ...of,
      }),
    });
  const { definition, problems } = withAlias(more);
  expect(definition).toMatchObject({ partitioned: true, schedules: [] });
  expect(problems).toMatchObject([
    {
      unscheduled: true,
      message: expect.stringMatching(/a RollupMapper beside an AssetAlias/),
    },
  ]);
  expect(withAlias({}).problems).toEqual([]);
});

const time = (more: object) =>
  mapper('temporal.StartOfQuarterMapper', {
    timezone: 'UTC',
    input_format: '%Y-%m-%d',
    output_format: '%Y-Q{quarter}',
    ...more,
  });

it.each<[string, Encoded, RegExp]>([
  [
    'a window of a plugin',
    rollup({ window: { __type: 'custom.BusinessDays', __var: {} } }),
    /window custom.BusinessDays, which is Python code/,
  ],
  [
    'a wait policy of a plugin',
    rollup({ wait_policy: { __type: 'custom.Half', __var: {} } }),
    /wait policy custom.Half, which is Python code/,
  ],
  [
    'a window of time of keys that are no dates',
    rollup({ window: mapper('window.DayWindow', { direction: 'forward' }) }),
    /window of a day and a mapper that does not begin one/,
  ],
  ...['%Y/%Y-%m-%d', '%Y-W%V'].map((output): [string, Encoded, RegExp] => [
    'a window of keys that cannot be read back',
    rollup({
      window: mapper('window.DayWindow', { direction: 'forward' }),
      upstream_mapper: mapper('temporal.StartOfDayMapper', {
        timezone: 'UTC',
        input_format: '%Y-%m-%dT%H',
        output_format: output,
      }),
    }),
    /output_format .* cannot be read back/,
  ]),
  ['of one many', mapper('temporal.FanOutMapper'), /FanOutMapper/],
  [
    'a mapper of a plugin',
    { __type: 'custom.PrefixStripMapper', __var: {} },
    /custom.PrefixStripMapper, which is Python code/,
  ],
  [
    'one in a chain',
    mapper('chain.ChainMapper', {
      mappers: [identity, { __type: 'custom.X', __var: {} }],
    }),
    /custom.X/,
  ],
  ['no IANA zone', time({ timezone: 3600 }), /time zone 3600/],
  ['a week to be read', time({ input_format: '%Y-W%V' }), /has %V/],
  ...['', 'a\0b', 'x'.repeat(251)].map((key): [string, Encoded, RegExp] => [
    `the key ${JSON.stringify(key.slice(0, 9))} for all`,
    mapper('fixed_key.FixedKeyMapper', { downstream_key: key }),
    /FixedKeyMapper cannot be used: The key of a partition/,
  ]),
  ['a key with NUL', time({ output_format: '%Y\0' }), /NUL/],
  ['a key to be read with NUL', time({ input_format: '%Y\0' }), /NUL/],
  [
    'a key that is too long',
    time({ output_format: `%Y${'x'.repeat(247)}` }),
    /not 251/,
  ],
  ['words of the locale', time({ output_format: '%c' }), /has %c/],
  ['another placeholder', time({ output_format: '{year}' }), /placeholder/],
  ['a year twice', time({ input_format: '%Y %Y' }), /directive twice/],
  ['a percent sign before it', time({ input_format: '%%%Y %Y' }), /twice/],
])('is started by hand only: %s', (_what, encoded, message) => {
  const { definition, problems } = compile({
    timetable: onPartitions({ default_partition_mapper: encoded }),
  });
  expect(definition).toMatchObject({ partitioned: true, schedules: [] });
  expect(problems).toMatchObject([
    { unscheduled: true, message: expect.stringMatching(message) },
  ]);
});
