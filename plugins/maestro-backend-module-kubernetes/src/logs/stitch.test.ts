import { EMPTY_STITCH, resumeTime, Stitcher, type StitchState } from './stitch';

const at = (second: number, nano = 0) =>
  `2026-11-27T01:00:${String(second).padStart(2, '0')}.${String(nano).padStart(
    9,
    '0',
  )}Z`;

/** Reads whole connections one after the other, cut into pieces of `size`. */
function read(connections: string[], size = 1000, begin?: Buffer) {
  let state: StitchState = EMPTY_STITCH;
  let text = '';
  const gaps: number[] = [];
  let sawStored = true;
  for (const connection of connections) {
    const stitcher = new Stitcher(state, begin);
    for (let i = 0; i < connection.length; i += size) {
      const piece = Buffer.from(connection.slice(i, i + size));
      const { bytes, missing } = stitcher.push(piece);
      if (missing !== undefined) gaps.push(text.length);
      text += bytes.toString();
    }
    ({ state } = stitcher);
    ({ sawStored } = stitcher);
  }
  return { text, gaps, sawStored };
}

const one = `${at(1)} one\n`;
const two = `${at(2)} two\n`;
const three = `${at(3)} three\n`;

describe.each([1, 3, 7, 1000])('in pieces of %d bytes', size => {
  it.each<[string, string[], string, number[]]>([
    ['nothing', [], '', []],
    ['one connection', [one + two], 'one\ntwo\n', []],
    ['an empty line', [`${at(1)} \n${two}`], '\ntwo\n', []],
    [
      'words that look like a time',
      [`${at(1)} ${at(2)} x\n`],
      `${at(2)} x\n`,
      [],
    ],
    ['the same again', [one + two, one + two], 'one\ntwo\n', []],
    [
      'from the last line on',
      [one + two, two + three],
      'one\ntwo\nthree\n',
      [],
    ],
    ['a line in two parts', [`${at(1)} o`, one + two], 'one\ntwo\n', []],
    ['no newline at the end', [`${one}${at(2)} end`], 'one\nend', []],
    [
      'the same instant twice',
      [`${at(1)} a\n${at(1)} b\n`, `${at(1)} a\n${at(1)} b\n${at(1)} c\n`],
      'a\nb\nc\n',
      [],
    ],
    ['rotated away in between', [one, three], 'one\nthree\n', [4]],
    [
      'rotated away within one instant',
      [`${at(1)} a\n${at(1)} b\n`, `${at(1)} b\n${two}`],
      'a\nb\ntwo\n',
      [4],
    ],
    [
      'rotated away, and a break within what is there again',
      [one, `${at(3)} `, three],
      'one\nthree\n',
      [4],
    ],
    [
      'a break behind a time',
      [one + at(2), `${one}${at(2)} `, one + two],
      'one\ntwo\n',
      [],
    ],
    ['an empty connection in between', [one, '', one + two], 'one\ntwo\n', []],
  ])('%s', (_, connections, text, gaps) => {
    expect(read(connections, size)).toMatchObject({ text, gaps });
  });
});

describe.each([1, 3, 7, 1000])(
  'a first line of ours, %d bytes a piece',
  size => {
    const begin = Buffer.from('it begins\n');
    const first = `${at(0)} it begins\n`;
    it.each<[string, string[], string, number[]]>([
      ['is no part of the log', [first + one], 'one\n', []],
      ['alone', [first], '', []],
      ['and a break behind it', [first, first + one], 'one\n', []],
      ['and a break within it', [`${at(0)} it b`, first + one], 'one\n', []],
      ['and a break within its time', [at(0), first + one], 'one\n', []],
      ['a second one is the task’s', [first + first], 'it begins\n', []],
      ['is rotated away', [one + two], 'one\ntwo\n', [0]],
      [
        'and a line that begins like it',
        [`${at(1)} it bee\n`],
        'it bee\n',
        [0],
      ],
      ['and all behind it is rotated away', [first, two], 'two\n', [0]],
    ])('%s', (_, connections, text, gaps) => {
      expect(read(connections, size, begin)).toMatchObject({ text, gaps });
    });
  },
);

it('says when the end of what is stored was not seen again', () => {
  expect(read([one, '']).sawStored).toBe(false);
  expect(read([one, one]).sawStored).toBe(true);
});

it('takes the words of a node for what they are', () => {
  expect(() =>
    new Stitcher(EMPTY_STITCH).push(
      Buffer.from(
        'unable to retrieve container logs for containerd://4711, which is gone',
      ),
    ),
  ).toThrow('the node says: unable to retrieve');
});

it('resumes a second early, in whole seconds', () => {
  expect(resumeTime(EMPTY_STITCH)).toBeUndefined();
  expect(resumeTime({ ...EMPTY_STITCH, lastTime: at(5, 999_999_999) })).toBe(
    '2026-11-27T01:00:04Z',
  );
});
