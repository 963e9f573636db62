import { InputError } from '@backstage/errors';
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

function contextWith(
  render?: (asked: RenderRequest) => Promise<string[]>,
  masks: { current: string | null } = { current: null },
) {
  const first = async () => ({ attempt_id: 'a', masks: masks.current });
  return {
    db: { table: () => ({ where: () => ({ first }) }) },
    inputs: {
      openMasks: (_id: string, sealed: string) => {
        if (sealed === 'gone') throw new InputError('its key is gone');
        return JSON.parse(sealed);
      },
    },
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
    secretArguments: [],
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

it('names the arguments that hold a secret which a template was given', async () => {
  const masks: { current: string | null } = { current: JSON.stringify(['']) };
  const ctx = contextWith(async ({ texts }) => {
    // As the task API does before it answers.
    masks.current = JSON.stringify(['', 'hunter22']);
    return texts.map(text => text.replace(/\{\{.*\}\}/, 'user:hunter22'));
  }, masks);
  const { command, secretArguments } = await renderLaunch(ctx, {
    request,
    templates,
  });
  expect(command).toEqual(['echo', 'user:hunter22']);
  expect(secretArguments).toEqual([1]);
});

it('launches nothing whose secrets it cannot tell', async () => {
  const ctx = contextWith(async ({ texts }) => texts, { current: 'gone' });
  await expect(renderLaunch(ctx, { request, templates })).rejects.toMatchObject(
    { failure: 'config', message: 'its key is gone' },
  );
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
