import { act, fireEvent, render, screen } from '@testing-library/react';
import { MemoryRouter, useLocation } from 'react-router-dom';
import { createTheme, ThemeProvider } from '@material-ui/core/styles';
import { RiTimeFill } from '@remixicon/react';
import { useState } from 'react';
import { BreakableName } from './BreakableName';
import { FilterField } from './FilterField';
import { Problem } from './Problem';
import { statusColors, StatusWord } from './StatusWord';
import { useAddressParam } from './useAddressParam';

describe('BreakableName', () => {
  it('may break behind separators only, and stays one text', () => {
    const { container } = render(
      <BreakableName name="weather_by-origin/v2.parquet" />,
    );
    expect(container.innerHTML).toBe(
      'weather_<wbr>by-<wbr>origin/<wbr>v2.<wbr>parquet',
    );
    expect(container).toHaveTextContent(/^weather_by-origin\/v2\.parquet$/);
  });
});

describe('FilterField', () => {
  const changes: string[] = [];
  function Filter() {
    const [value, setValue] = useState('');
    return (
      <>
        <FilterField
          label="Filter models"
          value={value}
          onChange={text => {
            changes.push(text);
            setValue(text);
          }}
        />
        <button onClick={() => setValue('')}>back</button>
      </>
    );
  }

  beforeEach(() => {
    changes.length = 0;
    jest.useFakeTimers();
    render(<Filter />);
  });
  afterEach(() => jest.useRealTimers());

  const wait = (ms: number) => act(() => jest.advanceTimersByTime(ms));

  it('asks once for a word that is typed, and again when it is emptied', () => {
    const field = screen.getByLabelText('Filter models');
    for (const value of ['l', 'la', 'late']) {
      fireEvent.change(field, { target: { value } });
      wait(100);
    }
    expect(changes).toEqual([]);
    wait(250);
    expect(changes).toEqual(['late']);
    fireEvent.keyDown(field, { key: 'Escape' });
    wait(250);
    expect(changes).toEqual(['late', '']);
  });

  it('keeps what is typed while the page takes over what was typed before', () => {
    const field = screen.getByLabelText('Filter models');
    fireEvent.change(field, { target: { value: 'la' } });
    // One step: the next key is there before what the page makes of the last.
    act(() => {
      jest.advanceTimersByTime(250);
      fireEvent.change(field, { target: { value: 'lat' } });
    });
    expect(field).toHaveValue('lat');
    wait(250);
    expect(changes).toEqual(['la', 'lat']);
    // Somebody else changes it.
    fireEvent.click(screen.getByText('back'));
    expect(field).toHaveValue('');
    wait(250);
    expect(changes).toEqual(['la', 'lat']);
  });

  it('is reached by "/", unless somebody types elsewhere', () => {
    const field = screen.getByLabelText('Filter models');
    const other = document.createElement('textarea');
    document.body.append(other);
    fireEvent.keyDown(other, { key: '/' });
    expect(field).not.toHaveFocus();
    fireEvent.keyDown(document.body, { key: '/' });
    expect(field).toHaveFocus();
    other.remove();
  });
});

it('a status has a word, seen or heard, and a colour for its ground', () => {
  for (const type of ['light', 'dark'] as const) {
    const { container, unmount } = render(
      <ThemeProvider theme={createTheme({ palette: { type } })}>
        <StatusWord icon={RiTimeFill} color={statusColors.amber} word="stale" />
        <StatusWord
          icon={RiTimeFill}
          color={statusColors.amber}
          word="expired"
          iconOnly
        />
      </ThemeProvider>,
    );
    expect(screen.getByText('stale')).toBeInTheDocument();
    expect(screen.getByRole('img', { name: 'expired' })).toBeInTheDocument();
    expect(container.querySelector('svg')).toHaveAttribute(
      'fill',
      statusColors.amber[type],
    );
    unmount();
  }
});

it.each([
  [
    new Error('Request failed with 503', {
      cause: new Error('MLflow is away; set mlflow.baseUrl'),
    }),
    'MLflow is away; set mlflow.baseUrl',
  ],
  [
    Object.assign(new Error('Failed to fetch'), { name: 'TypeError' }),
    /backend does not answer/,
  ],
  [new Error('plain'), 'plain'],
  ['words', 'words'],
])('a problem tells the cause of %s, and is tried again', (error, words) => {
  const onRetry = jest.fn();
  render(<Problem title="Not read" error={error} onRetry={onRetry} />);
  expect(screen.getByText(words)).toBeInTheDocument();
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(onRetry).toHaveBeenCalledTimes(1);
});

it('a part of the page keeps the rest of the address', () => {
  function Part() {
    const [open, setOpen] = useAddressParam('open');
    const { search } = useLocation();
    return (
      <>
        <output>{search}</output>
        <button onClick={() => setOpen(open ? '' : 'a/b c')}>switch</button>
      </>
    );
  }
  render(
    <MemoryRouter initialEntries={['/mlflow?filter=late']}>
      <Part />
    </MemoryRouter>,
  );
  const address = () => screen.getByRole('status').textContent;
  fireEvent.click(screen.getByText('switch'));
  expect(address()).toBe('?filter=late&open=a%2Fb+c');
  fireEvent.click(screen.getByText('switch'));
  expect(address()).toBe('?filter=late');
});
