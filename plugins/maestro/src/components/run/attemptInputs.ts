import type { Attempt } from '@maestro/plugin-maestro-common';

/** The backend keeps so many characters of a field, and `…`. */
const KEPT = 4_096;

/** A field of an operator after its templates were rendered. */
export interface RenderedField {
  name: string;
  value: unknown;
  /** Whether it was longer than what is kept. */
  isCut: boolean;
}

/** Rendered fields in the operator's order; undefined when there were none yet. */
export function renderedFields(
  attempt: Pick<Attempt, 'inputs'>,
): RenderedField[] | undefined {
  const rendered = attempt.inputs?.rendered;
  if (typeof rendered !== 'object' || rendered === null) return undefined;
  return Object.entries(rendered).map(([name, value]) => ({
    name,
    value,
    isCut:
      typeof value === 'string' &&
      value.length === KEPT + 1 &&
      value.endsWith('…'),
  }));
}

/** Variables and connections that it was given, without what it rendered. */
export function givenInputs(
  attempt: Pick<Attempt, 'inputs'>,
): Record<string, unknown> {
  const {
    rendered: _rendered,
    renderedMapIndex: _label,
    ...given
  } = attempt.inputs ?? {};
  return given;
}
