import {
  ExecutorError,
  type RenderRequest,
} from '@maestro/plugin-maestro-node';
import { renderLaunch } from './renderLaunch';
import type { EngineContext, PreparedLaunch } from './types';

const request = {
  attemptId: 'a',
  command: ['echo', '{{ ds }}'],
  env: { OWN: '{{ x }}', MAESTRO_PARAMS: '{"a": "{{ not ours }}"}' },
} as unknown as PreparedLaunch['request'];
const templates = { fields: { arguments: ['{{ ds }}'] }, env: ['OWN', 'GONE'] };

function contextWith(render?: (asked: RenderRequest) => Promise<string[]>) {
  return {
    executors: new Map([['airflow', { name: 'airflow', render }]]),
  } as unknown as EngineContext;
}

it('fills in the command and its own variables, and nothing else', async () => {
  const asked: RenderRequest[] = [];
  const ctx = contextWith(async what => {
    asked.push(what);
    return what.texts.map(text => text.replace(/\{\{.*\}\}/, 'filled'));
  });
  expect(await renderLaunch(ctx, { request, templates })).toEqual({
    ...request,
    command: ['echo', 'filled'],
    env: { ...request.env, OWN: 'filled' },
  });
  expect(asked).toEqual([
    {
      env: request.env,
      texts: ['echo', '{{ ds }}', '{{ x }}'],
      fields: templates.fields,
    },
  ]);
});

it('leaves alone what has no templates', async () => {
  expect(await renderLaunch(contextWith(), { request })).toBe(request);
});

it.each<[string, Parameters<typeof contextWith>[0], string, RegExp]>([
  ['who can', undefined, 'config', /no executor "airflow" to render them/],
  [
    'a template that can be',
    async () => {
      throw new ExecutorError('exit_code', 'no such variable');
    },
    'exit_code',
    /no such variable/,
  ],
  [
    'room for it',
    async ({ texts }) => texts.map(() => 'x'.repeat(200_000)),
    'config',
    /Argument 0 of the command has 200000 bytes/,
  ],
])('fails without %s', async (_, render, failure, message) => {
  const failing = renderLaunch(contextWith(render), { request, templates });
  await expect(failing).rejects.toMatchObject({
    name: 'ExecutorError',
    failure,
    message: expect.stringMatching(message),
  });
});
