import type {
  PipelineDefinition,
  ScheduleDefinition,
} from '../pipeline/definition';
import golden from '../partitions/partitionKeys.golden.json';
import { askedPartition, partitionOfDue } from './partitions';
import { dueRange, dueTimes } from './timetable';

const scheduleOf = (
  of: (typeof golden.cron)[number],
): ScheduleDefinition & { partition: object } => ({
  id: 'default',
  cron: of.cron,
  timezone: of.timezone,
  catchup: false,
  interval: { lengthMs: 0 },
  partition: { offset: of.offset, format: of.format },
});
const pipeline = (schedules: ScheduleDefinition[] = []) =>
  ({
    name: 'p',
    partitioned: true,
    schedules,
  } as unknown as PipelineDefinition);

// The table is Airflow's own: test/airflow/partitionKeys.py.
describe('the partition of a due time', () => {
  it.each(golden.cron)(
    '$cron $timezone, $offset behind: $partition.key',
    of => {
      expect(partitionOfDue(scheduleOf(of), of.due)).toStrictEqual(
        of.partition,
      );
    },
  );

  it.each(golden.cron)('a key by hand: $asked.key', of => {
    const { key, date } = of.asked;
    const refused = {
      reason: 'invalid_key',
      problem: expect.stringContaining(key),
    };
    const expected = date === null ? refused : { partition: { key, date } };
    expect(askedPartition(pipeline([scheduleOf(of)]), key)).toStrictEqual(
      expected,
    );
  });

  it.each([-2, -1, 1, 3])(
    'a range of partitions is that of the due times that make them: %d',
    offset => {
      const schedule = { ...scheduleOf(golden.cron[0]) };
      schedule.partition = { offset, format: '%Y-%m-%dT%H' };
      const range = dueRange(schedule, {
        from: Date.UTC(2025, 0, 1, 5, 30),
        to: Date.UTC(2025, 0, 1, 9),
      })!;
      expect(
        dueTimes(schedule, range.from - 1, range.to, 99).map(
          due => partitionOfDue(schedule, due)!.key,
        ),
      ).toStrictEqual(
        ['06', '07', '08', '09'].map(hour => `2025-01-01T${hour}`),
      );
      expect(dueRange(schedule, { from: 1, to: 2 })).toBeUndefined();
    },
  );

  it('there is none without a word of partitions', () => {
    const { partition, ...plain } = scheduleOf(golden.cron[0]);
    expect(partitionOfDue(plain, 0)).toBeUndefined();
  });
});

describe('a key by hand', () => {
  it.each(['us', 'x'.repeat(250), '📦'.repeat(250)])('%j', key => {
    expect(askedPartition(pipeline(), key)).toStrictEqual({
      partition: { key },
    });
  });

  it.each([
    ['', /must not be empty/],
    [' \t', /must not be empty/],
    ['x'.repeat(251), /at most 250 characters, not 251/],
    ['📦'.repeat(251), /at most 250 characters, not 251/],
    ['a\0', /NUL/],
  ])('is refused: %j', (key, problem) => {
    expect(askedPartition(pipeline(), key)).toStrictEqual({
      reason: 'invalid_key',
      problem: expect.stringMatching(problem),
    });
  });

  it('is refused where runs have none', () => {
    expect(
      askedPartition({ ...pipeline(), partitioned: undefined }, 'us'),
    ).toStrictEqual({
      reason: 'not_partitioned',
      problem:
        'Pipeline "p" is not partitioned: its runs take no partition key',
    });
  });
});
