import { render, screen, waitFor } from '@testing-library/react';
import { ReportView } from './ReportView';

// jsdom draws no canvas, so the widths of texts are estimated. Jest would take
// the variant for Node, which it cannot parse (await at the top of a module).
jest.mock('vega-canvas', () => ({
  canvas: () => null,
  domCanvas: () => null,
  image: () => Image,
}));

const bars = {
  $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
  data: {
    values: [
      { month: 'Jan', late: 12 },
      { month: 'Feb', late: 31 },
    ],
  },
  transform: [{ calculate: 'datum.late * 2', as: 'twice' }],
  mark: { type: 'bar', tooltip: true },
  encoding: {
    x: { field: 'month', type: 'nominal', title: 'Month of arrival' },
    y: { field: 'twice', type: 'quantitative' },
  },
};

const show = (content: unknown) =>
  render(
    <ReportView
      title="Late arrivals"
      contentType="application/vnd.vegalite.v5+json"
      content={
        {
          text: async () =>
            typeof content === 'string' ? content : JSON.stringify(content),
        } as Blob
      }
    />,
  );
const figure = () => screen.findByRole('figure', { name: 'Late arrivals' });
const bar = (month: string, twice: number) =>
  screen.findByLabelText(`Month of arrival: ${month}; twice: ${twice}`);

describe('a report in Vega-Lite', () => {
  it('is drawn, with expressions, where the page forbids eval', async () => {
    const forbidden = jest.spyOn(global, 'Function').mockImplementation(() => {
      throw new Error('eval is forbidden');
    });
    try {
      show(bars);
      expect(await bar('Jan', 24)).toBeInTheDocument();
      expect(await bar('Feb', 62)).toBeInTheDocument();
    } finally {
      forbidden.mockRestore();
    }
    expect(await figure()).toHaveTextContent('Month of arrival');
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  it('loads nothing from elsewhere and says so', async () => {
    const fetched = jest.spyOn(global, 'fetch');
    show({ ...bars, data: { url: 'https://spy.example/data.json' } });
    expect(
      await screen.findByText(
        /https:\/\/spy\.example\/data\.json is not loaded; put the data/,
      ),
    ).toBeInTheDocument();
    expect(fetched).not.toHaveBeenCalled();
    fetched.mockRestore();
  });

  it('has no link or image that leads elsewhere', async () => {
    show({
      data: { values: [{ at: 'https://spy.example/pixel.png' }] },
      mark: { type: 'image', width: 9, height: 9 },
      encoding: {
        url: { field: 'at', type: 'nominal' },
        href: { value: 'data:text/html,owned' },
      },
    });
    const chart = await figure();
    await waitFor(() => expect(chart.querySelector('image')).not.toBeNull());
    // The address stays a word for screen readers, and nothing to load.
    expect(chart.querySelector('image')).toHaveAttribute('href', '');
    expect(chart.querySelector('a')).toBeNull();
    expect(chart.innerHTML).not.toContain('owned');
  });

  it.each([
    ['{"mark": "bar"', /JSON/],
    ['[1, 2]', /is a JSON object/],
    ['{"mark": "no such mark", "data": {"values": []}}', /./],
    ['{"data": {"values": [1]}, "why": "no mark"}', /Invalid specification/],
  ])('shows %s as it is, with what is wrong', async (text, reason) => {
    show(text);
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('The chart cannot be drawn');
    expect(alert).toHaveTextContent(reason);
    await waitFor(() => expect(screen.getByText(text)).toBeInTheDocument());
  });
});
