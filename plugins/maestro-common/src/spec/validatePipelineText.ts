/**
 * The validator on the text of a YAML file, with lines and columns.
 *
 * @packageDocumentation
 */
import {
  isCollection,
  isPair,
  LineCounter,
  parseAllDocuments,
  type Document,
} from 'yaml';
import type { PipelineDefinition } from '../core/pipeline/definition';
import { PIPELINE_KIND } from './pipelineSpec';
import type { FoundProblem, PipelineProblem, ProblemPath } from './problems';
import { at } from './schemaProblems';
import { toProblem, validateLocated } from './validatePipeline';

/** Longest file that is looked at, in characters. @public */
export const MAX_PIPELINE_TEXT = 2 * 1024 * 1024;

const NO_YAML = 'Not valid YAML: ';

/**
 * What a file holds. With several documents some may be good and some not.
 *
 * @public
 */
export interface PipelineTextValidation {
  /** No problem in any document. */
  ok: boolean;
  /** The definitions of the documents without a problem, in their order. */
  definitions: PipelineDefinition[];
  problems: PipelineProblem[];
  warnings: PipelineProblem[];
}

/**
 * Validates every document of kind Pipeline in a YAML text; documents of other
 * kinds are left to the catalog. A text without any Pipeline is a problem.
 * Never throws, whatever the text.
 *
 * @param options - `file`: named in the problems
 * @public
 */
export function validatePipelineText(
  text: string,
  options: { file?: string } = {},
): PipelineTextValidation {
  const { file } = options;
  const result: PipelineTextValidation = {
    ok: false,
    definitions: [],
    problems: [],
    warnings: [],
  };
  if (text.length > MAX_PIPELINE_TEXT) {
    result.problems.push(
      toProblem(
        {
          path: [],
          message: `The file has ${text.length} characters`,
          expected: `at most ${MAX_PIPELINE_TEXT}`,
        },
        { file },
      ),
    );
    return result;
  }
  try {
    const lines = new LineCounter();
    for (const document of parseAllDocuments(text, { lineCounter: lines })) {
      validateDocument(document, lines, file, result);
    }
  } catch (error) {
    // Such as nesting that overflows the stack, or a bomb of aliases.
    const message = `The file cannot be read: ${(error as Error).message}`;
    result.problems.push(toProblem({ path: [], message }, { file }));
  }
  if (result.definitions.length === 0 && result.problems.length === 0) {
    result.problems.push(
      toProblem(
        {
          path: ['kind'],
          message: 'The file holds no pipeline',
          expected: `a document with "kind: ${PIPELINE_KIND}"`,
        },
        { file },
      ),
    );
  }
  // As people read the file; what has no place is about the whole.
  const inOrder = (a: PipelineProblem, b: PipelineProblem) =>
    (a.line ?? 0) - (b.line ?? 0);
  if (!result.problems.some(({ message }) => message.startsWith(NO_YAML))) {
    result.problems.sort(inOrder);
  }
  result.warnings.sort(inOrder);
  result.ok = result.problems.length === 0;
  return result;
}

/** One mistake in YAML makes many errors, of which the first ones help. */
const MOST_YAML_ERRORS = 3;

/** What breaks a document: a quote that is never closed, else what comes first. */
function rootErrors(document: Document.Parsed): Document.Parsed['errors'] {
  const rank = ({ message }: Error) =>
    message.startsWith('Missing closing') ? 0 : 1;
  return [...document.errors]
    .sort((a, b) => rank(a) - rank(b) || a.pos[0] - b.pos[0])
    .slice(0, MOST_YAML_ERRORS);
}

function validateDocument(
  document: Document.Parsed,
  lines: LineCounter,
  file: string | undefined,
  result: PipelineTextValidation,
): void {
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  for (const error of rootErrors(document)) {
    // The rest of the message is a picture of the place.
    const message = `${NO_YAML}${error.message
      .split('\n')[0]
      .replace(/ at line \d+, column \d+:?/, '')}`;
    result.problems.push(toProblem({ path: [], message }, place(error.pos[0])));
  }
  if (document.errors.length > 0) {
    return;
  }
  const entity: unknown = document.toJS();
  const kind = at(entity, ['kind']);
  const isOther = typeof kind === 'string' && kind !== PIPELINE_KIND;
  // An empty document, as after a closing "---".
  if (isOther || entity === null) {
    return;
  }
  const { list, definition } = validateLocated(entity);
  const locate = (found: FoundProblem) =>
    toProblem(found, place(offsetOf(document, found.path)));
  result.problems.push(...list.problems.map(locate));
  result.warnings.push(...list.warnings.map(locate));
  if (definition) {
    result.definitions.push(definition);
  }
}

// Where the value at a path begins, or the deepest part of the path that is
// there: what is missing is named at its parent.
function offsetOf(document: Document.Parsed, path: ProblemPath): number {
  let node: unknown = document.contents;
  let offset = rangeStart(node) ?? 0;
  path.forEach((part, i) => {
    if (!isCollection(node)) {
      return;
    }
    const pair = node.items.find(
      item =>
        isPair(item) &&
        (item.key as { value?: unknown } | null)?.value === part,
    );
    const next: unknown = node.get(part, true);
    const isLast = i === path.length - 1;
    // A key is where people look for a value that is an object.
    const key = isPair(pair) ? rangeStart(pair.key) : undefined;
    const value = rangeStart(next);
    const found = isLast && isCollection(next) ? key ?? value : value ?? key;
    offset = found ?? offset;
    node = next;
  });
  return offset;
}

function rangeStart(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] } | null | undefined)
    ?.range?.[0];
}
