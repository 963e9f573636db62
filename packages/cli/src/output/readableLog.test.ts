import { ReadableLog } from './readableLog';

async function shown(...pieces: (string | Buffer)[]) {
  const parts: Buffer[] = [];
  const log = new ReadableLog(async bytes => void parts.push(bytes));
  for (const piece of pieces) await log.add(Buffer.from(piece));
  await log.end();
  return Buffer.concat(parts).toString('latin1');
}

const record = (event: string, rest: object = {}) =>
  JSON.stringify({
    timestamp: '2026-11-27T13:40:01.5Z',
    level: 'info',
    event,
    ...rest,
  });

it('shows records as text, between lines that stay as they are', async () => {
  expect(
    await shown(
      `plain\n${record('done', { n: 3 })}\n{no json\n${record('bad', {
        level: 'error',
        error_detail: [{ exc_type: 'KeyError', exc_value: 'k', frames: [] }],
      })}\n`,
    ),
  ).toBe(
    'plain\n2026-11-27 13:40:01 done n=3\n{no json\n2026-11-27 13:40:01 ERROR bad\n  KeyError: k\n',
  );
});

it('has titles for groups', async () => {
  expect(
    await shown(
      `${record('::group::Rows')}\n${record('a')}\n${record('::endgroup::')}\n`,
    ),
  ).toBe(
    Buffer.from(
      '2026-11-27 13:40:01 ── Rows\n2026-11-27 13:40:01 a\n',
    ).toString('latin1'),
  );
});

it('takes a log in pieces of any size', async () => {
  const whole = `x {"\n${record('ü "q"')}\n\n{}\n`;
  const bytes = Buffer.from(whole);
  const one = await shown(bytes);
  expect(one).toContain('13:40:01 \xc3\xbc "q"\n\n{}\n');
  expect(await shown(...Array.from(bytes, byte => Buffer.from([byte])))).toBe(
    one,
  );
});

it('leaves bytes that are no text, and the end of a log, as they are', async () => {
  expect(await shown(Buffer.from([0xff, 0x00]), 'no end')).toBe(
    '\xff\x00no end',
  );
  expect(await shown('{"cut')).toBe('{"cut');
});

it('shows the last record also when its line has no end', async () => {
  expect(await shown(record('x'))).toBe('2026-11-27 13:40:01 x\n');
});

it('does not keep a line without end for ever', async () => {
  const text = await shown(
    `{${'x'.repeat(1_100_000)}`,
    `${'y'.repeat(10)}\n${record('z')}\n`,
  );
  expect(text.length).toBe(1_100_001 + 11 + '2026-11-27 13:40:01 z\n'.length);
});

it('gives on at once what is no record', async () => {
  const parts: string[] = [];
  const log = new ReadableLog(async bytes => void parts.push(bytes.toString()));
  await log.add(Buffer.from('10 %\r20 %'));
  expect(parts).toEqual(['10 %\r20 %']);
});
