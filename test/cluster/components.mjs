import path from 'node:path';
import { pkiFile } from './certificates.mjs';

/*
 * The command line of every component. All but containerd are one program,
 * `minicluster`, whose first argument says which it is.
 */

const ETCD = 'http://127.0.0.1:2379';
const ETCD_PEER = 'http://127.0.0.1:2380';

const options = values =>
  Object.entries(values).map(([name, value]) => `--${name}=${value}`);

const kubeconfig = (settings, name) =>
  path.join(settings.state, `${name}.kubeconfig`);

const ARGUMENTS = {
  etcd: settings => ({
    name: settings.name,
    'data-dir': path.join(settings.state, 'etcd'),
    'listen-client-urls': ETCD,
    'advertise-client-urls': ETCD,
    'listen-peer-urls': ETCD_PEER,
    'initial-advertise-peer-urls': ETCD_PEER,
    'initial-cluster': `${settings.name}=${ETCD_PEER}`,
    // Nothing here must outlive a power cut.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  }),
  'kube-apiserver': settings => {
    const pki = name => pkiFile(settings, name);
    return {
      'etcd-servers': ETCD,
      'bind-address': '0.0.0.0',
      'secure-port': settings.apiPort,
      'advertise-address': settings.address,
      'service-cluster-ip-range': settings.serviceCidr,
      'authorization-mode': 'Node,RBAC',
      'enable-admission-plugins': 'NodeRestriction',
      'allow-privileged': true,
      'anonymous-auth': false,
      'client-ca-file': pki('ca.crt'),
      'tls-cert-file': pki('apiserver.crt'),
      'tls-private-key-file': pki('apiserver.key'),
      'kubelet-certificate-authority': pki('ca.crt'),
      'kubelet-client-certificate': pki('apiserver-kubelet.crt'),
      'kubelet-client-key': pki('apiserver-kubelet.key'),
      'kubelet-preferred-address-types': 'InternalIP',
      'service-account-issuer': `https://kubernetes.default.svc.${settings.domain}`,
      'service-account-key-file': pki('sa.pub'),
      'service-account-signing-key-file': pki('sa.key'),
      'requestheader-client-ca-file': pki('front-proxy-ca.crt'),
      'requestheader-allowed-names': 'front-proxy-client',
      'requestheader-username-headers': 'X-Remote-User',
      'requestheader-group-headers': 'X-Remote-Group',
      'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
      'proxy-client-cert-file': pki('front-proxy.crt'),
      'proxy-client-key-file': pki('front-proxy.key'),
      // Extensions of the API (metrics) by endpoint, without kube-proxy.
      'enable-aggregator-routing': true,
      'event-ttl': '1h',
      profiling: false,
    };
  },
  'kube-controller-manager': settings => ({
    ...clientOf(settings, 'controller-manager'),
    'bind-address': '127.0.0.1',
    'leader-elect': false,
    'use-service-account-credentials': true,
    'service-account-private-key-file': pkiFile(settings, 'sa.key'),
    'root-ca-file': pkiFile(settings, 'ca.crt'),
    'cluster-signing-cert-file': pkiFile(settings, 'ca.crt'),
    'cluster-signing-key-file': pkiFile(settings, 'ca.key'),
    'kube-api-qps': 200,
    'kube-api-burst': 400,
    profiling: false,
  }),
  'kube-scheduler': settings => ({
    ...clientOf(settings, 'scheduler'),
    'bind-address': '127.0.0.1',
    'leader-elect': false,
    'kube-api-qps': 200,
    'kube-api-burst': 400,
    profiling: false,
  }),
  kubelet: settings => ({
    config: path.join(settings.state, 'kubelet.json'),
    kubeconfig: kubeconfig(settings, 'kubelet'),
    'root-dir': path.join(settings.state, 'kubelet'),
    'hostname-override': settings.node,
    'node-ip': settings.address,
  }),
  'kube-proxy': settings => ({
    kubeconfig: kubeconfig(settings, 'proxy'),
    'hostname-override': settings.node,
    'proxy-mode': 'iptables',
    'cluster-cidr': settings.podCidr,
    // The size of the table is the host's.
    'conntrack-max-per-core': 0,
    'bind-address': '127.0.0.1',
    'metrics-bind-address': '127.0.0.1:10249',
  }),
  'metrics-server': settings => ({
    ...clientOf(settings, 'add-ons'),
    'secure-port': settings.metricsPort,
    'tls-cert-file': pkiFile(settings, 'metrics-server.crt'),
    'tls-private-key-file': pkiFile(settings, 'metrics-server.key'),
    'kubelet-certificate-authority': pkiFile(settings, 'ca.crt'),
    'kubelet-preferred-address-types': 'InternalIP',
    // The least it takes; a question must be over before the next.
    'metric-resolution': '10s',
    'kubelet-request-timeout': '5s',
  }),
};

function clientOf(settings, name) {
  const file = kubeconfig(settings, name);
  return {
    kubeconfig: file,
    'authentication-kubeconfig': file,
    'authorization-kubeconfig': file,
  };
}

/** Program and arguments of a component. */
export function commandOf(settings, binary, component) {
  if (component === 'containerd')
    return [
      'containerd',
      '--config',
      path.join(settings.state, 'containerd.toml'),
    ];
  if (component === 'coredns')
    // It knows no double dash in front of its options.
    return [binary, component, '-conf', path.join(settings.state, 'Corefile')];
  const make = ARGUMENTS[component];
  if (!make) throw new Error(`There is no component ${component}.`);
  return [binary, component, ...options(make(settings))];
}

/** Every component, in the order of starting. */
export const COMPONENTS = [
  'containerd',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'coredns',
  'metrics-server',
];
