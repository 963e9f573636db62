import { ExpressionError } from '../core/expressions/expressionError';
import type { ExpressionReferences } from '../core/expressions/expressionReferences';
import {
  compileCondition,
  compileList,
  expressionReferences,
  templateReferences,
} from '../core/expressions/expressions';
import { EXPRESSION_OUTCOME_FIELDS } from '../core/expressions/expressionReferences';
import type { LooseTask } from './graphProblems';
import { mappedGroupOfTask } from './groupProblems';
import type { ProblemList, ProblemPath } from './problems';
import { didYouMean } from './suggest';

const SHELLS = /(^|\/)(sh|bash|dash|ash|zsh|ksh)$/;

/** Tasks that an expression names; none where it cannot be read. */
function namedTasks(compile: () => ExpressionReferences): string[] {
  try {
    return compile().tasks.map(({ id }) => id);
  } catch (error) {
    // Said where it is checked.
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

class ExpressionFinder {
  private readonly byId: ReadonlyMap<string, LooseTask>;
  private readonly params: ReadonlySet<string> | undefined;
  private readonly defaultEnv: Record<string, unknown>;

  constructor(
    private readonly spec: unknown,
    tasks: readonly LooseTask[],
    private readonly list: ProblemList,
  ) {
    this.byId = new Map(tasks.map(task => [task.id, task]));
    const { params, defaults } = (spec ?? {}) as Record<string, any>;
    this.params =
      params?.additionalProperties === undefined ||
      params.additionalProperties === false
        ? new Set(Object.keys(params?.properties ?? {}))
        : undefined;
    this.defaultEnv = record(defaults?.env);
  }

  look(task: LooseTask): void {
    const { path } = task;
    const { run, branch, env, map } = task.raw as Record<string, any>;
    if (typeof map?.over === 'string') {
      this.check(
        task,
        [...path, 'map', 'over'],
        () => compileList(map.over).references,
        { isMapped: false },
      );
    }
    const group = mappedGroupOfTask(this.spec, task);
    if (typeof group?.over === 'string')
      this.groupList(task, { ...group, over: group.over });
    if (typeof branch?.if === 'string') {
      this.check(
        task,
        [...path, 'branch', 'if'],
        () => compileCondition(branch.if).references,
      );
    }
    this.waits(task, path);
    const resource = record(task.raw['kubernetes.resource']);
    for (const [place, text] of textsIn(resource.manifest, ['manifest'])) {
      this.text(task, [...path, 'kubernetes.resource', ...place], text);
    }
    if (typeof run !== 'object' || run === null) {
      return;
    }
    const command: unknown[] = Array.isArray(run.command) ? run.command : [];
    command.forEach((text, i) =>
      this.text(task, [...path, 'run', 'command', i], text),
    );
    const sources: Array<[ProblemPath, Record<string, unknown>]> = [
      [[...path, 'run', 'env'], record(run.env)],
      [[...path, 'env'], record(env)],
      // Checked for each task: what is upstream of one is not of another.
      [['spec', 'defaults', 'env'], this.defaultEnv],
    ];
    for (const [place, values] of sources) {
      for (const [name, text] of Object.entries(values)) {
        this.text(task, [...place, name], text);
      }
    }
    this.text(task, [...path, 'cache', 'key'], record(task.raw.cache).key);
    this.warnOfShell(command, [...path, 'run', 'command']);
  }

  /** Checked for each task of the group: all of them wait for the list. */
  private groupList(
    task: LooseTask,
    { id, path, over }: { id: string; path: ProblemPath; over: string },
  ): void {
    const compile = () => compileList(over).references;
    const inside = namedTasks(compile).find(named => {
      const source = this.byId.get(named);
      return source && mappedGroupOfTask(this.spec, source)?.id === id;
    });
    if (inside === undefined) {
      this.check(task, path, compile, { isMapped: false });
      return;
    }
    this.list.add(
      path,
      `The list of group "${id}" uses outputs of "${inside}", which is in the group`,
      'a task before the group',
    );
  }

  /** What tasks fill in that wait for something outside. */
  private waits(task: LooseTask, path: ProblemPath): void {
    const { wait, http, approve, pipeline } = task.raw as Record<string, any>;
    const texts: Array<[ProblemPath, unknown]> = [
      [['wait', 'until'], wait?.until],
      [['wait', 'object', 'path'], wait?.object?.path],
      [['approve', 'message'], approve?.message],
    ];
    for (const [place, request] of [
      [['wait', 'http'], wait?.http],
      [['http'], http],
    ] as const) {
      texts.push([[...place, 'url'], request?.url]);
      for (const [name, text] of Object.entries(record(request?.headers))) {
        texts.push([[...place, 'headers', name], text]);
      }
    }
    texts.push(...textsIn(http?.body, ['http', 'body']));
    texts.push(...textsIn(pipeline?.params, ['pipeline', 'params']));
    for (const [place, text] of texts)
      this.text(task, [...path, ...place], text);

    const answers: Array<[ProblemPath, unknown, boolean]> = [
      [['wait', 'http', 'until'], wait?.http?.until, true],
      [['http', 'expect'], http?.expect, true],
      ...Object.entries(record(http?.outputs)).map(
        ([name, source]): [ProblemPath, unknown, boolean] => [
          ['http', 'outputs', name],
          source,
          false,
        ],
      ),
    ];
    for (const [place, source, isCondition] of answers) {
      if (typeof source !== 'string') continue;
      this.check(task, [...path, ...place], () =>
        isCondition
          ? compileCondition(source, { response: true }).references
          : expressionReferences(source),
      );
    }
  }

  private text(task: LooseTask, path: ProblemPath, text: unknown): void {
    if (typeof text === 'string' && text.includes('${{')) {
      this.check(task, path, () => templateReferences(text));
    }
  }

  private check(
    task: LooseTask,
    path: ProblemPath,
    compile: () => ExpressionReferences,
    { isMapped } = {
      isMapped:
        isRecord(task.raw.map) || Boolean(mappedGroupOfTask(this.spec, task)),
    },
  ): void {
    let references: ExpressionReferences;
    try {
      references = compile();
    } catch (error) {
      if (!(error instanceof ExpressionError)) {
        throw error;
      }
      this.list.add(path, `${error.message}`);
      return;
    }
    if (references.map.length > 0 && !isMapped) {
      this.list.add(
        path,
        `The expression uses ${references.map.join(
          ' and ',
        )}, which only command and env of a task with "map" have`,
      );
    }
    for (const { id } of references.tasks) {
      this.taskReference(task, path, id);
    }
    const early = references.run.find(name => isOutcome(name));
    if (early && !task.isFinally) {
      this.list.add(
        path,
        `The expression uses run.${early}, which is known only when all tasks are over`,
        'it in a task of spec.finally',
      );
    }
    for (const name of references.params) {
      if (this.params && name !== '*' && !this.params.has(name)) {
        this.list.add(
          path,
          `The expression uses params.${name}, which spec.params does not name${didYouMean(
            name,
            this.params,
          )}`,
        );
      }
    }
  }

  private taskReference(task: LooseTask, path: ProblemPath, id: string): void {
    if (!this.byId.has(id)) {
      this.list.add(
        path,
        `The expression uses outputs of task "${id}", which does not exist${didYouMean(
          id,
          this.byId.keys(),
        )}`,
      );
    } else if (id === task.id) {
      this.list.add(
        path,
        `The expression uses outputs of its own task "${id}", which has none before it ran`,
      );
    } else if (!this.isUpstream(task, id)) {
      this.list.add(
        path,
        `The expression uses outputs of task "${id}", which is not upstream of "${task.id}"`,
        `"${id}" in dependsOn of "${task.id}", or of a task above it`,
      );
    }
  }

  private isUpstream(task: LooseTask, id: string): boolean {
    if (task.isFinally && !this.byId.get(id)!.isFinally) return true;
    const seen = new Set<string>();
    const open = [...task.dependsOn, ...(task.teardown ?? [])];
    while (open.length > 0) {
      const next = open.pop()!;
      if (next === id) {
        return true;
      }
      if (!seen.has(next)) {
        seen.add(next);
        this.byId.get(next)?.dependsOn.forEach(up => open.push(up));
      }
    }
    return false;
  }

  // A value from outside in a shell's program is a program from outside.
  private warnOfShell(command: unknown[], path: ProblemPath): void {
    const [program, ...rest] = command.map(String);
    const flag = rest.findIndex(word => /^-[a-z]*c[a-z]*$/.test(word));
    const script = rest[flag + 1];
    if (SHELLS.test(program) && flag >= 0 && /(^|[^$])\$\{\{/.test(script)) {
      this.list.warn(
        [...path, flag + 2],
        'An expression inside a shell program can inject commands; pass it as an environment variable or as an argument of its own',
      );
    }
  }
}

/**
 * Expressions of conditions, commands and environments: syntax, limits, and
 * whether what they name will be there.
 *
 * @internal
 */
export function findExpressionProblems(
  spec: unknown,
  tasks: readonly LooseTask[],
  list: ProblemList,
): void {
  const finder = new ExpressionFinder(spec, tasks, list);
  for (const task of tasks) {
    if (list.isFull) {
      return;
    }
    finder.look(task);
  }
}

/** Every text in a JSON value, with its place. */
function textsIn(
  value: unknown,
  path: ProblemPath,
): Array<[ProblemPath, unknown]> {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    textsIn(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOutcome(name: string): boolean {
  return (EXPRESSION_OUTCOME_FIELDS as readonly string[]).includes(name);
}
