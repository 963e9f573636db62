import { Route, Routes } from 'react-router-dom';
import { NotFoundErrorPage } from '@backstage/frontend-plugin-api';
import { PipelinesPage } from './pipelines/PipelinesPage';
import { RunPage } from './run/RunPage';

/** What stands below the address of the pipelines. */
export function MaestroRouter() {
  return (
    <Routes>
      <Route index element={<PipelinesPage />} />
      <Route path="runs/:runId" element={<RunPage />} />
      <Route path="*" element={<NotFoundErrorPage />} />
    </Routes>
  );
}
