import { fork } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fence } from '../../launcher/fence.mjs';
import { lastLineAs } from '../../launcher/lastLine.mjs';
import { outcomeOf, readOutputs } from '../../launcher/outcome.mjs';
import { lineReader } from '../../launcher/protocol.mjs';

let dir: string;

beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'maestro-parts-')));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

describe('lines', () => {
  function read(chunks: Buffer[]) {
    const got: unknown[] = [];
    const failures: string[] = [];
    const take = lineReader(
      (message: unknown) => got.push(message),
      (error: Error) => failures.push(error.message),
    );
    chunks.forEach(chunk => take(chunk));
    return { got, failures };
  }

  it('are put together however they are cut, also inside a character', () => {
    const bytes = Buffer.from('{"a":"ü"}\n{"b":1}\n{"c"');
    const { got } = read([...bytes].map(byte => Buffer.from([byte])));
    expect(got).toEqual([{ a: 'ü' }, { b: 1 }]);
    expect(read([bytes]).got).toEqual([{ a: 'ü' }, { b: 1 }]);
  });

  it('that are no JSON end the conversation', () => {
    expect(read([Buffer.from('{"a":1}\nGET / HTTP/1.1\n{"b":1}\n')])).toEqual({
      got: [{ a: 1 }],
      failures: [expect.stringContaining('not JSON')],
    });
  });

  it('without end are not kept in memory', () => {
    const { got, failures } = read(
      Array.from({ length: 40 }, () => Buffer.alloc(1024 * 1024, 'x')),
    );
    expect(got).toEqual([]);
    expect(failures).toHaveLength(1);
  });
});

describe('outcome', () => {
  it('is lost when no exit code is known', () => {
    expect(
      outcomeOf({ end: undefined, reason: undefined, outputs: {} }),
    ).toMatchObject({ result: 'failed', failure: 'lost' });
  });

  it('is what the launcher ended it for, whatever the task says then', () => {
    expect(
      outcomeOf({
        end: { code: 0 },
        reason: { failure: 'cancelled', message: 'why' },
        outputs: { text: '{}' },
      }),
    ).toEqual({
      result: 'failed',
      failure: 'cancelled',
      message: 'why',
      exitCode: 0,
      outputs: '{}',
    });
  });

  it('names what its shell said when that could not start it', () => {
    expect(
      outcomeOf({
        end: { said: 'sh: 1: Cannot fork' },
        reason: undefined,
        outputs: {},
      }),
    ).toMatchObject({
      failure: 'launch',
      message: expect.stringContaining('Cannot fork'),
    });
  });
});

describe('outputs', () => {
  const path = () => join(dir, 'output.json');

  it('are none when nothing was written', () => {
    expect(readOutputs(path())).toEqual({});
    writeFileSync(path(), '');
    expect(readOutputs(path())).toEqual({});
  });

  it('are not read through a link, where a task could point anywhere', () => {
    symlinkSync('/etc/passwd', path());
    expect(readOutputs(path())).toEqual({
      problem: expect.stringContaining('ELOOP'),
    });
  });

  it('are refused when they are null', () => {
    writeFileSync(path(), 'null');
    expect(readOutputs(path())).toEqual({
      problem: expect.stringContaining('JSON object'),
    });
  });
});

describe('lock', () => {
  it('is taken by exactly one of many that try at once, over a dead holder', async () => {
    const runner = join(dir, 'runner');
    mkdirSync(runner);
    writeFileSync(
      join(runner, 'lock.7'),
      JSON.stringify({ pid: 1, startTime: '0', bootId: 'another boot' }),
    );
    const script = join(dir, 'claim.mjs');
    writeFileSync(
      script,
      `import { takeLock } from ${JSON.stringify(
        join(__dirname, '../../launcher/lock.mjs'),
      )};
      import { startTimeOf, bootId } from ${JSON.stringify(
        join(__dirname, '../../launcher/processes.mjs'),
      )};
      process.once('message', () => {
        const self = { pid: process.pid, startTime: startTimeOf(process.pid), bootId: bootId() };
        process.send({ lock: takeLock(process.argv[2], self) ?? null });
        setInterval(() => {}, 1000);
      });
      process.send('ready');`,
    );
    const claimants = Array.from({ length: 6 }, () => fork(script, [runner]));
    try {
      const next = (i: number) =>
        new Promise<any>(resolve => claimants[i].once('message', resolve));
      await Promise.all(claimants.map((_, i) => next(i)));
      const answers = claimants.map((_, i) => next(i));
      claimants.forEach(claimant => claimant.send('go'));
      const locks = (await Promise.all(answers)).map(answer => answer.lock);
      expect(locks.filter(lock => lock !== null)).toEqual([
        expect.objectContaining({ generation: 8 }),
      ]);
      expect(readdirSync(runner)).toEqual(['lock.8']);
    } finally {
      claimants.forEach(claimant => claimant.kill('SIGKILL'));
    }
  }, 120_000);
});

describe('fence of a launcher that went without a word', () => {
  const DAYS_10 = 864_000;
  const fenceOf = (boot: string, now: () => number) =>
    new Fence({ runnerDir: dir, runnerId: 'test', generation: '2', boot, now });
  const left = (text: string) => writeFileSync(join(dir, 'fence'), text);

  it('counts while the host runs on', () => {
    left('1 1015 1010 20 this-boot\n');
    let now = 1_000;
    const fence = fenceOf('this-boot', () => now);
    expect(fence.isOver).toBe(false);
    now = 1_011;
    expect(fence.isOver).toBe(true);
  });

  it.each([
    ['with its boot', `1 ${DAYS_10 + 15} ${DAYS_10} 60 boot-before\n`],
    ['with its boot, of a time that comes again', '1 130 115 60 boot-before\n'],
    ['of an earlier build', `1 ${DAYS_10 + 15} ${DAYS_10} 60\n`],
  ])('says nothing after a reboot: %s', (_what, text) => {
    left(text);
    let now = 60;
    const fence = fenceOf('this-boot', () => now);
    try {
      fence.renew(20_000);
      now = 79;
      expect(fence.isOver).toBe(false);
      // Until the renewal, and not until the time since the last boot.
      now = 81;
      expect(fence.isOver).toBe(true);
      const next = fenceOf('this-boot', () => now);
      expect(next.isOver).toBe(true);
    } finally {
      fence.remove();
    }
  });
});

describe('the last line of a log', () => {
  const lastLine = (bytes: string | Buffer) => {
    const path = join(dir, 'log');
    writeFileSync(path, bytes);
    const { text, problem } = lastLineAs('return_value', path) as {
      text?: string;
      problem?: string;
    };
    return (
      problem ?? (JSON.parse(text!) as { return_value: string }).return_value
    );
  };

  // Each as `raw.decode("utf-8", errors="backslashreplace").rstrip()` of Python
  // has it, of the last line that `readline` gives.
  it.each<[string, string | Buffer, string]>([
    ['of an empty log is empty', '', ''],
    ['needs no end of line', 'a\nb', 'b'],
    ['is not what comes after its end', 'a\nb\n', 'b'],
    ['is empty when it is', 'a\n\n', ''],
    ['keeps what is before it', '  a\tb  \n', '  a\tb'],
    ['of a file with carriage returns', '10%\r20%\r\n', '10%\r20%'],
    ['loses every whitespace', 'a\u00a0\u2003\u3000\x85\x1c\n', 'a'],
    ['keeps a mark of the byte order', '\ufeffa\ufeff\n', '\ufeffa\ufeff'],
    ['keeps NUL', 'a\0b\n', 'a\0b'],
    ['of four bytes', 'ü €\u{1f600}\n', 'ü €\u{1f600}'],
    [
      'of bytes that are no text',
      Buffer.from([0x61, 0xff, 0xc3, 0x28, 0xe2, 0x82, 0x62, 0x0a]),
      'a\\xff\\xc3(\\xe2\\x82b',
    ],
    [
      'of a surrogate, of too long a form and beyond Unicode',
      Buffer.from([0xed, 0xa0, 0x80, 0xc0, 0xaf, 0xf4, 0x90, 0x80, 0x80]),
      '\\xed\\xa0\\x80\\xc0\\xaf\\xf4\\x90\\x80\\x80',
    ],
    [
      'that ends inside a character, after a good one',
      Buffer.from([0xc3, 0xbc, 0xff, 0xe2, 0x82, 0xac, 0xf0, 0x9f]),
      'ü\\xff€\\xf0\\x9f',
    ],
    [
      'across what is read at once',
      `x\n${'ab'.repeat(5000)}\n`,
      'ab'.repeat(5000),
    ],
    [
      'that begins where a piece does',
      `${'x'.repeat(9)}\n${'y'.repeat(4096)}`,
      'y'.repeat(4096),
    ],
    [
      'that begins just behind one',
      `${'x'.repeat(9)}\n${'y'.repeat(4095)}\n`,
      'y'.repeat(4095),
    ],
  ])('%s', (_, bytes, expected) => {
    expect(lastLine(bytes)).toBe(expected);
  });

  it('may be as long as outputs may, as JSON', () => {
    const room = 256 * 1024 - JSON.stringify({ return_value: '' }).length;
    const tooLong =
      /^the last line that it printed has more than 262144 bytes as an output: /;
    expect(lastLine(`a\n${'x'.repeat(room)}\n`)).toHaveLength(room);
    expect(lastLine(`a\n${'x'.repeat(room + 1)}\n`)).toMatch(tooLong);
    expect(lastLine(`a\n${'\0'.repeat(50_000)}\n`)).toMatch(tooLong);
    expect(lastLine('x'.repeat(3_000_000))).toMatch(tooLong);
  });

  // A look for whitespace that begins anew at each space takes minutes, in
  // which the only launcher answers nobody.
  it('with any number of spaces in the middle is read at once', () => {
    const line = `${' '.repeat(262_000)}x`;
    expect(lastLine(`${line}\n`)).toBe(line);
    expect(lastLine(`x${' '.repeat(262_000)}\n`)).toBe('x');
  }, 120_000);

  it('of a log that is away, or a link, is a problem', () => {
    symlinkSync('/etc/passwd', join(dir, 'link'));
    for (const name of ['link', 'away']) {
      expect(lastLineAs('x', join(dir, name))).toEqual({
        problem: expect.stringMatching(/^its log cannot be read/),
      });
    }
  });
});
