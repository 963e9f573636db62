import { render, screen } from '@testing-library/react';
import { PathChip } from './PathChip';

it('says which way a task of Airflow takes, and why', () => {
  const { rerender, container } = render(
    <PathChip path={{ path: 'native' }} />,
  );
  expect(screen.getByText('Without Python')).toBeInTheDocument();
  rerender(<PathChip path={{ path: 'python', reason: 'it is mapped' }} />);
  expect(
    screen.getByTitle('A process with Airflow in it: it is mapped'),
  ).toHaveTextContent('Python of Airflow');
  rerender(<PathChip />);
  expect(container).toBeEmptyDOMElement();
});
