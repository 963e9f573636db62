import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import type { RunDetail, TaskDefinition } from '@maestro/plugin-maestro-common';
import { StateChip } from '@maestro/plugin-maestro-react';

/** What a branch asks, and which way each answer leads. */
export function BranchView(props: {
  run: RunDetail;
  task: TaskDefinition;
  onOpen: (taskId: string) => void;
}) {
  const { run, task, onOpen } = props;
  const { branch } = task;
  if (!branch) {
    return null;
  }
  const way = (label: string, nos: number[]) => (
    <div style={{ marginTop: 12 }}>
      <Typography variant="subtitle2">{label}</Typography>
      {nos.length === 0 && (
        <Typography color="textSecondary">nothing more to do</Typography>
      )}
      {nos.map(no => {
        const { id } = run.definition.tasks[no];
        const instance = run.tasks.find(other => other.taskNo === no);
        return (
          <div
            key={no}
            style={{ display: 'flex', gap: 8, alignItems: 'center' }}
          >
            <Button size="small" onClick={() => onOpen(id)}>
              {id}
            </Button>
            <StateChip state={instance?.state ?? 'none'} />
          </div>
        );
      })}
    </div>
  );
  return (
    <div>
      <Typography variant="subtitle2">Condition</Typography>
      <pre style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {branch.if}
      </pre>
      {way('When true', branch.then)}
      {way('When false', branch.else)}
    </div>
  );
}
