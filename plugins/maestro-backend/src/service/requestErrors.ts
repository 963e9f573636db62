import { InputError } from '@backstage/errors';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { ErrorWithProblems } from './types';

/** Largest body of a request. The largest thing in one is a variable of 64 KiB. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A body that is larger than the API takes. */
class PayloadTooLargeError extends Error {
  readonly name = 'PayloadTooLargeError';
  readonly statusCode = 413;
}

/**
 * Says in a sentence what the body parser found, without the text that it
 * quotes: a body may hold a password.
 */
export const bodyErrors: ErrorRequestHandler = (error, _req, _res, next) => {
  switch (error?.type) {
    case 'entity.too.large':
      next(
        new PayloadTooLargeError(
          `The request body is larger than ${
            MAX_BODY_BYTES / 1024 / 1024
          } MiB, the most that Maestro takes; larger things belong in a file beside the pipeline or in an artifact store`,
        ),
      );
      return;
    case 'entity.parse.failed':
      next(new InputError('request/body is not valid JSON'));
      return;
    default:
      next(error);
  }
};

/**
 * PostgreSQL stores no NUL in text, and no environment variable can hold one:
 * it is refused at the door, by name, on every database.
 */
export const refuseNul: RequestHandler = (req, _res, next) => {
  if (/%00/.test(req.url)) {
    throw new InputError('request/path or query holds a NUL character');
  }
  const path = findNul(req.body, 'request/body');
  if (path) throw new InputError(`${path} holds a NUL character`);
  next();
};

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$/;

/** Says in words what the pattern of the API says to programs. */
export const refuseNames: RequestHandler = (req, _res, next) => {
  const [, kind, name] =
    /^\/(variable|connection|pool)s\/([^/]+)/.exec(decodedPath(req.path)) ?? [];
  if (name !== undefined && !NAME.test(name)) {
    throw new InputError(
      `"${name.slice(
        0,
        80,
      )}" is no name of a ${kind}: it has letters, digits, "_", "." and "-", at most 200, and begins with a letter, a digit or "_"`,
    );
  }
  next();
};

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    // Half an escape: the router refuses it.
    return path;
  }
}

function findNul(root: unknown, rootPath: string): string | undefined {
  // Its own stack: the parser lets a body nest deeper than calls can.
  const open: [unknown, string][] = [[root, rootPath]];
  while (open.length > 0) {
    const [value, path] = open.pop()!;
    if (typeof value === 'string' && value.includes('\0')) return path;
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, child] of Object.entries(value)) {
      if (key.includes('\0')) return path;
      open.push([child, `${path}/${key}`]);
    }
  }
  return undefined;
}

/**
 * Hands on the problems of an `InputError`, place by place; everything else is
 * answered by Backstage.
 */
export const problemErrors: ErrorRequestHandler = (error, _req, res, next) => {
  const { problems } = error as Partial<ErrorWithProblems>;
  if (
    error?.name !== 'InputError' ||
    !Array.isArray(problems) ||
    res.headersSent
  ) {
    next(error);
    return;
  }
  res.status(400).json({
    error: { name: error.name, message: error.message },
    problems,
    response: { statusCode: 400 },
  });
};
