import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXPRESSION_RUN_FIELDS } from '../core/expressions/expressionReferences';
import { TRIGGER_RULES } from '../core/pipeline/triggerRules';
import { validatePipelineText } from './validatePipelineText';

const ROOT = join(__dirname, '../../../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const format = read('docs/pipeline-format.md');

/** The blocks of YAML in a document that are whole pipelines. */
function pipelinesIn(text: string): string[] {
  return [...text.matchAll(/```yaml\n(.+?)```/gs)]
    .map(([, yaml]) => yaml)
    .filter(yaml => /^kind: Pipeline$/m.test(yaml));
}

describe('what the documents show', () => {
  it.each(['README.md', 'docs/pipeline-format.md'])(
    'the whole pipeline of %s is valid, without a warning',
    path => {
      const found = pipelinesIn(read(path));
      expect(found).toHaveLength(1);
      expect(validatePipelineText(found[0])).toMatchObject({
        ok: true,
        problems: [],
        warnings: [],
      });
    },
  );

  it('has a row for every trigger rule and no other', () => {
    const [, section] = /## Trigger rules\n(.+?)\n## /s.exec(format)!;
    const rows = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, rule]) => rule);
    expect(rows).toStrictEqual([...TRIGGER_RULES]);
  });

  it('names every field of a run that expressions have', () => {
    const [row] = /^\| `run\.NAME`.+$/m.exec(format)!;
    for (const field of EXPRESSION_RUN_FIELDS) {
      expect(row).toContain(`\`${field}\``);
    }
  });
});
