/*
 * Which tests of a suite failed, from its machine-readable report: told again
 * at the very end of npm test, since the output of a suite of thousands is long
 * and whoever reads it later may see no more than its end.
 */
import { stripVTControlCharacters } from 'node:util';

/** Tests named for each suite; what is more is counted. */
const MOST = 20;
/** Lines of a message that are told. */
const LINES = 6;

function firstLines(message) {
  return stripVTControlCharacters(message)
    .split('\n')
    .map(line => line.trimEnd())
    .filter(line => line.trim())
    .slice(0, LINES);
}

function fromJest(text) {
  return JSON.parse(text).testResults.flatMap(file => {
    const failed = file.assertionResults.filter(
      test => test.status === 'failed',
    );
    if (failed.length)
      return failed.map(test => ({
        where: file.name,
        name: test.fullName,
        message: test.failureMessages.join('\n'),
      }));
    return file.status === 'failed'
      ? [{ where: file.name, name: '(the file)', message: file.message }]
      : [];
  });
}

const ENTITIES = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
const unescaped = text =>
  text
    .replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replace(/&(lt|gt|quot|apos|amp);/g, (_, name) => ENTITIES[name]);

function fromJunit(text) {
  const attribute = (tag, name) =>
    unescaped(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
  return [
    ...text.matchAll(/<testcase\s([^>]*[^/])>\s*<(?:failure|error)\s([^>]*)>/g),
  ].map(([, test, failure]) => ({
    where: attribute(` ${test}`, 'classname'),
    name: attribute(` ${test}`, 'name'),
    message: attribute(` ${failure}`, 'message'),
  }));
}

/** A test that failed only because one within it did is not told again. */
function fromTap(text) {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const [, indent, name] = /^(\s*)not ok \d+ - (.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const end = lines.indexOf(`${indent}  ...`, index);
    const block = lines.slice(index + 1, end < 0 ? index + 1 : end);
    const said = key => block.findIndex(each => each.trim().startsWith(key));
    if (block.some(each => /failureType: 'subtestsFailed'/.test(each)))
      return [];
    const from = said('error:');
    const to = block.findIndex(
      (each, at) => at > from && /^\s*(code|stack|name|expected):/.test(each),
    );
    const where = block[said('location:')];
    return [
      {
        where: where?.replace(/^\s*location: |'/g, '') ?? '',
        name,
        message:
          from < 0
            ? ''
            : block
                .slice(from, to < 0 ? undefined : to)
                .join('\n')
                .replace(/^\s*error: (\|-)?/, ''),
      },
    ];
  });
}

const PARSERS = { jest: fromJest, pytest: fromJunit, node: fromTap };

/**
 * The tests of a suite that failed, as lines to be shown.
 *
 * @param options.parser - 'check' | 'jest' | 'pytest' | 'node'
 * @param options.report - text of its report; undefined when there is none
 * @param options.root - what is left out before names of files
 * @returns nothing for a check, or for a report that cannot be read: what is
 *   wrong with that one is told as the problem of its suite
 */
export function failuresOf({ parser, report, root }) {
  if (!report || !PARSERS[parser]) return [];
  let failures;
  try {
    failures = PARSERS[parser](report);
  } catch {
    return [];
  }
  const lines = failures
    .slice(0, MOST)
    .flatMap(({ where, name, message }) => [
      `${where.replace(`${root}/`, '')} › ${name}`,
      ...firstLines(message).map(line => `    ${line}`),
    ]);
  return failures.length > MOST
    ? [...lines, `… and ${failures.length - MOST} more`]
    : lines;
}
