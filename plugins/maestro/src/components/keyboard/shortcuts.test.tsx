import { fireEvent, render, screen } from '@testing-library/react';
import { useShortcuts, type Shortcut } from './shortcuts';

function Page(props: { shortcuts: Shortcut[] }) {
  useShortcuts(props.shortcuts);
  return (
    <>
      <input aria-label="field" />
      <a href="#x">link</a>
    </>
  );
}

describe('useShortcuts', () => {
  const ran: string[] = [];
  const shortcut = (keys: string, name = keys): Shortcut => ({
    keys,
    label: name,
    run: () => ran.push(name),
  });
  const press = (key: string, target: Element = document.body, init = {}) =>
    fireEvent.keyDown(target, { key, ...init });

  beforeEach(() => {
    ran.length = 0;
  });

  it('runs keys and sequences, and nothing after the page is left', () => {
    const { unmount } = render(
      <Page shortcuts={[shortcut('j'), shortcut('g p'), shortcut('p')]} />,
    );
    press('j');
    press('g');
    press('p');
    press('p');
    expect(ran).toEqual(['j', 'g p', 'p']);
    unmount();
    press('j');
    expect(ran).toHaveLength(3);
  });

  it('rests while somebody types, and leaves Ctrl and Enter on links alone', () => {
    render(<Page shortcuts={[shortcut('r'), shortcut('Enter')]} />);
    press('r', screen.getByLabelText('field'));
    press('r', document.body, { ctrlKey: true });
    press('Enter', screen.getByText('link'));
    expect(ran).toEqual([]);
    press('Enter');
    expect(ran).toEqual(['Enter']);
  });

  it('lets the inner of two with the same key act, once', () => {
    render(
      <>
        <Page shortcuts={[shortcut('r', 'outer')]} />
        <Page shortcuts={[shortcut('r', 'inner')]} />
      </>,
    );
    press('r');
    expect(ran).toEqual(['inner']);
  });
});
