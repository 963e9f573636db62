import { createHash } from 'node:crypto';
import type { PipelineProblem } from '@maestro/plugin-maestro-common';
import type { FoundProblems } from '../database/operations/pipelines/syncProblems';
import type { PipelineRow } from '../database/tables';

/** Problems under the pipelines that they keep from having a newer version. */
export class ProblemsByPipeline {
  private readonly found = new Map<string, FoundProblems>();

  constructor(
    private readonly known: readonly Pick<
      PipelineRow,
      'name' | 'entity_ref' | 'location' | 'removed_at'
    >[],
  ) {}

  add(
    location: string,
    pipeline: string | undefined,
    problem: PipelineProblem,
  ): void {
    const concerned = this.known.filter(
      row =>
        row.removed_at === null &&
        (pipeline === undefined
          ? row.location === location
          : row.name === pipeline),
    );
    if (concerned.length > 0) {
      concerned.forEach(row =>
        this.put(row.entity_ref, row.name, location, problem),
      );
      return;
    }
    // Nothing good is known of it: it stands under its place.
    const file = location.slice(location.indexOf('/') + 1);
    const name = pipeline ?? (file || location);
    const hash = createHash('sha256')
      .update(`${location}\0${pipeline ?? ''}`)
      .digest('hex')
      .slice(0, 16);
    this.put(`location:default/source-${hash}`, name, location, problem);
  }

  list(): FoundProblems[] {
    return [...this.found.values()];
  }

  private put(
    entityRef: string,
    name: string,
    location: string,
    problem: PipelineProblem,
  ): void {
    const one = this.found.get(entityRef);
    if (one) one.problems.push(problem);
    else
      this.found.set(entityRef, {
        entityRef,
        name,
        location,
        problems: [problem],
      });
  }
}
