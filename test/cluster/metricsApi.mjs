/**
 * What makes metrics-server, a process beside the pods, answer for
 * metrics.k8s.io (`kubectl top`): a service without selector, its endpoint and
 * the extension of the API.
 *
 * @param authority - PEM of the cluster's authority
 */
export function metricsApi(settings, authority) {
  const metadata = { name: 'metrics-server', namespace: 'kube-system' };
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: {
          ports: [
            { name: 'https', port: 443, targetPort: settings.metricsPort },
          ],
        },
      },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          ...metadata,
          labels: { 'kubernetes.io/service-name': metadata.name },
        },
        addressType: 'IPv4',
        endpoints: [
          { addresses: [settings.address], conditions: { ready: true } },
        ],
        ports: [{ name: 'https', port: settings.metricsPort, protocol: 'TCP' }],
      },
      {
        apiVersion: 'apiregistration.k8s.io/v1',
        kind: 'APIService',
        metadata: { name: 'v1beta1.metrics.k8s.io' },
        spec: {
          group: 'metrics.k8s.io',
          version: 'v1beta1',
          groupPriorityMinimum: 100,
          versionPriority: 100,
          service: metadata,
          caBundle: Buffer.from(authority).toString('base64'),
        },
      },
    ],
  };
}
