import { WireDataSource } from '@maestro/plugin-feast-common';
import { dataSourceView, servicesByView } from './views';

const source = (rest: Partial<WireDataSource>): WireDataSource => ({
  name: 's',
  type: 'BATCH_FILE',
  description: '',
  owner: '',
  tags: {},
  timestampField: '',
  createdTimestampColumn: '',
  meta: { materializationIntervals: [] },
  ...rest,
});

describe('views', () => {
  it('shows file, table or topic, and no credentials', () => {
    const location = (rest: Partial<WireDataSource>) =>
      dataSourceView(source(rest)).location;
    expect(location({ fileOptions: { uri: 's3://key:secret@b/x@y' } })).toBe(
      's3://b/x@y',
    );
    expect(location({ bigqueryOptions: { table: 'p.d.t' } })).toBe('p.d.t');
    expect(location({ sparkOptions: { table: '', path: '/data' } })).toBe(
      '/data',
    );
    expect(location({ kafkaOptions: { topic: 'flights' } })).toBe('flights');
    expect(location({})).toBeUndefined();
  });

  it('keeps views of the same name in two projects apart', () => {
    const service = (project: string, name: string) => ({
      project,
      spec: {
        name,
        description: '',
        owner: '',
        tags: {},
        features: [
          { featureViewName: 'v', featureColumns: [] },
          { featureViewName: 'v', featureColumns: [] },
        ],
      },
      meta: { materializationIntervals: [] },
    });
    const servicesOf = servicesByView([
      service('a', 'one'),
      service('b', 'two'),
    ]);
    expect(servicesOf('a', 'v')).toEqual(['one']);
    expect(servicesOf('b', 'v')).toEqual(['two']);
    expect(servicesOf('a', 'w')).toEqual([]);
  });
});
