import { BASH_CWD, type TaskDefinition } from '@maestro/plugin-maestro-common';
import { asJinjaLeavesIt } from './asJinjaLeavesIt';
import { withoutUndefined } from './withoutUndefined';

/** What a BashOperator would start, as the parse process tells it. */
export interface NativeBash {
  bash: {
    /** `bash_command=`; the content of its file, where it names one. */
    command: string;
    env?: Record<string, string> | null;
    appendEnv: boolean;
    cwd?: string | null;
    /** Exit codes with which it skips itself. */
    skipExitCodes: number[];
    /** The last line that it prints is its XCom. */
    handsOn: boolean;
    /** `owner=`. */
    owner: string;
    /** Its fields, where one of them is rendered when it runs. */
    templates?: Record<string, unknown>;
    /** Variables whose values Airflow shows to nobody, by their names. */
    hides?: string[];
  };
}

/** The fields of a task that make Maestro start the same command. */
export type LoweredBash = Pick<
  TaskDefinition,
  'command' | 'env' | 'bash' | 'skipExitCodes'
>;

/** What Linux takes as one argument or one `NAME=value`, in bytes. */
const MAX_ARGUMENT_BYTES = 128 * 1024 - 1;

/** Names that a shell hands on as they are. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names with a meaning for the shell that starts the command. */
const OF_SHELLS = new Set([
  'CDPATH',
  'ENV',
  'IFS',
  'LINENO',
  'OLDPWD',
  'OPTIND',
  'POSIXLY_CORRECT',
  'PPID',
  'PWD',
  'SHELLOPTS',
  'SHLVL',
  // The launcher gives each attempt a folder of its own.
  'TMPDIR',
  '_',
]);

/**
 * The command of a BashOperator as a task of the executor `airflow`. Pure.
 *
 * @returns why it cannot be, as a part of a sentence
 */
export function lowerBash({
  bash,
}: NativeBash): LoweredBash | { python: string } {
  const { cwd, appendEnv, skipExitCodes, owner } = bash;
  const isRendered = Object.keys(bash.templates ?? {}).length > 0;
  const finished = isRendered ? (text: string) => text : asJinjaLeavesIt;
  // An empty one replaces the environment too.
  const given = Object.entries(bash.env ?? {});
  for (const [name] of given) {
    const reason = unfitName(name);
    if (reason !== undefined) {
      return { python: `the variable ${JSON.stringify(name)} ${reason}` };
    }
  }
  // Airflow's own come last.
  const env = given.filter(([name]) => !name.startsWith('AIRFLOW_CTX_'));
  if (typeof cwd === 'string') env.push([BASH_CWD, cwd]);
  const texts = [bash.command, ...env.map(([, text]) => text)];
  if (texts.some(text => text.includes('${{'))) {
    return { python: '"${{" in it would be an expression of Maestro' };
  }
  if (texts.some(text => text.includes('\0'))) {
    return { python: 'it has a NUL, which no argument can have' };
  }
  const wholes = [
    bash.command,
    ...env.map(([name, text]) => `${name}=${text}`),
  ];
  if (wholes.some(text => Buffer.byteLength(text) > MAX_ARGUMENT_BYTES)) {
    return {
      python: `a text of it has more than ${MAX_ARGUMENT_BYTES} bytes, which no argument can have`,
    };
  }
  return withoutUndefined({
    command: ['bash', '-c', finished(bash.command)],
    env:
      env.length > 0
        ? Object.fromEntries(env.map(([name, text]) => [name, finished(text)]))
        : undefined,
    bash: withoutUndefined({
      env:
        bash.env !== null && bash.env !== undefined && !appendEnv
          ? ('only' as const)
          : ('inherit' as const),
      handsOn: bash.handsOn || undefined,
      owner,
    }),
    skipExitCodes,
  });
}

function unfitName(name: string): string | undefined {
  if (!VARIABLE.test(name)) return 'has a name that shells do not hand on';
  if (name.startsWith('MAESTRO_')) return 'has a name that Maestro uses itself';
  if (OF_SHELLS.has(name)) return 'means something to every shell';
  return undefined;
}
