import { render, screen } from '@testing-library/react';
import { PathChip } from './PathChip';

it('says which way a task of Airflow takes, and why', () => {
  const { rerender, container } = render(
    <PathChip task={{ airflowPath: { path: 'native' } }} />,
  );
  expect(screen.getByText('Without Python')).toBeInTheDocument();
  const airflowPath = { path: 'python', reason: 'it is mapped' } as const;
  rerender(<PathChip task={{ airflowPath }} />);
  expect(
    screen.getByTitle('A process with Airflow in it: it is mapped'),
  ).toHaveTextContent('Python of Airflow');
  rerender(<PathChip task={{ airflowPath, airflowPod: { python: 'p' } }} />);
  expect(
    screen.getByTitle('A pod with the Airflow of its image: it is mapped'),
  ).toHaveTextContent('Python of Airflow, in a pod');
  rerender(<PathChip task={{}} />);
  expect(container).toBeEmptyDOMElement();
});
