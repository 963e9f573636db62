/**
 * Makes the API types and the spec module from `src/api/openapi.yaml`:
 *
 *   node scripts/generate-api.mjs           writes src/api/generated/
 *   node scripts/generate-api.mjs --check   fails when what is there differs
 *
 * No Java: openapi-typescript writes the types, and the spec itself becomes an
 * `as const` module because a browser and a bundled backend read no files.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import { parse } from 'yaml';

const HEADER =
  '/* eslint-disable */\n' +
  '// Made from src/api/openapi.yaml by scripts/generate-api.mjs; do not edit.\n\n';

const source = new URL('../src/api/openapi.yaml', import.meta.url);
const target = name =>
  fileURLToPath(new URL(`../src/api/generated/${name}`, import.meta.url));

/** @returns {Promise<Map<string, string>>} content by path */
async function generate() {
  const text = await readFile(source, 'utf8');
  const spec = parse(text);
  // A property with a default may be left out of a request.
  const types = astToString(
    await openapiTS(structuredClone(spec), { defaultNonNullable: false }),
  );
  return new Map([
    [target('schema.generated.ts'), `${HEADER}${types}`],
    [
      target('spec.generated.ts'),
      `${HEADER}/** The OpenAPI document. @public */\nexport const spec = ${JSON.stringify(
        spec,
        undefined,
        2,
      )} as const;\n`,
    ],
  ]);
}

async function main(check) {
  const files = await generate();
  const stale = [];
  for (const [path, content] of files) {
    const present = await readFile(path, 'utf8').catch(error => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (present === content) continue;
    if (check) {
      stale.push(relative(process.cwd(), path));
      continue;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  if (stale.length > 0) {
    process.stderr.write(
      `${stale.join(' and ')} ${
        stale.length > 1 ? 'do' : 'does'
      } not match src/api/openapi.yaml: run "node scripts/generate-api.mjs" in plugins/maestro-common and commit the result.\n`,
    );
    process.exitCode = 1;
  }
}

await main(process.argv.includes('--check'));
