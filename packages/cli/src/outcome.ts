import type {
  ApiProblem,
  MaestroResponseError,
} from '@maestro/plugin-maestro-common';

/** Exit codes; scripts rely on them, so a number never changes its meaning. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  notAllowed: 5,
} as const;

/** What `maestro --help` says about them. */
export const EXIT_CODES_HELP = `Exit codes:
  0  done
  1  the thing failed: a failed run, an invalid file, a connection that does not answer
  2  wrong usage, or a value that Maestro refuses
  3  not found
  4  Maestro does not answer
  5  not allowed
  130, 143  ended by Ctrl-C or TERM`;

/** A failure that is told as one sentence and ends with its own exit code. */
export class CommandError extends Error {
  readonly name = 'CommandError';

  constructor(
    readonly exitCode: number,
    message: string,
    readonly problems: readonly ApiProblem[] = [],
  ) {
    super(message);
  }
}

/**
 * What an error of any origin means for the one who typed the command. Errors
 * are told apart by name: the halves of the command that are loaded later have
 * classes of their own.
 */
export function explain(error: unknown): CommandError {
  const { name, message } = error as Error;
  switch (name) {
    case 'CommandError':
      return error as CommandError;
    case 'MaestroUnreachableError':
      return new CommandError(
        EXIT.unreachable,
        `${message}. Is the portal running (npm start)?`,
      );
    default:
  }
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return new CommandError(
      EXIT.unreachable,
      `Maestro broke off in the middle of an answer: ${message}`,
    );
  }
  const { statusCode, problems } = error as Partial<MaestroResponseError>;
  if (statusCode !== undefined) {
    return new CommandError(codeOfStatus(statusCode), message, problems);
  }
  // Errors of Backstage, which the engine throws without a server in between.
  if (name === 'InputError') {
    return new CommandError(EXIT.usage, message, problems);
  }
  if (name === 'NotFoundError') return new CommandError(EXIT.notFound, message);
  // Of the sources of a pipeline: a link that leads out, a folder too large.
  if (name === 'SourceProblem') {
    const { problem } = error as unknown as { problem: ApiProblem };
    return new CommandError(EXIT.failed, message, [problem]);
  }
  return new CommandError(EXIT.failed, message ?? String(error));
}

function codeOfStatus(status: number): number {
  if (status === 404) return EXIT.notFound;
  if (status === 401 || status === 403) return EXIT.notAllowed;
  // A portal that starts, or a proxy whose portal is away.
  if (status >= 502 && status <= 504) return EXIT.unreachable;
  if (status === 400 || status === 413 || status === 422) return EXIT.usage;
  return EXIT.failed;
}

/** An error as it is shown: one sentence, then what is wrong place by place. */
export function errorText({ message, problems }: CommandError): string {
  // Some messages name their problems themselves.
  const others = problems.filter(problem => !message.includes(problem.message));
  const lines = others.map(problem => {
    const place = [problem.file, problem.line, problem.column]
      .filter(part => part !== undefined)
      .join(':');
    const expected = problem.expected ? ` (expected ${problem.expected})` : '';
    const where = [place, problem.path].filter(Boolean).join(': ');
    return `  ${where}${where ? ': ' : ''}${problem.message}${expected}`;
  });
  return [`maestro: ${message}`, ...lines].join('\n');
}
