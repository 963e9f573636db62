import fs from 'node:fs';
import path from 'node:path';
import { execute } from './commands.mjs';

/*
 * The keys of a cluster: one authority, a certificate for each server and each
 * client, and the kubeconfig of each client. They are made anew with each
 * cluster and go with its state.
 */

const DAYS = '3650';

const folder = settings => path.join(settings.state, 'pki');

/** The path of a certificate or key, without its ending. */
export const pkiFile = (settings, name) => path.join(folder(settings), name);

async function makeKey(settings, name) {
  await execute([
    'openssl',
    'genpkey',
    '-algorithm',
    'EC',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-out',
    `${pkiFile(settings, name)}.key`,
  ]);
}

async function makeAuthority(settings, name) {
  await makeKey(settings, name);
  await execute([
    'openssl',
    'req',
    '-x509',
    '-new',
    '-key',
    `${pkiFile(settings, name)}.key`,
    '-subj',
    `/CN=${name}`,
    '-days',
    DAYS,
    '-addext',
    'keyUsage=critical,digitalSignature,keyCertSign,cRLSign',
    '-out',
    `${pkiFile(settings, name)}.crt`,
  ]);
}

/**
 * @param options.usage - serverAuth or clientAuth
 * @param options.names - of a server: `DNS:…` and `IP:…`
 */
async function makeCertificate(
  settings,
  { name, subject, usage, names = [], authority = 'ca' },
) {
  const base = pkiFile(settings, name);
  await makeKey(settings, name);
  await execute([
    'openssl',
    'req',
    '-new',
    '-key',
    `${base}.key`,
    '-subj',
    subject,
    '-out',
    `${base}.csr`,
  ]);
  fs.writeFileSync(
    `${base}.ext`,
    [
      'keyUsage=critical,digitalSignature',
      `extendedKeyUsage=${usage}`,
      ...(names.length ? [`subjectAltName=${names.join(',')}`] : []),
      '',
    ].join('\n'),
  );
  const ca = pkiFile(settings, authority);
  await execute([
    'openssl',
    'x509',
    '-req',
    '-in',
    `${base}.csr`,
    '-CA',
    `${ca}.crt`,
    '-CAkey',
    `${ca}.key`,
    // Several are signed at a time: no shared file that counts them.
    '-set_serial',
    `0x${Buffer.from(name).toString('hex').slice(0, 38)}`,
    '-days',
    DAYS,
    '-extfile',
    `${base}.ext`,
    '-out',
    `${base}.crt`,
  ]);
}

/** Writes `<state>/<name>.kubeconfig` for a client. */
async function makeKubeconfig(settings, name, subject) {
  await makeCertificate(settings, { name, subject, usage: 'clientAuth' });
  const data = file =>
    fs.readFileSync(pkiFile(settings, file)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: settings.name,
        cluster: {
          server: `https://127.0.0.1:${settings.apiPort}`,
          'certificate-authority-data': data('ca.crt'),
        },
      },
    ],
    users: [
      {
        name,
        user: {
          'client-certificate-data': data(`${name}.crt`),
          'client-key-data': data(`${name}.key`),
        },
      },
    ],
    contexts: [
      { name: settings.name, context: { cluster: settings.name, user: name } },
    ],
    'current-context': settings.name,
  };
  // JSON is YAML.
  fs.writeFileSync(
    path.join(settings.state, `${name}.kubeconfig`),
    `${JSON.stringify(config, undefined, 2)}\n`,
    { mode: 0o600 },
  );
}

/** Makes every key, certificate and kubeconfig of a cluster. */
export async function makeCertificates(settings) {
  fs.mkdirSync(folder(settings), { recursive: true, mode: 0o700 });
  await Promise.all([
    makeAuthority(settings, 'ca'),
    // Who may say to an extension of the API in whose name it asks.
    makeAuthority(settings, 'front-proxy-ca'),
    makeKey(settings, 'sa'),
  ]);
  await execute([
    'openssl',
    'pkey',
    '-in',
    `${pkiFile(settings, 'sa')}.key`,
    '-pubout',
    '-out',
    `${pkiFile(settings, 'sa')}.pub`,
  ]);
  const service = `kubernetes.default.svc.${settings.domain}`;
  const nodeUser = `/O=system:nodes/CN=system:node:${settings.node}`;
  await Promise.all([
    makeCertificate(settings, {
      name: 'apiserver',
      subject: '/CN=kube-apiserver',
      usage: 'serverAuth',
      names: [
        'DNS:kubernetes',
        'DNS:kubernetes.default',
        'DNS:kubernetes.default.svc',
        `DNS:${service}`,
        'DNS:localhost',
        'IP:127.0.0.1',
        `IP:${settings.address}`,
        `IP:${settings.apiServiceAddress}`,
      ],
    }),
    makeCertificate(settings, {
      name: 'apiserver-kubelet',
      subject: '/O=system:masters/CN=kube-apiserver-kubelet-client',
      usage: 'clientAuth',
    }),
    makeCertificate(settings, {
      name: 'front-proxy',
      subject: '/CN=front-proxy-client',
      usage: 'clientAuth',
      authority: 'front-proxy-ca',
    }),
    makeCertificate(settings, {
      name: 'kubelet-server',
      subject: nodeUser,
      usage: 'serverAuth',
      names: [`DNS:${settings.node}`, `IP:${settings.address}`, 'IP:127.0.0.1'],
    }),
    makeCertificate(settings, {
      name: 'metrics-server',
      subject: '/CN=metrics-server',
      usage: 'serverAuth',
      names: [
        'DNS:metrics-server.kube-system.svc',
        `IP:${settings.address}`,
        'IP:127.0.0.1',
      ],
    }),
    makeKubeconfig(settings, 'admin', '/O=system:masters/CN=admin'),
    makeKubeconfig(
      settings,
      'controller-manager',
      '/CN=system:kube-controller-manager',
    ),
    makeKubeconfig(settings, 'scheduler', '/CN=system:kube-scheduler'),
    makeKubeconfig(settings, 'kubelet', nodeUser),
    makeKubeconfig(settings, 'proxy', '/CN=system:kube-proxy'),
    makeKubeconfig(settings, 'add-ons', '/O=system:masters/CN=add-ons'),
  ]);
}
