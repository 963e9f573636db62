import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  MaestroUnreachableError,
  type LogPage,
} from '@maestro/plugin-maestro-common';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { LogViewer } from './LogViewer';

jest.setTimeout(60_000);

/** A log that grows; ASCII, so bytes are characters. */
function growing(start: string) {
  const log = { text: start, end: false };
  const readLog = jest.fn(async (_id: string, query: any): Promise<LogPage> => {
    const { offset = 0, limit = 262_144 } = query;
    const size = log.text.length;
    const from = offset < 0 ? Math.max(0, size + offset) : offset;
    const text = log.text.slice(from, from + limit);
    const nextOffset = from + text.length;
    return {
      text,
      offset: from,
      nextOffset,
      size,
      end: log.end && nextOffset === size,
    };
  });
  return { log, readLog };
}

const viewer = (
  props: Partial<React.ComponentProps<typeof LogViewer>> = {},
) => (
  <LogViewer
    attemptId="a"
    live={false}
    fromEnd={false}
    records={false}
    fileName="a.log"
    {...props}
  />
);

describe('LogViewer', () => {
  it('shows new lines within a second, and that the log is complete', async () => {
    const { log, readLog } = growing('one\n');
    renderPage(viewer({ live: true }), { api: apiOf({ readLog }) });
    expect(await screen.findByText('one')).toBeInTheDocument();
    expect(screen.getByText('live')).toBeInTheDocument();
    act(() => {
      log.text += 'two\nthr';
    });
    expect(await screen.findByText('two')).toBeInTheDocument();
    log.text += 'ee\n';
    log.end = true;
    expect(await screen.findByText('three')).toBeInTheDocument();
    expect(await screen.findByText('complete ✓')).toBeInTheDocument();
    const asked = readLog.mock.calls.length;
    await act(() => new Promise(resolve => setTimeout(resolve, 1200)));
    expect(readLog).toHaveBeenCalledTimes(asked);
    // Only what is new is asked for.
    expect(readLog.mock.calls[asked - 1][1].offset).toBeGreaterThan(3);
  });

  it('draws few of many lines', async () => {
    const { log, readLog } = growing(
      Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join(''),
    );
    log.end = true;
    renderPage(viewer(), { api: apiOf({ readLog }) });
    expect(await screen.findByText('line 0')).toBeInTheDocument();
    expect(
      screen.getByRole('log').querySelectorAll('[data-index]').length,
    ).toBeLessThan(120);
  });

  it('finds a text far beyond what is loaded', async () => {
    const filler = `${'.'.repeat(99)}\n`.repeat(30_000);
    const { log, readLog } = growing(`${filler}the needle is here\nend\n`);
    log.end = true;
    renderPage(viewer(), { api: apiOf({ readLog }) });
    // Before its first page is there, nothing is to be found.
    await screen.findAllByText('.'.repeat(99));
    // At once: each key draws the page anew, which a busy machine feels.
    await userEvent.click(screen.getByLabelText('Search the log'));
    await userEvent.paste('NEEDLE');
    await userEvent.keyboard('{Enter}');
    // What is around the match is loaded after it, and the match stays shown.
    await waitFor(
      () => {
        expect(screen.getByText('needle')).toBeInTheDocument();
        expect(screen.getByText(/^1 of 1/)).toBeInTheDocument();
      },
      { timeout: 60_000 },
    );
  }, 90_000);

  it('looks for what was asked for before its first page', async () => {
    const { log, readLog } = growing('one\nthe needle\nthree\n');
    log.end = true;
    let come = () => {};
    const coming = new Promise<void>(resolve => {
      come = resolve;
    });
    renderPage(viewer(), {
      api: apiOf({
        readLog: jest.fn(async (id: string, query: any) => {
          await coming;
          return readLog(id, query);
        }),
      }),
    });
    await userEvent.click(await screen.findByLabelText('Search the log'));
    await userEvent.paste('needle');
    await userEvent.keyboard('{Enter}');
    expect(screen.getByText('searching…')).toBeInTheDocument();
    await act(async () => come());
    expect(await screen.findByText(/^1 of 1/)).toBeInTheDocument();
  });

  it.each([
    ['a gap is in the log', 'gap'],
    ['nobody knows whether one is', 'unknown'],
  ] as const)('says that %s, and why', async (_, completeness) => {
    const { readLog } = growing('one\n');
    renderPage(viewer(), {
      api: apiOf({
        readLog: jest.fn(async (id: string, query: any) => ({
          ...(await readLog(id, query)),
          gap: 'from 04:00:01, the node went away',
          completeness,
        })),
      }),
    });
    expect(await screen.findByText(completeness)).toBeInTheDocument();
    expect(
      screen.getByTitle('from 04:00:01, the node went away'),
    ).toBeInTheDocument();
  });

  it('tries again by itself when the backend is away', async () => {
    const { log, readLog } = growing('back again\n');
    log.end = true;
    let away = true;
    renderPage(viewer(), {
      api: apiOf({
        readLog: jest.fn(async (id: string, query: any) => {
          if (away) throw new MaestroUnreachableError('connection refused');
          return readLog(id, query);
        }),
      }),
    });
    expect(
      await screen.findByText('The log could not be read'),
    ).toBeInTheDocument();
    away = false;
    expect(
      await screen.findByText('back again', {}, { timeout: 10_000 }),
    ).toBeInTheDocument();
    expect(
      screen.queryByText('The log could not be read'),
    ).not.toBeInTheDocument();
  });

  it('says when a task wrote nothing', async () => {
    const { log, readLog } = growing('');
    log.end = true;
    renderPage(viewer(), { api: apiOf({ readLog }) });
    expect(
      await screen.findByText('The task wrote nothing.'),
    ).toBeInTheDocument();
  });
});
