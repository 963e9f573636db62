import { InputError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { MaestroDatabase, Tx } from '../database/MaestroDatabase';
import type { ConnectionStore, ResolvedConnection } from './ConnectionStore';
import { targetOf } from './connectionTest';
import type { SealedPlace } from '../engine/types';
import type { S3Access } from '../engine/waits/OutsideWorld';
import type { SecretKeyRing } from './encryption';
import { maskForms, passwordsOfUrl, secretsOfExtra } from './maskForms';
import { s3AccessOf } from './s3Access';
import type { VariableStore } from './VariableStore';

/** Names as a task lists them. */
export interface InputNames {
  connections: readonly string[];
  variables: readonly string[];
}

/** What a task gets of its connections and variables. */
export interface TaskEnvironment {
  /** `AIRFLOW_*` and `MAESTRO_*`, see the task contract. */
  env: Record<string, string>;
  /** Texts that no log, command or page may show, in every form we know. */
  secrets: string[];
  /** For the record of the attempt; nothing secret. */
  inputs: {
    /** Values of the variables that are not secret. */
    variables: Record<string, string>;
    /** Revisions of the secret ones. */
    secretVariables: Record<string, number>;
    /** Revisions. */
    connections: Record<string, number>;
  };
  /** What does not exist, such as `connection mlflow_default`. */
  missing: string[];
}

/** A connection as expressions see it. */
export interface ExpressionConnection {
  host?: string;
  port?: number;
}

/** Connections and variables as tasks and expressions see them. */
export class TaskInputs {
  constructor(
    private readonly options: {
      db: MaestroDatabase;
      keys: SecretKeyRing;
      connections: ConnectionStore;
      variables: VariableStore;
    },
  ) {}

  /**
   * Environment for what a task names. Reads in the transaction that claims
   * the task.
   *
   * @throws InputError that names what is missing and how to add it, or a
   * secret that cannot be decrypted
   */
  async resolveForTask(
    tx: Tx | Knex,
    names: InputNames,
  ): Promise<TaskEnvironment> {
    const found = await this.lookUp(tx, names);
    if (found.missing.length > 0) throw missingError(names, found.missing);
    return found;
  }

  /** As {@link TaskInputs.resolveForTask}, but what is missing is only listed. */
  async lookUp(tx: Tx | Knex, names: InputNames): Promise<TaskEnvironment> {
    const { connections, variables } = this.options;
    const result: TaskEnvironment = {
      env: {},
      secrets: [],
      inputs: { variables: {}, secretVariables: {}, connections: {} },
      missing: [],
    };
    const secrets = new Set<string>();
    const foundConnections = await connections.resolveMany(
      tx,
      names.connections,
    );
    for (const id of names.connections) {
      const connection = foundConnections.get(id);
      if (!connection) {
        result.missing.push(`connection ${id}`);
        continue;
      }
      const text = JSON.stringify(connectionJson(connection));
      result.env[`AIRFLOW_CONN_${id.toUpperCase()}`] = text;
      result.env[`MAESTRO_CONN_${id.toUpperCase()}`] = text;
      result.inputs.connections[id] = connection.revision;
      secretsOf(connection).forEach(secret => secrets.add(secret));
    }
    const foundVariables = await variables.resolveMany(tx, names.variables);
    for (const key of names.variables) {
      const variable = foundVariables.get(key);
      if (!variable) {
        result.missing.push(`variable ${key}`);
        continue;
      }
      result.env[`AIRFLOW_VAR_${key.toUpperCase()}`] = variable.value;
      result.env[`MAESTRO_VAR_${key.toUpperCase()}`] = variable.value;
      if (variable.secret) {
        result.inputs.secretVariables[key] = variable.revision;
        maskForms(variable.value).forEach(form => secrets.add(form));
      } else {
        result.inputs.variables[key] = variable.value;
      }
    }
    result.secrets = [...secrets];
    return result;
  }

  /**
   * Values for expressions, of names that exist: variables as text, secret
   * ones never; connections without password and extra.
   */
  async forExpressions(
    tx: Tx | Knex,
    names: InputNames,
  ): Promise<{
    vars: Record<string, string>;
    connections: Record<string, ExpressionConnection>;
  }> {
    const vars: Record<string, string> = {};
    const variables = await this.options.variables.resolveMany(
      tx,
      names.variables,
    );
    for (const { key, value, secret } of variables.values()) {
      if (!secret) vars[key] = value;
    }
    const connections: Record<string, ExpressionConnection> = {};
    const found = await this.options.connections.resolveMany(
      tx,
      names.connections,
    );
    for (const [id, connection] of found) {
      const { host, port } = connection;
      connections[id] = { host, port };
    }
    return { vars, connections };
  }

  /**
   * What a request of Maestro itself needs of a connection.
   *
   * @throws InputError that names what is missing
   */
  async forRequest(
    tx: Tx | Knex,
    connId: string,
  ): Promise<{ url: string; authorization?: string; secrets: string[] }> {
    const names = { connections: [connId], variables: [] };
    const found = await this.options.connections.resolveMany(tx, [connId]);
    const connection = found.get(connId);
    if (!connection) throw missingError(names, [`connection ${connId}`]);
    let target;
    try {
      target = targetOf(connection);
    } catch (error) {
      throw new InputError(
        `Connection "${connId}": ${(error as Error).message}`,
      );
    }
    if (!target.url) {
      throw new InputError(
        `Connection "${connId}" is of type "${connection.connType}", which speaks no HTTP; give it type http, or a host that begins with https://`,
      );
    }
    const { user } = target;
    // A token without a login is one of its own, as MLflow's.
    const scheme = user?.login === '' ? 'Bearer' : 'Basic';
    const plain = user && (user.login === '' ? user.password : base64(user));
    return {
      url: target.url.toString(),
      authorization: plain === undefined ? undefined : `${scheme} ${plain}`,
      secrets: [
        ...secretsOf(connection),
        ...(plain === undefined ? [] : [plain]),
      ],
    };
  }

  /**
   * What a look at an object of S3 needs of a connection.
   *
   * @throws InputError that names what is missing
   */
  async forS3(
    tx: Tx | Knex,
    connId: string,
  ): Promise<{ access: S3Access; secrets: string[] }> {
    const names = { connections: [connId], variables: [] };
    const found = await this.options.connections.resolveMany(tx, [connId]);
    const connection = found.get(connId);
    if (!connection) throw missingError(names, [`connection ${connId}`]);
    try {
      return {
        access: s3AccessOf(connection),
        secrets: secretsOf(connection),
      };
    } catch (error) {
      throw new InputError(
        `Connection "${connId}": ${(error as Error).message}`,
      );
    }
  }

  /** Encrypted list of what the log of an attempt must not show. */
  sealMasks(attemptId: string, secrets: readonly string[]): string {
    return this.options.keys.encrypt(
      JSON.stringify(secrets),
      masksPlace(attemptId),
    );
  }

  /** The other direction of {@link TaskInputs.sealMasks}. */
  openMasks(attemptId: string, sealed: string): string[] {
    return JSON.parse(this.options.keys.decrypt(sealed, masksPlace(attemptId)));
  }

  /** Encrypts a text for one place of the database. */
  seal(place: SealedPlace, text: string): string {
    return this.options.keys.encrypt(text, { ...place });
  }

  /** The other direction of {@link TaskInputs.seal}. */
  open(place: SealedPlace, sealed: string): string {
    return this.options.keys.decrypt(sealed, { ...place });
  }
}

/** Where `attempts.masks` is, for the key ring. */
export function masksPlace(attemptId: string) {
  return { table: 'attempts', id: attemptId, field: 'masks' };
}

/** The JSON that stands in the environment; absent fields are left out. */
function connectionJson(connection: ResolvedConnection) {
  const { connType, host, port, login, password, schema, extra } = connection;
  return { conn_type: connType, host, port, login, password, schema, extra };
}

function base64(user: { login: string; password: string }): string {
  return Buffer.from(`${user.login}:${user.password}`).toString('base64');
}

function secretsOf(connection: ResolvedConnection): string[] {
  const { password, login, extra, host } = connection;
  const secrets = [
    ...secretsOfExtra(extra),
    ...(host ? passwordsOfUrl(host) : []),
  ];
  return [
    ...(password ? maskForms(password, login ?? '') : []),
    ...secrets.flatMap(secret => maskForms(secret)),
  ];
}

function missingError(names: InputNames, missing: string[]): InputError {
  const hints: string[] = [];
  if (missing.some(name => name.startsWith('connection '))) {
    hints.push('"maestro connections add ID --conn-type TYPE …"');
  }
  if (missing.some(name => name.startsWith('variable '))) {
    hints.push('"maestro variables set KEY VALUE"');
  }
  const asked = names.connections.length + names.variables.length;
  return new InputError(
    `The task names ${asked} connections and variables, of which do not exist: ${missing.join(
      ', ',
    )}. Add with ${hints.join(
      ' and ',
    )}, or on their pages in the portal, then clear the task`,
  );
}
