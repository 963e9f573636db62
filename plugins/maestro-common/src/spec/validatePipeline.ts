/**
 * The one validator of pipelines: the catalog, the command line, the template
 * and the editor call it. It finds all problems at once, also in a pipeline of
 * which other parts are wrong.
 *
 * @packageDocumentation
 */
import type { PipelineDefinition } from '../core/pipeline/definition';
import { unreachableTasks } from '../core/run/unreachable';
import { findAssetProblems } from './assetProblems';
import { findCacheProblems } from './cacheProblems';
import { compilePipeline, type PipelineEntity } from './compilePipeline';
import { findCleanUpProblems } from './cleanUpProblems';
import { looseDurationMs } from './duration';
import { findExpressionProblems } from './expressionProblems';
import { findGraphProblems, looseTasks } from './graphProblems';
import { findGroupProblems, findWaitingGroups } from './groupProblems';
import { findKubernetesProblems } from './kubernetesProblems';
import { findParamsProblems } from './paramsProblems';
import { PIPELINE_API_VERSION, PIPELINE_KIND } from './pipelineSpec';
import {
  formatPath,
  ProblemList,
  type FoundProblem,
  type PipelineProblem,
} from './problems';
import { findResourceProblems } from './resourceProblems';
import { findRetryProblems } from './retryProblems';
import { findScheduleProblems } from './scheduleProblems';
import { at, findSchemaProblems } from './schemaProblems';
import { findWaitProblems } from './waitProblems';

/** @public */
export type PipelineValidation =
  | { ok: true; definition: PipelineDefinition; warnings: PipelineProblem[] }
  | { ok: false; problems: PipelineProblem[]; warnings: PipelineProblem[] };

/**
 * Says everything that is wrong with an entity of kind Pipeline, or gives its
 * definition. Never throws, whatever it is given.
 *
 * @param options - `file`: named in the problems
 * @public
 */
export function validatePipeline(
  entity: unknown,
  options: { file?: string } = {},
): PipelineValidation {
  const located = validateLocated(entity);
  const asProblem = ({ path, message, expected }: FoundProblem) =>
    toProblem({ path, message, expected }, { file: options.file });
  return located.definition
    ? {
        ok: true,
        definition: located.definition,
        warnings: located.list.warnings.map(asProblem),
      }
    : {
        ok: false,
        problems: located.list.problems.map(asProblem),
        warnings: located.list.warnings.map(asProblem),
      };
}

/** @internal */
export function toProblem(
  found: FoundProblem,
  place: Pick<PipelineProblem, 'file' | 'line' | 'column'>,
): PipelineProblem {
  const problem: PipelineProblem = {
    path: formatPath(found.path),
    message: found.message,
  };
  if (found.expected !== undefined) problem.expected = found.expected;
  if (place.file !== undefined) problem.file = place.file;
  if (place.line !== undefined) problem.line = place.line;
  if (place.column !== undefined) problem.column = place.column;
  return problem;
}

/** The validator with paths that are not yet texts. @internal */
export function validateLocated(entity: unknown): {
  list: ProblemList;
  definition?: PipelineDefinition;
} {
  const list = new ProblemList();
  if (typeof entity !== 'object' || entity === null || Array.isArray(entity)) {
    list.add([], 'This is no entity', 'an object of kind Pipeline');
    return { list };
  }
  findEnvelopeProblems(entity as Record<string, unknown>, list);
  const { spec } = entity as { spec?: unknown };
  findSchemaProblems(spec, list);
  const tasks = looseTasks(spec);
  findGraphProblems(tasks, list);
  findCleanUpProblems(tasks, list);
  findGroupProblems(spec, tasks, list);
  findScheduleProblems(spec, list);
  findDurationProblems(spec, list);
  findRetryProblems(spec, tasks, list);
  findCacheProblems(tasks, list);
  findParamsProblems(spec, list);
  findWaitProblems(entity, tasks, list);
  findKubernetesProblems(entity, tasks, list);
  findResourceProblems(tasks, list);
  findExpressionProblems(spec, tasks, list);
  findAssetProblems(spec, tasks, list);
  if (list.problems.length > 0) {
    return { list };
  }
  const definition = compilePipeline(entity as PipelineEntity);
  findWaitingGroups(definition, list);
  if (list.problems.length > 0) {
    return { list };
  }
  for (const no of unreachableTasks(definition)) {
    list.warn(
      tasks[no].path,
      `Task "${definition.tasks[no].id}" never runs: both outcomes of a branch skip it`,
    );
  }
  return { list, definition };
}

function findEnvelopeProblems(
  entity: Record<string, unknown>,
  list: ProblemList,
): void {
  if (entity.kind !== PIPELINE_KIND) {
    list.add(
      ['kind'],
      `The kind is ${JSON.stringify(entity.kind)}`,
      `"${PIPELINE_KIND}"`,
    );
  }
  if (entity.apiVersion !== PIPELINE_API_VERSION) {
    list.add(
      ['apiVersion'],
      `The version is ${JSON.stringify(entity.apiVersion)}`,
      `"${PIPELINE_API_VERSION}"`,
    );
  }
  const name = at(entity, ['metadata', 'name']);
  if (typeof name !== 'string' || name === '') {
    list.add(['metadata', 'name'], 'The pipeline has no name', 'a text');
  } else if (
    name.length > 63 ||
    !/^[A-Za-z0-9]+([-_.][A-Za-z0-9]+)*$/.test(name)
  ) {
    list.add(
      ['metadata', 'name'],
      `The name "${name.slice(0, 80)}" is not allowed in the catalog`,
      'at most 63 letters and digits with single "-", "_" or "." between them',
    );
  }
}

const POSITIVE_DURATIONS = ['sla', 'timeout', 'queuedTimeout'];

// Zero is a duration, but as a deadline it fails everything.
function findDurationProblems(spec: unknown, list: ProblemList): void {
  const tasks = looseTasks(spec).map(({ path }) => path.slice(1));
  for (const place of [[], ['defaults'], ...tasks]) {
    for (const name of POSITIVE_DURATIONS) {
      const text = at(spec, [...place, name]);
      if (typeof text === 'string' && /^P[0.WDTHMS]+$/.test(text)) {
        list.add(
          ['spec', ...place, name],
          `"${text}" is no time at all`,
          'more than zero',
        );
      }
    }
  }
  const slaMs = looseDurationMs(at(spec, ['sla']));
  if (slaMs !== undefined && at(spec, ['schedule']) === undefined) {
    list.warn(
      ['spec', 'sla'],
      'The SLA holds only runs by schedule or asset, and this pipeline has no schedule; tasks may have an SLA in every run',
    );
  }
  const timeoutMs = looseDurationMs(at(spec, ['timeout']));
  if ((timeoutMs ?? Infinity) < (slaMs ?? 0)) {
    list.warn(
      ['spec', 'timeout'],
      'The timeout is shorter than the SLA: a run fails before it can be late',
    );
  }
}
