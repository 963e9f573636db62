import type { LogPage } from '@maestro/plugin-maestro-common';
import { searchLog } from './searchLog';

const MIB = 1024 * 1024;

function serverOf(log: string) {
  const bytes = new TextEncoder().encode(log);
  return jest.fn(async (offset: number, limit: number): Promise<LogPage> => {
    const piece = bytes.slice(offset, offset + limit);
    return {
      text: new TextDecoder().decode(piece),
      offset,
      nextOffset: offset + piece.length,
      size: bytes.length,
      end: offset + piece.length === bytes.length,
    };
  });
}

describe('searchLog', () => {
  it('finds the line in a later page, in any case, through colours', async () => {
    const filler = `${'.'.repeat(1023)}\n`.repeat(2500);
    const log = `${filler}an \x1b[31mEr\x1b[0mROR here\nmore`;
    const read = serverOf(log);
    const progress: number[] = [];
    const found = await searchLog({
      read,
      text: 'error',
      from: 0,
      onProgress: at => progress.push(at),
    });
    expect(found).toEqual({ offset: filler.length });
    expect(read).toHaveBeenCalledTimes(3);
    expect(progress).toEqual([MIB, 2 * MIB]);
  });

  it('finds a text that two pages share', async () => {
    const log = `${'x'.repeat(MIB - 3)}needle`;
    const found = await searchLog({
      read: serverOf(log),
      text: 'needle',
      from: 0,
    });
    expect(found!.offset).toBeLessThanOrEqual(MIB - 3);
    expect(found!.offset).toBeGreaterThan(MIB - 20);
  });

  it.each([
    ['as it is', 'x\nhe said "no"', 2],
    ['escaped in JSON', 'x\n{"event":"he said \\"no\\""}', 2],
    ['at the first of both places', 'x\n\\"no\\" and "no"', 2],
  ])('finds a text %s', async (_, log, offset) => {
    const found = await searchLog({
      read: serverOf(log),
      text: '"NO"',
      orText: '\\"NO\\"',
      from: 0,
    });
    expect(found).toEqual({ offset });
  });

  it('counts bytes, not characters', async () => {
    const found = await searchLog({
      read: serverOf('äöü\nneedle'),
      text: 'needle',
      from: 0,
    });
    expect(found).toEqual({ offset: 7 });
  });

  it('ends at the end, also of an empty log', async () => {
    const read = serverOf('nothing here');
    expect(await searchLog({ read, text: 'q', from: 0 })).toBeUndefined();
    expect(read).toHaveBeenCalledTimes(1);
    expect(
      await searchLog({ read: serverOf(''), text: 'q', from: 0 }),
    ).toBeUndefined();
  });
});
