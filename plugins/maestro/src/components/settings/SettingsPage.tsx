import { useState } from 'react';
import Button from '@material-ui/core/Button';
import IconButton from '@material-ui/core/IconButton';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import DeleteIcon from '@material-ui/icons/DeleteOutline';
import { actorWords } from '@maestro/plugin-maestro-common';
import { RelativeTime } from '@maestro/plugin-maestro-react';
import type { Answer } from '../../state/queries';
import type { Deed } from '../../state/useMay';
import { Permitted } from '../actions/Permitted';
import { useListKeys } from '../keyboard/useListKeys';
import { DelayedSkeleton } from '../layout/DelayedSkeleton';
import { EmptyInvitation } from '../layout/EmptyInvitation';
import { ErrorNotice } from '../layout/ErrorNotice';
import { FilterField, useFilterText } from '../layout/FilterField';
import { DeleteDialog } from './DeleteDialog';
import { useTableStyles } from './useTableStyles';

/** What connections, variables and pools have in common. */
export interface Setting {
  description?: string;
  usedBy: readonly string[];
  updatedAt: number;
  /** Who changed it last, where that is kept beside it. */
  updatedBy?: string;
}

/** @internal */
export interface SettingsPageProps<T extends Setting> {
  /** What one of them is called: "connection". */
  one: string;
  /** Heading of the column of names. */
  nameTitle: string;
  answer: Answer<T[]>;
  nameOf: (setting: T) => string;
  /** What the filter searches besides name, description and use. */
  words: (setting: T) => Array<string | undefined>;
  /** What stands between the name and its use. */
  columns: Array<{
    title: string;
    long?: boolean;
    render: (setting: T) => React.ReactNode;
  }>;
  /** What stands after its use. */
  lateColumns?: SettingsPageProps<T>['columns'];
  editWord: string;
  /** What it is for, shown where there is none yet. */
  purpose: string;
  deeds: { create: Deed; remove: Deed };
  /** The form; without a setting, of a new one. */
  renderForm: (
    setting: T | undefined,
    all: readonly T[],
    close: () => void,
  ) => React.ReactNode;
  /** Deletes it for good, as it was when the question was asked. */
  remove: (setting: T) => Promise<unknown>;
  /** What deleting it does. */
  removeEffect: (setting: T) => string;
  queryKey: readonly string[];
}

/** A table of named things that tasks read, with a form for each. */
export function SettingsPage<T extends Setting>(props: SettingsPageProps<T>) {
  const { one, answer, nameOf, columns, lateColumns = [] } = props;
  const classes = useTableStyles();
  const [text, setText] = useFilterText();
  const [open, setOpen] = useState<string>();
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<T>();
  const all = answer.data ?? [];
  const wanted = text.toLocaleLowerCase();
  const rows = all.filter(each =>
    [nameOf(each), each.description, ...each.usedBy, ...props.words(each)]
      .join('\n')
      .toLocaleLowerCase()
      .includes(wanted),
  );
  const marked = useListKeys({
    items: rows,
    keyOf: nameOf,
    onOpen: row => setOpen(nameOf(row)),
  });
  const opened = all.find(each => nameOf(each) === open);
  const add = (
    <Permitted to={props.deeds.create}>
      {disabled => (
        <Button
          variant="contained"
          color="primary"
          disabled={disabled}
          onClick={() => setAdding(true)}
        >
          New {one}
        </Button>
      )}
    </Permitted>
  );
  return (
    <>
      <div className={classes.bar}>
        <FilterField label={`Filter ${one}s`} value={text} onChange={setText} />
        <span className={classes.space} />
        {add}
      </div>
      {answer.isPending && <DelayedSkeleton rows={6} height={44} />}
      {answer.error && !answer.data && (
        <ErrorNotice
          title={`The ${one}s could not be read`}
          error={answer.error}
        />
      )}
      {answer.data && all.length === 0 && (
        <EmptyInvitation title={`No ${one}s yet`} action={add}>
          {props.purpose}
        </EmptyInvitation>
      )}
      {all.length > 0 && rows.length === 0 && (
        <EmptyInvitation title={`No ${one} matches`}>
          The filter leaves nothing of {all.length}.
        </EmptyInvitation>
      )}
      {rows.length > 0 && (
        <Paper variant="outlined" className={classes.scroll}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">{props.nameTitle}</th>
                {columns.map(({ title }) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
                <th scope="col">used by</th>
                {lateColumns.map(({ title }) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
                <th scope="col">changed</th>
                <th scope="col" aria-label="Actions" />
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr
                  key={nameOf(row)}
                  className={index === marked ? classes.marked : undefined}
                >
                  <td>
                    <button
                      type="button"
                      className={classes.open}
                      onClick={() => setOpen(nameOf(row))}
                    >
                      {nameOf(row)}
                    </button>
                    {row.description && (
                      <Typography variant="body2" color="textSecondary">
                        {row.description}
                      </Typography>
                    )}
                  </td>
                  {columns.map(({ title, long, render }) => (
                    <td key={title} className={long ? classes.long : undefined}>
                      {render(row)}
                    </td>
                  ))}
                  <td>{row.usedBy.length > 0 ? row.usedBy.join(', ') : '—'}</td>
                  {lateColumns.map(({ title, render }) => (
                    <td key={title}>{render(row)}</td>
                  ))}
                  <td
                    title={row.updatedBy && `by ${actorWords(row.updatedBy)}`}
                  >
                    <RelativeTime at={row.updatedAt} />
                  </td>
                  <td className={classes.actions}>
                    <Button size="small" onClick={() => setOpen(nameOf(row))}>
                      {props.editWord}
                    </Button>
                    <Permitted to={props.deeds.remove}>
                      {disabled => (
                        <IconButton
                          size="small"
                          aria-label={`Delete ${nameOf(row)}`}
                          title="Delete…"
                          disabled={disabled}
                          onClick={() => setDeleting(row)}
                        >
                          <DeleteIcon fontSize="small" />
                        </IconButton>
                      )}
                    </Permitted>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Paper>
      )}
      {adding && props.renderForm(undefined, all, () => setAdding(false))}
      {opened && props.renderForm(opened, all, () => setOpen(undefined))}
      {deleting && (
        <DeleteDialog
          one={one}
          name={nameOf(deleting)}
          effect={props.removeEffect(deleting)}
          remove={() => props.remove(deleting)}
          queryKey={props.queryKey}
          onClose={() => setDeleting(undefined)}
        />
      )}
    </>
  );
}
