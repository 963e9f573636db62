import { useApi } from '@backstage/core-plugin-api';
import type { Variable } from '@maestro/plugin-maestro-common';
import { maestroApiRef } from '../../api/maestroApi';
import { keys, useVariables } from '../../state/queries';
import { MaestroPage } from '../layout/MaestroPage';
import { SettingsPage } from '../settings/SettingsPage';
import { VariableDialog } from './VariableDialog';

/** Characters of a value that the table shows. */
const SHOWN = 200;

/** The page of variables. */
export function VariablesPage() {
  return (
    <MaestroPage>
      <VariablesContent />
    </MaestroPage>
  );
}

function valueOf({ secret, value = '' }: Variable) {
  if (secret) {
    return '••••••••';
  }
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}

function VariablesContent() {
  const api = useApi(maestroApiRef);
  const variables = useVariables();
  return (
    <SettingsPage
      one="variable"
      nameTitle="name"
      answer={variables}
      nameOf={variable => variable.key}
      words={({ value }) => [value]}
      columns={[
        {
          title: 'value',
          long: true,
          render: variable => <code>{valueOf(variable)}</code>,
        },
      ]}
      editWord="Edit"
      purpose="A variable is a value that pipelines read when they run, such as a threshold. Changing it changes the next run, without a new version."
      deeds={{ create: 'setVariable', remove: 'deleteVariable' }}
      renderForm={(variable, all, close) => (
        <VariableDialog
          key={variable?.key}
          variable={variable}
          taken={all.map(each => each.key)}
          onClose={close}
        />
      )}
      remove={({ key }) => api.deleteVariable(key)}
      removeEffect={({ usedBy }) =>
        usedBy.length > 0
          ? `${usedBy.join(
              ', ',
            )} read it; their tasks find nothing from the next start on.`
          : 'No pipeline reads it.'
      }
      queryKey={keys.variables}
    />
  );
}
