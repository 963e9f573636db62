import type { Command } from 'commander';
import type { Context } from '../Context';
import { EXIT } from '../outcome';
import { problemText } from './pipelines';

/** `maestro validate FILE…`. Needs no portal. */
export function registerValidate(program: Command, context: Context): void {
  program
    .command('validate <file...>')
    .description(
      'checks pipeline files, or catalog-info.yaml in folders or the folders directly below, as the portal does',
    )
    .action(async (files: string[]) => {
      // The validator is heavier than all the rest: loaded when it is wanted.
      const { validateFiles } = await import('../lazy/validateFiles');
      const results = await validateFiles(files, context.around.cwd);
      await context.result(results, () =>
        results
          .flatMap(({ file, pipelines, problems, warnings }) => [
            ...problems.map(problem => `error: ${problemText(problem)}`),
            ...warnings.map(warning => `warning: ${problemText(warning)}`),
            ...(problems.length === 0
              ? [`${file}: ${pipelines.join(', ')} is valid`]
              : []),
          ])
          .join('\n'),
      );
      if (results.some(({ ok }) => !ok)) context.exitCode = EXIT.failed;
    });
}
