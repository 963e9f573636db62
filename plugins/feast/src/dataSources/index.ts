export { DataSourcesPage } from './DataSourcesPage';
