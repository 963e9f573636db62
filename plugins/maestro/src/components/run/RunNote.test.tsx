import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MaestroResponseError } from '@maestro/plugin-maestro-common';
import { runOf } from '../../__testUtils__/fixtures';
import { apiOf, renderPage } from '../../__testUtils__/renderPage';
import { MaestroPage } from '../layout/MaestroPage';
import { RunNote } from './RunNote';

function open(note: string | undefined, setRunNote: jest.Mock) {
  const run = { ...runOf(), note };
  const api = apiOf({ setRunNote });
  return renderPage(
    <MaestroPage>
      <RunNote run={run} />
    </MaestroPage>,
    { api },
  );
}
const saved = (note: string) =>
  jest.fn(async () => ({ ...runOf(), note: note || undefined }));

async function dialogOf(button: string) {
  await userEvent.click(await screen.findByRole('button', { name: button }));
  return within(await screen.findByRole('dialog'));
}

describe('the note on a run', () => {
  it('is written, without the blanks around it', async () => {
    const setRunNote = saved('late data');
    const { toasts } = open(undefined, setRunNote);
    const dialog = await dialogOf('Add a note');
    expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
    await userEvent.type(dialog.getByLabelText('Note'), ' late data ');
    await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
    await waitFor(() =>
      expect(setRunNote).toHaveBeenCalledWith('run-1', 'late data'),
    );
    await waitFor(() =>
      expect(toasts.post).toHaveBeenCalledWith(
        expect.objectContaining({ title: 'Saved the note' }),
      ),
    );
  });

  it('is removed by emptying it, which the button says', async () => {
    const setRunNote = saved('');
    const { toasts } = open('old words', setRunNote);
    expect(await screen.findByText('“old words”')).toBeInTheDocument();
    const dialog = await dialogOf('Edit the note');
    expect(dialog.getByRole('button', { name: 'Save' })).toBeDisabled();
    await userEvent.clear(dialog.getByLabelText('Note'));
    await userEvent.click(
      dialog.getByRole('button', { name: 'Remove the note' }),
    );
    await waitFor(() => expect(setRunNote).toHaveBeenCalledWith('run-1', ''));
    await waitFor(() =>
      expect(toasts.post).toHaveBeenCalledWith(
        expect.objectContaining({ title: 'Removed the note' }),
      ),
    );
  });

  it('stays typed when the server refuses it', async () => {
    const setRunNote = jest.fn(async () => {
      throw new MaestroResponseError({
        name: 'ConflictError',
        message: 'The run changed meanwhile',
        statusCode: 409,
      });
    });
    open(undefined, setRunNote);
    const dialog = await dialogOf('Add a note');
    await userEvent.type(dialog.getByLabelText('Note'), 'my words');
    await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
    expect(await dialog.findByText('The note was not saved')).toBeVisible();
    expect(dialog.getByLabelText('Note')).toHaveValue('my words');
  });
});
