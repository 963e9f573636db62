export { FeatureViewsPage } from './FeatureViewsPage';
