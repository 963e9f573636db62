import { EntityCardBlueprint } from '@backstage/plugin-catalog-react/alpha';

const filter = { kind: 'pipeline' };
const cards = () => import('./components/entity/cards');

export const statusEntityCard = EntityCardBlueprint.make({
  name: 'status',
  params: {
    type: 'content',
    filter,
    loader: () => cards().then(m => <m.StatusCard />),
  },
});

export const nextRunEntityCard = EntityCardBlueprint.make({
  name: 'next-run',
  params: {
    type: 'content',
    filter,
    loader: () => cards().then(m => <m.NextRunCard />),
  },
});

export const slaEntityCard = EntityCardBlueprint.make({
  name: 'sla',
  params: {
    type: 'content',
    filter,
    loader: () => cards().then(m => <m.SlaCard />),
  },
});

export const ownerEntityCard = EntityCardBlueprint.make({
  name: 'owner',
  params: {
    type: 'content',
    filter,
    loader: () => cards().then(m => <m.OwnerCard />),
  },
});

export const dagEntityCard = EntityCardBlueprint.make({
  name: 'dag',
  params: {
    type: 'content',
    filter: { kind: 'pipeline', 'spec.type': 'airflow' },
    loader: () =>
      import('./components/entity/DagCard').then(m => <m.DagCard />),
  },
});

export const webhooksEntityCard = EntityCardBlueprint.make({
  name: 'webhooks',
  params: {
    type: 'content',
    filter,
    loader: () =>
      import('./components/entity/WebhooksCard').then(m => <m.WebhooksCard />),
  },
});
