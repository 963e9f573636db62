import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  searchApiRef,
  SearchContextProvider,
} from '@backstage/plugin-search-react';
import { pipelineOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { PipelineTypeFilter } from './PipelineTypeFilter';

function show(types: string[]) {
  const query = jest.fn(async () => ({ results: [] }));
  renderPage(
    <SearchContextProvider
      initialState={{ term: '', types, filters: {}, pageCursor: undefined }}
    >
      <PipelineTypeFilter />
      <span>results</span>
    </SearchContextProvider>,
    {
      api: apiOf({
        listPipelines: jest.fn(async () => ({
          items: [
            pipelineOf('b', { type: 'training' }),
            pipelineOf('a', { type: 'airflow' }),
            pipelineOf('c', { type: 'airflow' }),
          ],
        })),
      }),
      apis: [[searchApiRef, { query }]],
    },
  );
  return query;
}

describe('the filter of a search for pipelines', () => {
  it('narrows it to one of the types that there are', async () => {
    const query = show(['pipeline']);
    await screen.findByText('Type of pipeline');
    await userEvent.click(screen.getByRole('button', { name: /All/ }));
    // "All" is there before the pipelines are.
    await waitFor(() =>
      expect(screen.getAllByRole('option').map(one => one.textContent)).toEqual(
        ['All', 'airflow', 'training'],
      ),
    );
    await userEvent.click(screen.getByRole('option', { name: 'airflow' }));
    expect(query).toHaveBeenLastCalledWith(
      expect.objectContaining({ filters: { pipelineType: 'airflow' } }),
      expect.anything(),
    );
  });

  it('is not there while something else is looked for', async () => {
    show(['techdocs']);
    expect(await screen.findByText('results')).toBeInTheDocument();
    expect(screen.queryByText('Type of pipeline')).toBeNull();
  });
});
