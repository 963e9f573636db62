import {
  compilePipeline,
  type PipelineEntity,
} from '@maestro/plugin-maestro-common';
import { policyRefusals } from './policyRefusals';

const definition = compilePipeline({
  apiVersion: 'maestro.dev/v1alpha1',
  kind: 'Pipeline',
  metadata: { name: 'p' },
  spec: {
    type: 'training',
    owner: 'ml-team',
    tasks: [
      { id: 'a', run: { command: ['a'] }, image: 'good:1' },
      {
        id: 'b',
        run: { command: ['b'] },
        kubernetes: { serviceAccount: 'admin' },
      },
    ],
    finally: [{ id: 'c', run: { command: ['c'] }, image: 'bad:1' }],
  },
} as PipelineEntity);

it('says where in the file, and which rule', () => {
  const rules = [
    { id: 'ml', owners: ['group:default/ml-team'], images: ['good:*'] },
  ];
  expect(
    policyRefusals({ default: 'deny', rules }, definition, 'c.yaml'),
  ).toEqual([
    {
      file: 'c.yaml',
      path: 'spec.tasks[1].kubernetes.serviceAccount',
      message:
        'Task "b" may not use service account "admin": rule "ml" of maestro.policy grants group:default/ml-team no serviceAccounts; to allow it, add it to "serviceAccounts" there',
    },
    expect.objectContaining({ path: 'spec.finally[0].image' }),
  ]);
});

it('knows the system of the pipeline', () => {
  const ask = (system?: string) =>
    policyRefusals(
      {
        default: 'deny',
        rules: [
          {
            id: 'of-flights',
            systems: ['system:default/flights'],
            images: ['*'],
            serviceAccounts: ['*'],
          },
        ],
      },
      { ...definition, system },
      'c.yaml',
    );
  expect(ask('flights')).toEqual([]);
  expect(ask('risk')).toEqual([
    expect.objectContaining({
      path: 'spec.owner',
      message: expect.stringContaining(
        'pipeline "p" of group:default/ml-team in system:default/risk',
      ),
    }),
  ]);
  expect(ask()).toEqual([expect.objectContaining({ path: 'spec.owner' })]);
});

it('says once that no rule names the pipeline', () => {
  expect(
    policyRefusals({ default: 'deny', rules: [] }, definition, 'c'),
  ).toEqual([expect.objectContaining({ path: 'spec.owner' })]);
  expect(
    policyRefusals({ default: 'allow', rules: [] }, definition, 'c'),
  ).toEqual([]);
});
