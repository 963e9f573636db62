import fs from 'node:fs';
import path from 'node:path';
import { pkiFile } from './certificates.mjs';
import { findProgram } from './requirements.mjs';

/* The configuration files of containerd, kubelet and CoreDNS. */

/** The image of every pod's first process; it is imported, never pulled. */
export const PAUSE_IMAGE = 'registry.mini.local/pause:1';

const containerd = settings => `version = 2
root = "${settings.state}/containerd/root"
state = "${settings.state}/containerd/state"
# No snapshots by devices, no tracing.
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]
[grpc]
  address = "${settings.containerdSocket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE the -998 of a sandbox cannot be set.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = "${findProgram('runc')}"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${settings.cniPlugins}"
    conf_dir = "${settings.state}/cni"
`;

const kubelet = settings => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: pkiFile(settings, 'ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  tlsCertFile: pkiFile(settings, 'kubelet-server.crt'),
  tlsPrivateKeyFile: pkiFile(settings, 'kubelet-server.key'),
  containerRuntimeEndpoint: `unix://${settings.containerdSocket}`,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${settings.cgroup}`,
  failCgroupV1: false,
  failSwapOn: false,
  podLogsDir: path.join(settings.state, 'pod-logs'),
  // What is not in the cluster has no name.
  resolvConf: '',
  clusterDNS: [settings.address],
  clusterDomain: settings.domain,
  maxPods: settings.maxPods,
  readOnlyPort: 0,
  // A test machine's disk may be nearly full: that is not what is tested.
  evictionHard: {
    'memory.available': '100Mi',
    'nodefs.available': '1%',
    'nodefs.inodesFree': '1%',
    'imagefs.available': '1%',
  },
  evictionPressureTransitionPeriod: '10s',
  // Imported images could not be pulled again.
  imageGCHighThresholdPercent: 100,
  imageGCLowThresholdPercent: 99,
  imageMinimumGCAge: '24h',
  volumePluginDir: path.join(settings.state, 'volume-plugins'),
  kubeAPIQPS: 500,
  kubeAPIBurst: 1000,
  eventRecordQPS: 0,
  registryPullQPS: 0,
  serializeImagePulls: false,
});

// Names that are not the cluster's do not exist: said at once, nobody waits
// for a resolver that cannot be reached.
const corefile = settings => `${settings.domain}:53 in-addr.arpa:53 {
    errors
    ready 127.0.0.1:8181
    kubernetes ${settings.domain} in-addr.arpa {
        kubeconfig ${settings.state}/add-ons.kubeconfig
        pods insecure
        ttl 5
    }
}
.:53 {
    errors
    template ANY ANY . {
        rcode NXDOMAIN
    }
}
`;

/** Writes them into the state directory. */
export function writeConfigurations(settings) {
  const write = (name, text) =>
    fs.writeFileSync(path.join(settings.state, name), text);
  write('containerd.toml', containerd(settings));
  write('kubelet.json', JSON.stringify(kubelet(settings), undefined, 2));
  write('Corefile', corefile(settings));
}
