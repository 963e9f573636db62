import { MetricValue } from './types';

// The names people and libraries give these two, the most telling first.
const accuracyNames = [
  'accuracy',
  'test_accuracy',
  'val_accuracy',
  'eval_accuracy',
  'accuracy_score',
];
const f1Names = [
  'f1_weighted',
  'weighted_f1',
  'f1',
  'f1_score',
  'test_f1_weighted',
  'test_f1',
  'val_f1',
  'eval_f1',
];

/**
 * The two metrics a list of models shows, each with the name it was logged
 * under. Other names need the model's detail.
 *
 * @public
 */
export interface HeadlineMetrics {
  accuracy?: { name: string; value: MetricValue };
  f1?: { name: string; value: MetricValue };
}

/**
 * Picks accuracy and F1 from a run's metrics by the names in common use.
 *
 * @public
 */
export function headlineMetrics(
  metrics: Record<string, MetricValue>,
): HeadlineMetrics {
  const pick = (names: string[]) => {
    const name = names.find(candidate => Object.hasOwn(metrics, candidate));
    return name === undefined ? undefined : { name, value: metrics[name] };
  };
  return { accuracy: pick(accuracyNames), f1: pick(f1Names) };
}
