import type { IncomingMessage, ServerResponse } from 'node:http';
import { InputError } from '@backstage/errors';
import { attemptOfToken } from '../database/operations/taskapi/attemptOfToken';
import { TaskApiError } from '../taskapi/TaskApiError';
import { AirflowApiError, notFound, notRunning } from './AirflowApiError';
import * as assets from './assets';
import { AirflowCall, type AirflowApiOptions } from './AirflowCall';
import { definitionOf } from './dagRuns';
import * as dagRuns from './dagRuns';
import { findDag } from './findDagRun';
import * as inputs from './inputs';
import * as lookBack from './lookBack';
import * as questions from './questions';
import { findRoute, type RouteName } from './routes';
import { dagIdOf } from './runContext';
import * as states from './stateStores';
import * as tasks from './taskInstances';
import * as xcoms from './xcoms';

/** What a trigger has no business with: it is about the process of a task. */
const OF_PROCESSES: ReadonlySet<RouteName> = new Set([
  'run',
  'state',
  'heartbeat',
  'renderedFields',
  'renderedMapIndex',
  'skipDownstream',
]);

/** Paths of Airflow's task execution interface begin so. */
export const EXECUTION_PREFIX = '/execution/';

interface Answer {
  status: number;
  body?: unknown;
  /** JSON that goes out as it is, instead of `body`. */
  text?: string;
  headers?: Record<string, string>;
}

const json = (status: number, body: unknown): Answer => ({ status, body });
const jsonText = (text: string): Answer => ({ status: 200, text });
const none: Answer = { status: 204 };

const HANDLERS: Record<RouteName, (call: AirflowCall) => Promise<Answer>> = {
  run: async call => json(200, await tasks.beginTask(call)),
  state: async call => {
    await tasks.takeState(call);
    return none;
  },
  heartbeat: async call => {
    await tasks.heartbeat(call);
    return none;
  },
  renderedFields: async call => json(201, await tasks.keepRenderedFields(call)),
  renderedMapIndex: async call => {
    await tasks.nameMapIndex(call);
    return none;
  },
  skipDownstream: async call => {
    await tasks.skipDownstream(call);
    return none;
  },
  previousSuccessfulRun: async call =>
    json(200, await tasks.previousSuccessfulRun(call)),
  // Every asset that a DAG file names is one that Maestro knows.
  validateInletsAndOutlets: async () => json(200, { inactive_assets: [] }),
  countTasks: async call => json(200, await lookBack.countTasks(call)),
  taskStates: async call => json(200, await lookBack.taskStates(call)),
  breadcrumbs: async call => json(200, await lookBack.breadcrumbs(call)),
  previousTask: async call => json(200, await lookBack.previousTask(call)),
  firstStart: async call => json(200, await tasks.firstStart(call)),
  getConnection: async call => json(200, await inputs.getConnection(call)),
  variableKeys: async call => json(200, await inputs.variableKeys(call)),
  getVariable: async call => json(200, await inputs.getVariable(call)),
  setVariable: async call => json(201, await inputs.setVariable(call)),
  deleteVariable: async call => {
    await inputs.deleteVariable(call);
    return none;
  },
  xcomItem: async call => jsonText(await xcoms.getXComItem(call)),
  xcomSlice: async call => jsonText(await xcoms.getXComSlice(call)),
  countXComs: async call => ({
    status: 200,
    headers: { 'Content-Range': await xcoms.countXComs(call) },
  }),
  getXCom: async call => jsonText(await xcoms.getXCom(call)),
  setXCom: async call => json(201, await xcoms.setXCom(call)),
  deleteXCom: async call => json(200, await xcoms.deleteXCom(call)),
  countRuns: async call => json(200, await dagRuns.countRuns(call)),
  previousRun: async call => json(200, await dagRuns.previousRun(call)),
  runState: async call => json(200, await dagRuns.runState(call)),
  clearRun: async call => {
    await dagRuns.clearRun(call);
    return none;
  },
  getRun: async call => json(200, await dagRuns.getRun(call)),
  triggerRun: async call => {
    await dagRuns.triggerRun(call);
    return none;
  },
  getDag: async call => json(200, await describeDag(call)),
  askPeople: async call => json(201, await questions.askPeople(call)),
  lookAtQuestion: async call => json(200, await questions.lookAtQuestion(call)),
  getTaskState: async call => json(200, await states.getTaskState(call)),
  setTaskState: async call => {
    await states.setTaskState(call);
    return none;
  },
  deleteTaskState: async call => {
    await states.deleteTaskState(call);
    return none;
  },
  getAssetState: async call => json(200, await states.getAssetState(call)),
  setAssetState: async call => {
    await states.setAssetState(call);
    return none;
  },
  deleteAssetState: async call => {
    await states.deleteAssetState(call);
    return none;
  },
  getAsset: async call => json(200, await assets.getAsset(call)),
  assetEvents: async call => json(200, await assets.listAssetEvents(call)),
  assetsOfAlias: async call => json(200, await assets.listAliasedAssets(call)),
  assetEventsOfAlias: async call =>
    json(200, await assets.listEventsOfAlias(call)),
};

/**
 * Airflow's task execution interface: what the task SDK of a running task
 * calls. A task instance of the interface is an attempt, and `run_id` is the
 * key of a run. Errors are `{detail: {reason, message}}`.
 */
export class AirflowApi {
  constructor(private readonly options: AirflowApiOptions) {}

  /**
   * Answers a request below {@link EXECUTION_PREFIX}.
   *
   * @param tokenHash - of the token that was sent
   * @throws what is no answer of the interface
   */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    tokenHash: string,
  ): Promise<void> {
    try {
      send(response, await this.handle(request, tokenHash));
    } catch (error) {
      const answer = errorAnswer(error);
      if (!answer) throw error;
      // What is left of the body is not wanted.
      if (!request.complete) response.setHeader('Connection', 'close');
      send(response, answer);
    }
  }

  private async handle(
    request: IncomingMessage,
    tokenHash: string,
  ): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://task-api');
    const { name, params } = findRoute(
      request.method ?? 'GET',
      url.pathname.slice(EXECUTION_PREFIX.length),
    );
    // Nothing that is stored has one, and PostgreSQL takes none in a query.
    if (
      [...Object.values(params), ...url.searchParams.values()].some(text =>
        text.includes('\0'),
      )
    ) {
      throw new AirflowApiError(
        422,
        'invalid_path',
        'No part of a path or a query can hold the character NUL',
      );
    }
    const { db } = this.options;
    const attempt = await attemptOfToken(db, db.knex, tokenHash);
    if (!attempt) {
      // The supervisor of a task ends it on 409, and tries 401 again.
      throw new AirflowApiError(
        name === 'heartbeat' || name === 'state' ? 409 : 401,
        'not_running',
        'The token belongs to no running attempt: it ended, was cancelled or was replaced by another one',
      );
    }
    if (attempt.waitId !== undefined && OF_PROCESSES.has(name)) {
      throw notRunning(
        'The token is that of a trigger, whose task runs no process now',
      );
    }
    try {
      return await HANDLERS[name](
        new AirflowCall(this.options, request, url, params, tokenHash, attempt),
      );
    } catch (error) {
      this.sayRefusal(error, attempt.attempt_id);
      throw error;
    }
  }

  /** The task SDK tells its task that access is denied, and not by which rule. */
  private sayRefusal(error: unknown, attemptId: string): void {
    if (!(error instanceof AirflowApiError) || error.status !== 403) return;
    this.options.engine.ctx.logger.info(
      // In one line, whatever it asked for is called.
      `Attempt ${attemptId} was refused what it asked for: ${error.message.replace(
        /\s+/g,
        ' ',
      )}`,
    );
  }
}

async function describeDag(call: AirflowCall): Promise<object> {
  const { dag: dagId } = call.params;
  const dag = await findDag(call, dagId);
  const { db } = call;
  const pipeline =
    dag &&
    (await db
      .table(db.knex, 'pipelines')
      .where({ id: dag.pipelineId })
      .first());
  if (!pipeline || pipeline.current_version_id === null) {
    throw notFound(`The Dag with ID: \`${dagId}\` was not found`);
  }
  const definition = await definitionOf(call, {
    version_id: pipeline.current_version_id,
  });
  return {
    dag_id: dagIdOf(definition),
    is_paused: Boolean(pipeline.paused),
    bundle_name: definition.airflow?.source ?? null,
    bundle_version: null,
    relative_fileloc: definition.airflow?.file ?? null,
    owners: definition.owner,
    tags: definition.tags,
    next_dagrun: null,
  };
}

/** What is no fault of Maestro. */
function errorAnswer(error: unknown): Answer | undefined {
  const detail = (reason: string, message: string, more = {}) => ({
    detail: { reason, message, ...more },
  });
  if (error instanceof AirflowApiError) {
    return json(error.status, detail(error.reason, error.message, error.more));
  }
  if (error instanceof TaskApiError) {
    return json(error.status, detail('invalid_request', error.message));
  }
  if (error instanceof InputError) {
    return json(400, detail('value_error', error.message));
  }
  return undefined;
}

function send(response: ServerResponse, answer: Answer): void {
  const { status, body, headers } = answer;
  const text =
    answer.text ?? (body === undefined ? undefined : JSON.stringify(body));
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
    ...headers,
  });
  response.end(text);
}
