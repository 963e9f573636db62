/**
 * The form of a connection, apart from its drawing: which fields a type has,
 * and what is sent. A secret that nobody touched is not sent, so that it
 * stays; one that was removed is sent empty.
 *
 * @packageDocumentation
 */
import type {
  Connection,
  ConnectionWrite,
} from '@maestro/plugin-maestro-common';

/** What people fill in. */
export interface ConnectionInput {
  connId: string;
  connType: string;
  host: string;
  port: string;
  login: string;
  /** Undefined: not touched. */
  password: string | undefined;
  schema: string;
  /** JSON as typed. Undefined: not touched. */
  extra: string | undefined;
  description: string;
}

/** Names of the fields of a type, where they mean something else. */
export interface ConnectionType {
  label: string;
  host?: string;
  login?: string;
  password?: string;
  schema?: string;
  port?: number;
  extraHint?: string;
}

/** Types that the form knows; any other can be typed. */
export const CONNECTION_TYPES: Record<string, ConnectionType> = {
  http: { label: 'HTTP service', schema: 'Protocol (http or https)', port: 80 },
  aws: {
    label: 'AWS or S3-compatible storage',
    login: 'Access key id',
    password: 'Secret access key',
    extraHint: '{"endpoint_url": "http://minio:9000"}',
  },
  postgres: { label: 'PostgreSQL', schema: 'Database', port: 5432 },
  mysql: { label: 'MySQL', schema: 'Database', port: 3306 },
  sqlite: { label: 'SQLite file', host: 'Path of the file' },
  ssh: { label: 'SSH', port: 22 },
  generic: { label: 'Other' },
};

export function emptyInput(): ConnectionInput {
  return {
    connId: '',
    connType: 'http',
    host: '',
    port: '',
    login: '',
    password: '',
    schema: '',
    extra: '',
    description: '',
  };
}

export function inputOf(connection: Connection): ConnectionInput {
  return {
    connId: connection.connId,
    connType: connection.connType,
    host: connection.host ?? '',
    port: connection.port === undefined ? '' : String(connection.port),
    login: connection.login ?? '',
    password: undefined,
    schema: connection.schema ?? '',
    extra: undefined,
    description: connection.description ?? '',
  };
}

/** What is wrong with an input, by field; empty when it can be sent. */
export function inputProblems(
  input: ConnectionInput,
): Partial<Record<keyof ConnectionInput, string>> {
  const problems: Partial<Record<keyof ConnectionInput, string>> = {};
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/.test(input.connId)) {
    problems.connId =
      'Letters, digits, "_", "-" and ".", such as mlflow_default';
  }
  if (!input.connType.trim()) {
    problems.connType = 'A type, such as http';
  }
  const port = Number(input.port);
  if (input.port && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
    problems.port = 'A number from 1 to 65535';
  }
  if (input.extra?.trim()) {
    const extra = parseJson(input.extra);
    if (typeof extra !== 'object' || extra === null || Array.isArray(extra)) {
      problems.extra = 'A JSON object, such as {"region_name": "eu-west-1"}';
    }
  }
  return problems;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The body to send.
 *
 * @param exists - whether it replaces a connection, whose secrets may stay
 */
export function toWrite(
  input: ConnectionInput,
  exists: boolean,
): ConnectionWrite {
  const { connId, connType, host, login, schema, description } = input;
  const write: ConnectionWrite = { connId, connType: connType.trim() };
  if (host) write.host = host;
  if (input.port) write.port = Number(input.port);
  if (login) write.login = login;
  if (schema) write.schema = schema;
  if (description) write.description = description;
  if (input.password !== undefined && (exists || input.password !== '')) {
    write.password = input.password;
  }
  if (input.extra !== undefined) {
    if (input.extra.trim()) {
      write.extra = parseJson(input.extra) as Record<string, unknown>;
    } else if (exists) {
      write.extra = {};
    }
  }
  return write;
}
