import { useApi } from '@backstage/core-plugin-api';
import type { Connection } from '@maestro/plugin-maestro-common';
import { RelativeTime, StateChip } from '@maestro/plugin-maestro-react';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, useConnections } from '../../state/queries';
import { MaestroPage } from '../layout/MaestroPage';
import { SettingsPage } from '../settings/SettingsPage';
import { ConnectionDrawer } from './ConnectionDrawer';

/** The page of connections. */
export function ConnectionsPage() {
  return (
    <MaestroPage>
      <ConnectionsContent />
    </MaestroPage>
  );
}

const addressOf = ({ host, port }: Connection) =>
  host ? `${host}${port === undefined ? '' : `:${port}`}` : '—';

function ConnectionsContent() {
  const api = useApi(maestroApiRef);
  const connections = useConnections();
  return (
    <SettingsPage
      one="connection"
      nameTitle="id"
      answer={connections}
      nameOf={connection => connection.connId}
      words={({ connType, host }) => [connType, host]}
      columns={[
        { title: 'type', render: ({ connType }) => connType },
        { title: 'host', long: true, render: addressOf },
        { title: 'login', render: ({ login }) => login ?? '—' },
      ]}
      lateColumns={[
        {
          title: 'last test',
          render: connection => <LastTest connection={connection} />,
        },
      ]}
      editWord="Edit and test"
      purpose="A connection tells tasks how to reach a service: address, login, password. Tasks that name it find it in their environment."
      deeds={{ create: 'createConnection', remove: 'deleteConnection' }}
      renderForm={(connection, _, close) => (
        <ConnectionDrawer
          key={connection?.connId}
          connection={connection}
          onClose={close}
        />
      )}
      remove={({ connId }) => api.deleteConnection(connId)}
      removeEffect={({ usedBy }) =>
        `${
          usedBy.length > 0
            ? `Tasks of ${usedBy.join(
                ', ',
              )} name it; they fail from their next start on.`
            : 'No pipeline names it.'
        } Its password cannot be read back afterwards.`
      }
      queryKey={keys.connections}
    />
  );
}

function LastTest(props: { connection: Connection }) {
  const { lastTest } = props.connection;
  if (!lastTest) {
    return <>never</>;
  }
  return (
    <>
      <StateChip
        state={lastTest.ok ? 'success' : 'failed'}
        label={lastTest.ok ? 'works' : 'failed'}
        reason={lastTest.steps.find(step => !step.ok)?.message}
      />{' '}
      <RelativeTime at={lastTest.at} />
    </>
  );
}
