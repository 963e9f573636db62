import { useApi } from '@backstage/core-plugin-api';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, usePools } from '../../state/queries';
import { MaestroPage } from '../layout/MaestroPage';
import { SettingsPage } from '../settings/SettingsPage';
import { PoolBar } from './PoolBar';
import { PoolDialog } from './PoolDialog';
import { deleteEffect, isNamed } from './poolEffects';

/** The page of pools. */
export function PoolsPage() {
  return (
    <MaestroPage>
      <PoolsContent />
    </MaestroPage>
  );
}

function PoolsContent() {
  const api = useApi(maestroApiRef);
  const pools = usePools();
  return (
    <SettingsPage
      one="pool"
      nameTitle="name"
      answer={pools}
      nameOf={pool => pool.name}
      words={() => []}
      columns={[
        {
          title: 'slots in use',
          render: pool => <PoolBar pool={pool} />,
        },
        {
          title: 'waiting',
          render: ({ waiting }) => (waiting > 0 ? waiting : '—'),
        },
      ]}
      editWord="Edit"
      purpose="A pool is a number of slots that tasks of all pipelines share, such as one for each graphics card. A task with pool: NAME takes one while it runs."
      deeds={{ create: 'setPool', remove: 'deletePool' }}
      renderForm={(pool, all, close) => (
        <PoolDialog
          key={pool?.name}
          pool={pool}
          taken={all.map(each => each.name)}
          onClose={close}
        />
      )}
      // What the question said is what is agreed to, no more.
      remove={pool => api.deletePool(pool.name, { force: isNamed(pool) })}
      removeEffect={deleteEffect}
      queryKey={keys.pools}
    />
  );
}
