import { fireEvent, screen, waitFor } from '@testing-library/react';
import { detailOf, runOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { MaestroPage } from '../layout/MaestroPage';
import { TriggerDialog } from './TriggerDialog';

describe('what a run is started with by hand', () => {
  const open = (slaMs?: number, more: object = {}, partitionKey?: string) => {
    const run = runOf();
    const triggerRun = jest.fn(async () => ({ ...run, created: true }));
    renderPage(
      <MaestroPage embedded>
        <TriggerDialog
          pipeline="p"
          partitionKey={partitionKey}
          onClose={() => {}}
        />
      </MaestroPage>,
      {
        api: apiOf({
          getPipeline: jest.fn(async () => ({
            ...detailOf('p'),
            definition: {
              ...run.definition,
              params: undefined,
              slaMs,
              ...more,
            },
          })),
          triggerRun,
        }),
      },
    );
    return triggerRun;
  };
  const start = () =>
    fireEvent.click(screen.getByRole('button', { name: 'Start run' }));

  it('the SLA is offered with its length, and asked for', async () => {
    const triggerRun = open(7_200_000);
    fireEvent.click(await screen.findByLabelText(/done within 2 h from now/));
    start();
    await waitFor(() =>
      expect(triggerRun).toHaveBeenCalledWith(
        'p',
        expect.objectContaining({ sla: true }),
      ),
    );
  });

  it('the SLA is not asked for by itself', async () => {
    const triggerRun = open(7_200_000);
    await screen.findByLabelText(/Hold it to the SLA/);
    start();
    await waitFor(() => expect(triggerRun).toHaveBeenCalled());
    expect(triggerRun).toHaveBeenCalledWith(
      'p',
      expect.not.objectContaining({ sla: true }),
    );
  });

  it('no SLA is offered where the pipeline has none', async () => {
    open();
    expect(await screen.findByLabelText('Note')).toBeInTheDocument();
    expect(screen.queryByLabelText(/SLA/)).toBeNull();
  });

  it('a partition key is asked for where runs have one', async () => {
    const triggerRun = open(undefined, { partitioned: true });
    fireEvent.change(await screen.findByLabelText('Partition key'), {
      target: { value: 'us' },
    });
    start();
    await waitFor(() =>
      expect(triggerRun).toHaveBeenCalledWith(
        'p',
        expect.objectContaining({ partitionKey: 'us' }),
      ),
    );
  });

  it('says how a key is written where due times make it', async () => {
    const partition = { offset: 0, format: '%Y-%m-%d' };
    open(undefined, {
      partitioned: true,
      schedules: [
        { id: 'default', timezone: 'UTC', catchup: false, partition },
      ],
    });
    expect(await screen.findByText(/a date as %Y-%m-%d;/)).toBeInTheDocument();
  });

  it('no partition key is asked for where they have none', async () => {
    open();
    expect(await screen.findByLabelText('Note')).toBeInTheDocument();
    expect(screen.queryByLabelText('Partition key')).toBeNull();
  });

  it('a run is run again with its partition key', async () => {
    const triggerRun = open(undefined, { partitioned: true }, 'us');
    expect(await screen.findByLabelText('Partition key')).toHaveValue('us');
    start();
    await waitFor(() => expect(triggerRun).toHaveBeenCalled());
    expect(triggerRun).toHaveBeenCalledWith(
      'p',
      expect.objectContaining({ partitionKey: 'us' }),
    );
  });

  it('a run is run again without its partition key where runs have none any more', async () => {
    const triggerRun = open(undefined, {}, 'us');
    expect(await screen.findByLabelText('Note')).toBeInTheDocument();
    expect(screen.queryByLabelText('Partition key')).toBeNull();
    start();
    await waitFor(() => expect(triggerRun).toHaveBeenCalled());
    expect(triggerRun).toHaveBeenCalledWith(
      'p',
      expect.not.objectContaining({ partitionKey: expect.anything() }),
    );
  });
});
