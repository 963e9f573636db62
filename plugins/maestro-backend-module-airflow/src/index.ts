export * from './execution';
