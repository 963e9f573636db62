import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { EntityProvider } from '@backstage/plugin-catalog-react';
import type {
  AirflowDagDefinition,
  PipelineVersion,
} from '@maestro/plugin-maestro-common';
import { definitionOf, detailOf, NOW } from '../../__testUtils__/fixtures';
import {
  apiOf,
  currentAddress,
  renderPage,
} from '../../__testUtils__/renderPage';
import { CodeTab } from '../code/CodeTab';
import { SlaCard } from './cards';
import { DagCard } from './DagCard';

const entity = {
  apiVersion: 'maestro.dev/v1alpha1',
  kind: 'Pipeline',
  metadata: { name: 'flights', namespace: 'default' },
};

function dagOf(rest: Partial<AirflowDagDefinition> = {}) {
  const definition = definitionOf(['load -> report'], {
    name: 'flights',
    airflow: {
      dagId: 'flights',
      source: 'ml',
      file: 'flights.py',
      environment: 'default',
      ...rest,
    },
  });
  definition.tasks[0].airflow = { operator: 'BashOperator', line: 2 };
  definition.tasks[1].airflow = {
    operator: 'BashOperator',
    line: 1,
    file: 'factory.py',
  };
  return definition;
}

function show(
  content: JSX.Element,
  rest: Partial<AirflowDagDefinition> = {},
  at = '/',
  detail: Parameters<typeof detailOf>[1] = {},
) {
  const definition = dagOf(rest);
  renderPage(<EntityProvider entity={entity}>{content}</EntityProvider>, {
    at,
    path: '/',
    api: apiOf({
      getPipeline: jest.fn(async (name: string) =>
        detailOf(name, { definition, ...detail }),
      ),
      getPipelineVersion: jest.fn(
        async (_name: string, number: number): Promise<PipelineVersion> => ({
          number,
          hash: 'a'.repeat(64),
          createdAt: NOW,
          definition,
          files: [
            { path: 'factory.py', size: 5, content: 'make()' },
            {
              path: 'flights.py',
              size: 9,
              content: 'import x\nload = BashOperator()\n',
            },
          ],
        }),
      ),
    }),
  });
}

describe('the card of a DAG', () => {
  it('shows its docs as Markdown, and its file', async () => {
    show(<DagCard />, { docs: '# Delays\n\nof **flights**' });
    expect(
      await screen.findByRole('heading', { name: 'Delays' }),
    ).toBeInTheDocument();
    expect(screen.getByText('environment default')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('link', { name: 'flights.py' }));
    expect(currentAddress()).toContain('/code?version=3&file=flights.py');
  });

  it('says how to have docs where there are none', async () => {
    show(<DagCard />);
    expect(await screen.findByText(/No docs/)).toBeInTheDocument();
  });

  it('shows a few notes with their lines, and all on demand', async () => {
    const notes = [1, 2, 3, 4].map(line => ({
      line,
      message: `note ${line}`,
      ...(line === 2 ? { file: 'factory.py' } : {}),
    }));
    show(<DagCard />, { notes: [...notes, { message: 'no place' }] });
    expect(await screen.findByText(/5 notes/)).toBeInTheDocument();
    expect(screen.queryByText(/no place/)).toBeNull();
    expect(
      screen.getByRole('link', { name: 'factory.py, line 2' }),
    ).toHaveAttribute(
      'href',
      expect.stringContaining('file=factory.py&line=2'),
    );
    await userEvent.click(screen.getByRole('button', { name: 'All 5' }));
    expect(screen.getByText(/no place/)).toBeInTheDocument();
  });
});

it('says how a DAG gets a deadline, in the words of its file', async () => {
  show(<SlaCard />, {}, '/', { slaMs: undefined });
  expect(await screen.findByText('sla=timedelta(hours=1)')).toBeInTheDocument();
});

describe('the code of a DAG', () => {
  it('opens the DAG file, not the first one', async () => {
    show(<CodeTab />);
    expect(await screen.findByLabelText('flights.py')).toBeInTheDocument();
  });

  it('jumps to the line of a task, also in another file', async () => {
    show(<CodeTab />);
    const tasks = await screen.findByRole('navigation', { name: 'Tasks' });
    expect(tasks).toHaveTextContent(/loadline 2/);
    await userEvent.click(screen.getByText('line 1 of factory.py'));
    expect(await screen.findByLabelText('factory.py')).toBeInTheDocument();
    expect(currentAddress()).toBe('/?version=3&file=factory.py&line=1');
  });

  it.each(['0', '-1', 'x', '99999'])(
    'survives the line %s of an address',
    async line => {
      show(<CodeTab />, {}, `/?file=flights.py&line=${line}`);
      expect(await screen.findByLabelText('flights.py')).toBeInTheDocument();
    },
  );

  it('shows the definition where the address names no file of it', async () => {
    show(<CodeTab />, {}, '/?file=gone.py');
    expect(await screen.findByLabelText('definition.json')).toBeInTheDocument();
  });
});
