import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** Larger outputs go through the task API. */
export const MAX_OUTPUT_BYTES = 256 * 1024;

/** Airflow's convention for "nothing to do". */
const SKIPPED = 99;

/**
 * The outputs a task wrote: `{ text }`, `{ problem }`, or `{}` when it wrote
 * none. The task may have put anything there (a pipe, a link, a directory).
 */
export function readOutputs(path) {
  let file;
  try {
    file = openSync(
      path,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    if (error.code === 'ENOENT') {
      return {};
    }
    return { problem: `the output file cannot be read (${error.code})` };
  }
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) {
      return { problem: 'the output file is no plain file' };
    }
    if (stat.size > MAX_OUTPUT_BYTES) {
      return {
        problem: `the output file has ${stat.size} bytes, ${MAX_OUTPUT_BYTES} are allowed: send larger values through the task API`,
      };
    }
    const bytes = Buffer.alloc(stat.size);
    const length = readSync(file, bytes, 0, stat.size, 0);
    return parseOutputs(bytes.subarray(0, length));
  } catch (error) {
    return { problem: `the output file cannot be read (${error.code})` };
  } finally {
    closeSync(file);
  }
}

function parseOutputs(bytes) {
  if (bytes.length === 0) {
    return {};
  }
  let text;
  let value;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `the output file is no JSON (${error.message})` };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return {
      problem: 'the output file must hold one JSON object such as {"rows": 10}',
    };
  }
  return { text };
}

/**
 * What an attempt came to. `end` is `{ code, signal }` as far as it is known;
 * `reason` is `{ failure, message }` when the launcher ended it; `outputs` is
 * what {@link readOutputs} gave; `oom` is a sentence when memory ran out.
 *
 * @param {{ end: any, reason?: any, outputs: any, oom?: string }} facts
 */
export function outcomeOf({ end, reason, outputs, oom }) {
  const withOutputs =
    outputs.text === undefined ? {} : { outputs: outputs.text };
  const exitCode = end?.code === undefined ? {} : { exitCode: end.code };
  const signal = end?.signal === undefined ? {} : { signal: end.signal };
  if (reason) {
    return {
      result: 'failed',
      ...exitCode,
      ...withOutputs,
      ...signal,
      failure: reason.failure,
      message: reason.message,
    };
  }
  if (!end) {
    return {
      result: 'failed',
      ...withOutputs,
      failure: 'lost',
      message:
        'The process is gone and left no exit code: it was killed together with its group while no launcher watched',
    };
  }
  if (end.said !== undefined) {
    return {
      result: 'failed',
      failure: 'launch',
      message: `The shell that starts the command could not: ${end.said}`,
    };
  }
  if (oom) {
    return {
      result: 'failed',
      ...exitCode,
      ...withOutputs,
      ...signal,
      failure: 'oom',
      message: oom,
    };
  }
  if (end.signal) {
    return {
      result: 'failed',
      ...exitCode,
      ...withOutputs,
      failure: 'signal',
      message: signalMessage(end.signal),
      signal: end.signal,
    };
  }
  if (end.code !== 0 && end.code !== SKIPPED) {
    return {
      result: 'failed',
      exitCode: end.code,
      ...withOutputs,
      failure: 'exit_code',
      message: `The command ended with exit code ${end.code}; its log says why`,
    };
  }
  if (outputs.problem) {
    return {
      result: 'failed',
      exitCode: end.code,
      failure: 'outputs',
      message: `The command ended with exit code ${end.code}, but ${outputs.problem}`,
    };
  }
  return {
    result: end.code === 0 ? 'success' : 'skipped',
    exitCode: end.code,
    ...withOutputs,
  };
}

function signalMessage(signal) {
  return signal === 'SIGKILL'
    ? 'The command was ended by SIGKILL from outside; no counter of the kernel says that memory ran out'
    : `The command was ended by ${signal}`;
}
