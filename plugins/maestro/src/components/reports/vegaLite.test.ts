import { createTheme } from '@material-ui/core/styles';
import {
  readVegaLite,
  refusingLoader,
  tellingLogger,
  vegaLiteConfig,
} from './vegaLite';

describe('readVegaLite', () => {
  const read = (spec: object) => readVegaLite(JSON.stringify(spec)) as any;

  it('lets a single chart fill the page, and leaves what has a width', () => {
    expect(read({ mark: 'bar' }).width).toBe('container');
    expect(read({ layer: [] }).width).toBe('container');
    expect(read({ mark: 'bar', width: 120 }).width).toBe(120);
  });

  it('leaves charts of charts to their own widths', () => {
    expect(read({ hconcat: [] }).width).toBeUndefined();
    expect(
      read({ mark: 'bar', encoding: { column: { field: 'a' } } }).width,
    ).toBeUndefined();
  });
});

describe('refusingLoader', () => {
  const loader = refusingLoader();
  const context = { context: 'image' } as Parameters<typeof loader.sanitize>[1];

  it.each([
    'https://spy.example',
    '//spy.example',
    '/api/maestro/pipelines',
    'data:text/html,<script>',
    'vbscript:0',
  ])('refuses %s', async uri => {
    await expect(loader.load(uri)).rejects.toThrow('is not loaded');
    await expect(loader.sanitize(uri, context)).rejects.toThrow(
      'is not loaded',
    );
  });

  it('lets an image in that is part of the report', async () => {
    const href = 'data:image/png;base64,AAAA';
    await expect(loader.sanitize(href, context)).resolves.toEqual({ href });
  });
});

it('tells errors and warnings in words', () => {
  const told: string[] = [];
  const logger = tellingLogger(message => told.push(message));
  logger.warn('Odd', 3).error('Failed:', new Error('why')).info('no matter');
  expect(told).toEqual(['Odd 3', 'Failed: why']);
});

it("has words in the page's colours, in light and dark", () => {
  for (const type of ['light', 'dark'] as const) {
    const theme = createTheme({ palette: { type } });
    expect(vegaLiteConfig(theme)).toMatchObject({
      background: 'transparent',
      title: { color: theme.palette.text.primary },
      axis: { labelColor: theme.palette.text.secondary },
    });
  }
});
