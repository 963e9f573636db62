import { EntityContentBlueprint } from '@backstage/plugin-catalog-react/alpha';

const filter = { kind: 'pipeline' };

export const runsEntityContent = EntityContentBlueprint.make({
  name: 'runs',
  params: {
    path: '/runs',
    title: 'Runs',
    filter,
    loader: () =>
      import('./components/entity/RunsTab').then(m => <m.RunsTab />),
  },
});

export const codeEntityContent = EntityContentBlueprint.make({
  name: 'code',
  params: {
    path: '/code',
    title: 'Code',
    filter,
    loader: () => import('./components/code/CodeTab').then(m => <m.CodeTab />),
  },
});
