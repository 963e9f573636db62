import type { ResolvedConnection } from './ConnectionStore';
import { s3AccessOf } from './s3Access';

const aws = (more: Partial<ResolvedConnection>): ResolvedConnection => ({
  connId: 'lake',
  connType: 'aws',
  login: 'admin',
  password: 's3cret',
  revision: 1,
  ...more,
});
const keys = { accessKeyId: 'admin', secretAccessKey: 's3cret' };

it.each<[string, Partial<ResolvedConnection>, object]>([
  [
    'AWS in the usual region',
    {},
    {
      endpoint: 'https://s3.us-east-1.amazonaws.com',
      region: 'us-east-1',
      forcePathStyle: false,
      credentials: keys,
    },
  ],
  [
    'AWS in another region, for a while',
    { extra: { region_name: 'eu-west-1', aws_session_token: 't' } },
    {
      endpoint: 'https://s3.eu-west-1.amazonaws.com',
      region: 'eu-west-1',
      credentials: { ...keys, sessionToken: 't' },
    },
  ],
  [
    'what is not AWS',
    { extra: { endpoint_url: 'http://me:pw@minio:9000/' } },
    {
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      forcePathStyle: true,
    },
  ],
  [
    'a host and a port',
    { host: 'minio', port: 9000 },
    { endpoint: 'https://minio:9000', forcePathStyle: true },
  ],
  [
    'the keys where Airflow also takes them',
    {
      login: undefined,
      password: '',
      extra: {
        aws_access_key_id: 'admin',
        aws_secret_access_key: 's3cret',
        session_token: 't',
      },
    },
    { credentials: { ...keys, sessionToken: 't' } },
  ],
])('reads %s', (_, more, expected) => {
  expect(s3AccessOf(aws(more))).toMatchObject(expected);
});

it.each<[string, Partial<ResolvedConnection>, string]>([
  ['another type', { connType: 'http' }, 'it is of type "http"'],
  ['no keys', { login: '', password: '' }, 'it has no keys'],
  ['half of the keys', { password: undefined }, 'it has no keys'],
  [
    'an address that is none',
    { extra: { endpoint_url: 'minio' } },
    'The endpoint_url of the connection is no address',
  ],
])('says of a connection with %s what it lacks', (_, more, said) => {
  expect(() => s3AccessOf(aws(more))).toThrow(said);
});
