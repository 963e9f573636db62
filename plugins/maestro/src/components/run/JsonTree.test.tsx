import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { JsonTree } from './JsonTree';

const shown = () => document.body.textContent;

describe('JsonTree', () => {
  it.each([
    [1, '1'],
    [0, '0'],
    [true, 'true'],
    [null, 'null'],
    ['', ''],
    ['two\nlines', 'two\nlines'],
    [[], '[…] 0 items'],
    [{}, '{…} 0 fields'],
    [{ a: '<b>' }, '▾ { 1 fielda: "<b>"}'],
    [[[1]], '▾ [ 1 item▾ 0: [ 1 item0: 1]]'],
  ])('shows %j', (value, expected) => {
    render(<JsonTree value={value} />);
    expect(shown()).toBe(expected);
  });

  it('folds what is deep, until somebody opens it', async () => {
    render(<JsonTree value={{ a: { b: { c: { d: 'deep' } } } }} />);
    expect(shown()).not.toContain('deep');
    await userEvent.click(screen.getByRole('button', { name: /^▸ c:/ }));
    expect(shown()).toContain('d: "deep"');
  });

  it('draws a hundred of many at a time', async () => {
    render(<JsonTree value={Array.from({ length: 250 }, (_, i) => i)} />);
    expect(screen.getAllByRole('listitem')).toHaveLength(101);
    await userEvent.click(
      screen.getByRole('button', { name: '100 more of 150' }),
    );
    await userEvent.click(
      screen.getByRole('button', { name: '50 more of 50' }),
    );
    expect(screen.getAllByRole('listitem')).toHaveLength(250);
  });

  it('cuts a long text', async () => {
    render(<JsonTree value={{ text: 'x'.repeat(5_000) }} />);
    expect(shown()!.length).toBeLessThan(500);
    await userEvent.click(
      screen.getByRole('button', { name: 'all 5000 characters' }),
    );
    expect(shown()!.length).toBeGreaterThan(5_000);
  });

  it('survives names that objects have by themselves', () => {
    render(<JsonTree value={JSON.parse('{"__proto__":1,"constructor":2}')} />);
    expect(shown()).toContain('__proto__: 1');
    expect(shown()).toContain('constructor: 2');
  });
});
