import { LogLines } from './logLines';

function collector() {
  const parts: Buffer[] = [];
  const lines = new LogLines(async bytes => void parts.push(bytes));
  return { lines, text: () => Buffer.concat(parts).toString('latin1') };
}

it('keeps lines whole when two logs come at once in pieces', async () => {
  const { lines, text } = collector();
  await lines.add('a | ', Buffer.from('one '));
  await lines.add('b | ', Buffer.from('x\ny'));
  await lines.add('a | ', Buffer.from('line\n\nlast'));
  await lines.endAll();
  expect(text()).toBe('b | x\na | one line\na | \na | last\nb | y\n');
});

it('leaves bytes that are no text as they are', async () => {
  const { lines, text } = collector();
  await lines.add('a|', Buffer.from([0xff, 0x00, 0x80, 0x0a]));
  expect(text()).toBe('a|\xff\x00\x80\n');
});

it('shows a line without end in parts instead of keeping it for ever', async () => {
  const { lines, text } = collector();
  for (let i = 0; i < 5; i++) await lines.add('a|', Buffer.alloc(40_000, 'x'));
  expect(text().length).toBeGreaterThan(190_000);
  await lines.end('a|');
  expect(text().match(/x/g)).toHaveLength(200_000);
});

it('puts the prefix before each line that one is shown as', async () => {
  const parts: Buffer[] = [];
  const lines = new LogLines(
    async bytes => void parts.push(bytes),
    line =>
      Buffer.from(line.toString().replaceAll(',', '\n').replace('-\n', '')),
  );
  await lines.add('a | ', Buffer.from('x,y\n-\nz,'));
  await lines.endAll();
  expect(Buffer.concat(parts).toString()).toBe('a | x\na | y\na | z\na | \n');
});
