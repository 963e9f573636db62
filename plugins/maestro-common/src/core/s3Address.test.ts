import { parseS3Address } from './s3Address';

it.each([
  ['s3://raw/x.csv', 'raw', 'x.csv'],
  ['S3://raw/a/b/c', 'raw', 'a/b/c'],
  ['s3://raw/day=1/part 0?#%20.csv', 'raw', 'day=1/part 0?#%20.csv'],
  ['s3://raw/folder/', 'raw', 'folder/'],
  ['s3://raw//x', 'raw', '/x'],
  ['s3://My_old.bucket/ä\n', 'My_old.bucket', 'ä\n'],
])('%j is an object', (path, bucket, key) => {
  expect(parseS3Address(path)).toStrictEqual({ bucket, key });
});

it.each([
  '',
  's3:',
  's3:raw/x',
  's3:/raw/x',
  's3://raw',
  's3://raw/',
  's3:///x',
  's3://../x',
  's3://a/x',
  's3://me:secret@host/x',
  's3://arn:aws:s3:eu-west-1:1:accesspoint/x',
  ' s3://raw/x',
  'file:///raw/x',
  `s3://raw/${'ä'.repeat(513)}`,
])('%j is none', path => {
  expect(parseS3Address(path)).toBeUndefined();
});
