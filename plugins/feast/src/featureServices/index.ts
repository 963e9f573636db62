export { FeatureServicesPage } from './FeatureServicesPage';
