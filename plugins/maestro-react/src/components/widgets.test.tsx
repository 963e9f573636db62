import { act, fireEvent, render, screen } from '@testing-library/react';
import { renderInTestApp } from '@backstage/frontend-test-utils';
import { TASK_STATES } from '@maestro/plugin-maestro-common';
import { Duration } from './Duration';
import { RelativeTime } from './RelativeTime';
import { RunDots } from './RunDots';
import { SlaChip } from './SlaChip';
import { StateChip } from './StateChip';
import { StateIcon } from './StateIcon';

const NOW = Date.UTC(2026, 10, 15, 4, 0, 0);

describe('widgets', () => {
  describe('with a clock', () => {
    beforeEach(() => jest.useFakeTimers({ now: NOW }));
    afterEach(() => jest.useRealTimers());

    it('counts a live duration by the second and keeps a finished one', () => {
      render(
        <>
          <div data-which="live">
            <Duration since={NOW - 5000} />
          </div>
          <Duration ms={125_000} since={NOW} />
          <Duration />
        </>,
      );
      expect(screen.getByText('5 s')).toBeInTheDocument();
      expect(screen.getByText('2 m 05 s')).toBeInTheDocument();
      expect(screen.getByText('—')).toBeInTheDocument();
      act(() => {
        jest.advanceTimersByTime(60_000);
      });
      expect(screen.getByText('1 m 05 s')).toBeInTheDocument();
    });

    it('shows the exact time on hover', () => {
      render(<RelativeTime at={NOW - 14 * 60_000} />);
      expect(screen.getByText('14 m ago')).toHaveAttribute(
        'title',
        expect.stringMatching(/^Sun 15 Nov 2026, \d\d:46:00/),
      );
    });

    it('says what is left of a deadline, and no verdict of its own', () => {
      const { rerender } = render(
        <SlaChip state="pending" deadline={NOW + 108 * 60_000} />,
      );
      expect(screen.getByText('due in 1 h 48 m')).toBeInTheDocument();
      rerender(<SlaChip state="pending" deadline={NOW - 1} />);
      expect(screen.getByText('due now')).toBeInTheDocument();
      rerender(<SlaChip state="missed" deadline={NOW - 1} />);
      expect(screen.getByText('missed')).toBeInTheDocument();
      rerender(<SlaChip state="pending" />);
      expect(screen.getByText('not due yet')).toBeInTheDocument();
      rerender(<SlaChip named state="missed" />);
      expect(screen.getByText('SLA missed')).toBeInTheDocument();
      rerender(<SlaChip named state="at_risk" deadline={NOW + 15_000} />);
      expect(screen.getByText('SLA at risk · 15 s left')).toBeInTheDocument();
      rerender(<SlaChip state="none" />);
      expect(screen.getByText('—')).toBeInTheDocument();
      rerender(<SlaChip state="none" slaMs={7_200_000} />);
      expect(screen.getByText('within 2 h 00 m')).toBeInTheDocument();
    });
  });

  it('gives every state a shape of its own and a name', () => {
    const shapes = TASK_STATES.map(state => {
      const { container, unmount } = render(<StateIcon state={state} />);
      const svg = container.querySelector('svg')!;
      expect(svg).toHaveAccessibleName();
      const shape = svg.innerHTML;
      unmount();
      return shape;
    });
    expect(new Set(shapes).size).toBe(TASK_STATES.length);
  });

  it('says a state once, not twice, to a screen reader', () => {
    render(<StateChip state="up_for_retry" reason="exit code 1" />);
    expect(screen.getByText('waits for retry')).toBeInTheDocument();
    expect(screen.queryByRole('img')).not.toBeInTheDocument();
    expect(screen.getByTitle('exit code 1')).toBeInTheDocument();
  });

  it('links each dot to its run and previews it on hover', async () => {
    renderInTestApp(
      <RunDots
        linkTo={id => `/maestro/runs/${id}`}
        runs={[
          {
            runId: 'a',
            state: 'failed',
            stateReason: 'cancelled',
            trigger: 'manual',
            runAfter: NOW,
            durationMs: 48_000,
          },
        ]}
      />,
    );
    const dot = await screen.findByRole('link', {
      name: /^Run cancelled, .*48 s$/,
    });
    expect(dot).toHaveAttribute('href', '/maestro/runs/a');
    expect(screen.queryByText('started on request')).not.toBeInTheDocument();
    fireEvent.mouseEnter(dot);
    expect(screen.getByText('started on request')).toBeInTheDocument();
  });

  it('shows the empty strip without runs', () => {
    render(<RunDots runs={[]} linkTo={String} />);
    expect(screen.queryByRole('link')).not.toBeInTheDocument();
  });

  it('marks the runs that missed their SLA, in words too', async () => {
    const dot = (runId: string, slaState: 'met' | 'missed') => ({
      runId,
      state: 'success' as const,
      trigger: 'scheduled' as const,
      runAfter: NOW,
      durationMs: 48_000,
      slaState,
    });
    renderInTestApp(
      <RunDots
        linkTo={id => `/${id}`}
        runs={[dot('late', 'missed'), dot('punctual', 'met')]}
      />,
    );
    const links = await screen.findAllByRole('link');
    const late = links.find(link => link.getAttribute('href') === '/late')!;
    expect(late).toHaveAccessibleName(/, 48 s, SLA missed$/);
    expect(late).toHaveTextContent('!');
    const punctual = links.find(link => link !== late)!;
    expect(punctual).toHaveAccessibleName(/, 48 s$/);
    expect(punctual).not.toHaveTextContent('!');
  });
});
